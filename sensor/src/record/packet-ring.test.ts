import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { RecordingAuthorisation } from "@cordon/contract";
import { readCaptureFile } from "../capture/capture-file/read-capture-file.ts";
import { PacketRing, type PacketRingLimits } from "./packet-ring.ts";

const start = 1_790_000_000_000;
const authorisation: RecordingAuthorisation = {
  ...{ id: "a1", by: "R. Voss", role: "owner", date: start, scope: { kind: "site" }, until: start + 3_600_000 },
};

/** The head of a capture file of Ethernet frames. */
function head(): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(0xa1b2_c3d4, 0);
  bytes.writeUInt16LE(2, 4);
  bytes.writeUInt16LE(4, 6);
  bytes.writeUInt32LE(262_144, 16);
  bytes.writeUInt32LE(1, 20);
  return bytes;
}

function packet(at: number, sourceMac: number, length = 100): Buffer {
  const bytes = Buffer.alloc(16 + length, 0x55);
  bytes.writeUInt32LE(Math.floor(at / 1000), 0);
  bytes.writeUInt32LE((at % 1000) * 1000, 4);
  bytes.writeUInt32LE(length, 8);
  bytes.writeUInt32LE(length + 7, 12);
  bytes.fill(0, 16, 28);
  bytes.writeUInt8(2, 16 + 6);
  bytes.writeUInt8(sourceMac, 16 + 11);
  return bytes;
}

async function aRing(t: TestContext, limits: Partial<PacketRingLimits> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-ring-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const reopened = () => {
    const ring = new PacketRing(join(folder, "packets"), limits);
    ring.open();
    return ring;
  };
  return { folder, ring: reopened(), reopened };
}

const slice = (ring: PacketRing, path: string, from = start, to = start + 3_600_000, maxBytes = 1e9) =>
  ring.slice({ from, to }, path, maxBytes);

