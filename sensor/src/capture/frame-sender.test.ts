import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ethernet, ipv4, ipv6, tag, tcp, udp } from "../packet/frame-builder.ts";
import { protocols } from "../packet/packet.ts";
import { encodeMessage } from "./framing.ts";
import { FrameSender, isAnswerOfPort80, type FrameSenderOptions } from "./frame-sender.ts";

const segment = tcp({ sourcePort: 80, destinationPort: 40_000 });
const answer = ethernet(0x0800, ipv4(protocols.tcp, segment));

test("only TCP from port 80 to one machine may be sent, whoever asks for something else", () => {
  assert.ok(isAnswerOfPort80(answer));
  assert.ok(isAnswerOfPort80(ethernet(0x86dd, ipv6(protocols.tcp, segment))));
  assert.ok(isAnswerOfPort80(ethernet(0x8100, tag(7, 0x0800, ipv4(protocols.tcp, segment)))));
  const other = tcp({ sourcePort: 81, destinationPort: 40_000 });
  for (const [name, frame] of [
    ["another port", ethernet(0x0800, ipv4(protocols.tcp, other))],
    ["another port of IPv6", ethernet(0x86dd, ipv6(protocols.tcp, other))],
    ["no TCP", ethernet(0x0800, ipv4(protocols.udp, [...udp(80, 80), ...new Array<number>(20).fill(0)]))],
    ["IP options", ethernet(0x0800, ipv4(protocols.tcp, segment, { options: [1, 1, 1, 1] }))],
    ["a group", ethernet(0x0800, ipv4(protocols.tcp, segment), 2, 0xffff_ffff_ffff)],
    ["two tags", ethernet(0x8100, tag(7, 0x8100, tag(8, 0x0800, ipv4(protocols.tcp, segment))))],
    ["ARP", ethernet(0x0806, new Array<number>(60).fill(0))],
    ["too little", answer.subarray(0, 40)],
    ["too much", ethernet(0x0800, ipv4(protocols.tcp, [...segment, ...new Array<number>(1500).fill(0)]))],
  ] as const) {
    assert.ok(!isAnswerOfPort80(frame), name);
  }
});

/** A sender whose process leaves what it was given in a file of its own, and says that it has ended by another. */
async function aSender(
  t: TestContext,
  script = 'exec 2>/dev/null; cat > "$0/$$.taken"; : > "$0/$$.ended"',
  more: Pick<FrameSenderOptions, "onHeard"> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-sender-"));
  const time = { now: 0 };
  const sender = new FrameSender({
    command: ["sh", "-c", script, folder],
    monotonic: () => time.now,
    ...{ maySend: isAnswerOfPort80, perSecond: 200, idleMs: 300 },
    ...more,
  });
  t.after(async () => {
    sender.close();
    // A process that was just started may still leave something.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  const ended = async (count: number): Promise<Buffer[]> => {
    for (;;) {
      const files = await readdir(folder);
      if (files.filter((file) => file.endsWith(".ended")).length >= count) {
        return Promise.all(files.filter((file) => file.endsWith(".taken")).map((file) => readFile(join(folder, file))));
      }
      await sleep(20, undefined, { signal: t.signal });
    }
  };
  return { sender, time, ended };
}

test(
  "a process runs while there is something to send, and another one when there is again",
  { timeout: 20_000 },
  async (t) => {
    const { sender, ended } = await aSender(t);
    assert.ok(sender.send(answer) && sender.send(answer));
    const [taken] = await ended(1);
    assert.deepEqual(taken, Buffer.concat([encodeMessage(answer), encodeMessage(answer)]));
    assert.ok(sender.send(answer));
    assert.equal((await ended(2)).length, 2);
  },
);

test("where its process dies a frame after a second starts another", { timeout: 20_000 }, async (t) => {
  const { sender, time, ended } = await aSender(t, 'exec 2>/dev/null; : > "$0/$$.ended"; exit 1');
  assert.ok(sender.send(answer));
  await ended(1);
  // Its end is heard of a little later than it happens.
  while (sender.send(answer)) await sleep(20, undefined, { signal: t.signal });
  time.now = 999;
  assert.ok(!sender.send(answer));
  time.now = 1000;
  assert.ok(sender.send(answer));
  await ended(2);
});

test("what its process hears comes back frame by frame", { timeout: 20_000 }, async (t) => {
  const heard: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { sender } = await aSender(t, "exec 2>/dev/null; cat", {
    onHeard: (frame) => heard.push(frame.toString("hex")) === 2 && resolve(),
  });
  assert.ok(sender.send(answer) && sender.send(answer));
  await promise;
  assert.deepEqual(
    heard,
    [answer, answer].map((frame) => Buffer.from(frame).toString("hex")),
  );
});

test("no more than a few hundred frames a second go out", { timeout: 20_000 }, async (t) => {
  const { sender, time } = await aSender(t);
  const sent = Array.from({ length: 1000 }, () => sender.send(answer)).filter((isSent) => isSent).length;
  assert.equal(sent, 200);
  time.now = 1000;
  assert.ok(sender.send(answer));
});
