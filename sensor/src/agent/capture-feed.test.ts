import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { PcapWriter } from "../capture/capture-file/write-pcap.ts";
import { SensorError } from "../errors.ts";
import { CaptureFeed } from "./capture-feed.ts";

/** A SYN to a port of 198.51.100.9. */
function aSyn(port: number): Uint8Array {
  const ethernet = "02000000000102000000000208 00".replaceAll(" ", "");
  const ip = "4500002800000000400600000a000001c6336409";
  const tcp = `c000${port.toString(16).padStart(4, "0")}00000001000000005002ffff00000000`;
  return Buffer.from(ethernet + ip + tcp, "hex");
}

async function aCapture(t: TestContext, times: readonly number[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-feed-"));
  t.after(() => rm(folder, { recursive: true }));
  const writer = new PcapWriter();
  const path = join(folder, "capture.pcap");
  const records = times.map((at, index) => writer.record(at, aSyn(1000 + index)));
  await writeFile(path, Buffer.concat([writer.header(), ...records]));
  return path;
}

test("packets come at the file's own pace with their times shifted to now", async (t) => {
  const path = await aCapture(t, [1000, 1100, 1400]);
  const heard: { at: number; now: number }[] = [];
  const startedAt = Date.now();
  const feed = new CaptureFeed({
    path,
    isLoop: false,
    now: () => Date.now(),
    onFrame: ({ at }) => heard.push({ at, now: Date.now() }),
    signal: new AbortController().signal,
  });
  await feed.run();
  const [first] = heard;
  assert.ok(first !== undefined && first.at >= startedAt);
  assert.deepEqual(
    heard.map(({ at }) => at - first.at),
    [0, 100, 400],
  );
  for (const { at, now } of heard) assert.ok(now >= at, "no packet comes before its time");
});

test("a round that is broken off ends without an error", async (t) => {
  const path = await aCapture(t, [1000, 3_600_000]);
  const stop = new AbortController();
  const feed = new CaptureFeed({
    path,
    isLoop: true,
    now: () => Date.now(),
    onFrame: () => stop.abort(),
    signal: stop.signal,
  });
  await feed.run();
  assert.ok(stop.signal.aborted);
});

test("a file that is no capture is an error with a code", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-feed-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "text"), "no capture at all");
  for (const name of ["text", "nowhere"]) {
    const feed = new CaptureFeed({
      path: join(folder, name),
      isLoop: false,
      now: () => 0,
      onFrame: () => assert.fail("there is nothing to give"),
      signal: new AbortController().signal,
    });
    await assert.rejects(feed.run(), (error) => error instanceof SensorError && error.code.startsWith("capture-"));
  }
});