test("what was recorded comes back as pcapng with the authorisation in it, whatever pieces it came in", async (t) => {
  const { folder, ring } = await aRing(t);
  ring.begin(authorisation, start);
  const stream = Buffer.concat([head(), ...[0, 1, 2, 3].map((second) => packet(start + second * 1000 + 5, second))]);
  for (let offset = 0; offset < stream.length; offset += 7) assert.ok(ring.take(stream.subarray(offset, offset + 7)));
  const path = join(folder, "slice.pcapng");
  assert.equal(slice(ring, path, start + 1000, start + 3000), 2);
  const frames: number[] = [];
  await readCaptureFile(path, (frame) => frames.push(frame.at));
  assert.deepEqual(frames, [start + 1005, start + 2005]);
  const bytes = readFileSync(path).toString("latin1");
  assert.ok(bytes.includes("Recorded by Cordon under authorisation a1, given by R. Voss (owner) on 2026-09-21"));
  assert.ok(bytes.includes(JSON.stringify(authorisation)));
  // Another reader of the format takes it, too.
  const said = execFileSync("tcpdump", ["-n", "-e", "-r", path], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  assert.equal(
    said
      .trim()
      .split("\n")
      .filter((line) => line.includes("length 107")).length,
    2,
  );
  assert.equal(ring.slice({ from: start, to: start + 9000, host: "02:00:00:00:00:03" }, path, 1e9), 1);
});

test("the ring keeps to its bytes, the oldest go first, and how far back it reaches is told", async (t) => {
  const { folder, ring } = await aRing(t, { maxBytes: 100_000, segmentBytes: 10_000 });
  ring.begin(authorisation, start);
  ring.take(head());
  for (let second = 0; second < 200; second += 1) ring.take(packet(start + second * 1000, 1, 1000));
  const { since, sizeBytes } = ring.state;
  assert.ok(sizeBytes <= 100_000 && sizeBytes > 70_000, `${sizeBytes} bytes`);
  assert.ok(since !== null && since > start + 100_000);
  assert.equal(slice(ring, join(folder, "slice.pcapng"), start, since - 1), 0);
});

test("each recording is a section of its own, also after a restart, and a file that was cut ends with its last packet", async (t) => {
  const { folder, ring, reopened } = await aRing(t);
  ring.begin(authorisation, start);
  ring.take(Buffer.concat([head(), packet(start + 1, 1), packet(start + 2, 1)]));
  ring.end();
  ring.begin({ ...authorisation, id: "a2", by: "M. Laine" }, start + 1000);
  ring.take(Buffer.concat([head(), packet(start + 1001, 1), packet(start + 1002, 1)]));
  ring.end();
  const [, last = ""] = readdirSync(join(folder, "packets")).sort();
  const file = join(folder, "packets", last, "00000002.pcap");
  truncateSync(file, readFileSync(file).length - 5);
  const again = reopened();
  assert.equal(again.state.since, start + 1);
  const path = join(folder, "slice.pcapng");
  assert.equal(slice(again, path), 3);
  const bytes = readFileSync(path).toString("latin1");
  assert.ok(bytes.includes("R. Voss") && bytes.includes("M. Laine"));
  assert.equal(bytes.split("\n\r\r\n").length - 1, 2);
  again.clear();
  assert.deepEqual(readdirSync(join(folder, "packets")), []);
});

test("what lies there without an authorisation is deleted, not given out", async (t) => {
  const { folder, ring, reopened } = await aRing(t);
  ring.begin(authorisation, start);
  ring.take(Buffer.concat([head(), packet(start + 1, 1)]));
  ring.end();
  const [recording = ""] = readdirSync(join(folder, "packets"));
  await rm(join(folder, "packets", recording, "authorisation.json"));
  const again = reopened();
  assert.deepEqual(again.state, { since: null, sizeBytes: 0 });
  assert.equal(existsSync(join(folder, "packets", recording)), false);
});

test("a slice that would be too large is none, and leaves no file", async (t) => {
  const { folder, ring } = await aRing(t);
  ring.begin(authorisation, start);
  ring.take(Buffer.concat([head(), ...Array.from({ length: 50 }, (_, index) => packet(start + index, 1, 1000))]));
  const path = join(folder, "slice.pcapng");
  assert.throws(() => slice(ring, path, start, start + 9000, 10_000), { code: "slice-too-large" });
  assert.equal(existsSync(path), false);
});

test("a stream that is no capture file is not taken", async (t) => {
  const { ring } = await aRing(t);
  ring.begin(authorisation, start);
  assert.equal(ring.take(Buffer.alloc(100, 0x41)), false);
});

test("what was recorded under one authorisation goes a day after its end, though another is in force", async (t) => {
  const day = 86_400_000;
  const later: RecordingAuthorisation = {
    ...{ id: "b1", by: "A. Brandt", role: "officer", date: start + 40 * day, until: start + 50 * day },
    scope: { kind: "host", host: "02:00:00:00:00:02" },
  };
  const { folder, ring, reopened } = await aRing(t);
  const path = join(folder, "slice.pcapng");
  ring.begin(authorisation, start);
  ring.take(Buffer.concat([head(), packet(start + 5, 1)]));
  ring.begin(later, start + 0.5 * day);
  assert.equal(slice(ring, path), 1, "half a day later it may still be asked for");
  ring.begin(later, start + 40 * day);
  assert.equal(slice(ring, path), 0);
  assert.equal(slice(reopened(), path), 0);
});

test("what was recorded under one that was taken back goes a day after that, whatever it had allowed", async (t) => {
  const day = 86_400_000;
  const long = { ...authorisation, until: start + 300 * day };
  const other = { ...long, id: "b1" };
  const { folder, ring, reopened } = await aRing(t);
  const path = join(folder, "slice.pcapng");
  ring.begin(long, start);
  ring.take(Buffer.concat([head(), packet(start + 5, 1)]));
  ring.end();
  const again = reopened();
  again.begin(other, start + 2 * day);
  again.take(Buffer.concat([head(), packet(start + 2 * day + 5, 1)]));
  assert.equal(slice(again, path), 1);
  again.end();
  again.begin(other, start + 3 * day + 60_000);
  again.take(Buffer.concat([head(), packet(start + 3 * day + 60_000, 1)]));
  assert.equal(slice(again, path), 0);
  assert.equal(slice(again, path, start, start + 5 * day), 2, "of the other one all is there");
});
