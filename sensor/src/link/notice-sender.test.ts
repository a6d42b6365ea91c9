import assert from "node:assert/strict";
import { test } from "node:test";
import { NoticeSender } from "./notice-sender.ts";

const bootId = "0123456789abcdef";

function aSender(options: { isOnline?: boolean } = {}) {
  const state = {
    now: 0,
    isOnline: options.isOnline ?? true,
    held: [] as number[],
    sent: [] as string[],
    refused: [] as string[],
    isKept: Promise.resolve(),
  };
  const sender = new NoticeSender({
    spool: {
      nextBatch: () =>
        Promise.resolve(
          state.held.length === 0 ? null : { bootId, last: state.held.at(-1) ?? 0, payload: state.held.join(",") },
        ),
      acknowledge: (_boot, sequence) => {
        state.held = state.held.filter((held) => held > sequence);
        return Promise.resolve(sequence < 100);
      },
    },
    publish: (payload) => {
      if (state.isOnline) state.sent.push(payload);
      return state.isOnline;
    },
    isKept: () => state.isKept,
    monotonic: () => state.now,
    onRefused: (code) => state.refused.push(code),
  });
  const stored = (sequence: number) => sender.stored(Buffer.from(JSON.stringify({ version: 1, bootId, sequence })));
  return { state, sender, stored };
}

test("a batch is sent once and again only after its time without an acknowledgement", async () => {
  const { state, sender } = aSender();
  state.held = [1, 2];
  await sender.pump();
  state.now = 9999;
  await sender.pump();
  assert.deepEqual(state.sent, ["1,2"]);
  state.now = 10_000;
  await sender.pump();
  assert.deepEqual(state.sent, ["1,2", "1,2"]);
});

test("the next batch follows the acknowledgement at once", async () => {
  const { state, sender, stored } = aSender();
  state.held = [1, 2];
  await sender.pump();
  state.held.push(3);
  await sender.pump();
  await stored(2);
  assert.deepEqual(state.sent, ["1,2", "3"]);
});

test("a new connection sends again what was under way", async () => {
  const { state, sender } = aSender();
  state.held = [1];
  await sender.pump();
  await sender.connected();
  assert.deepEqual(state.sent, ["1", "1"]);
});

test("offline nothing counts as sent", async () => {
  const { state, sender } = aSender({ isOnline: false });
  state.held = [1];
  await sender.pump();
  state.isOnline = true;
  await sender.pump();
  assert.deepEqual(state.sent, ["1"]);
});

test("a malformed or impossible acknowledgement is counted and changes nothing", async () => {
  const { state, sender, stored } = aSender();
  await sender.stored(Buffer.from("{"));
  await stored(100);
  assert.deepEqual(state.refused, ["stored-malformed", "stored-implausible"]);
});

test("nothing is told before it would outlive a crash", async () => {
  const { state, sender } = aSender();
  const kept = Promise.withResolvers<void>();
  state.isKept = kept.promise;
  state.held = [1];
  const pumped = sender.pump();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(state.sent, []);
  kept.resolve();
  await pumped;
  assert.deepEqual(state.sent, ["1"]);
});
