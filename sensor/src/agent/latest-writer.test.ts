import assert from "node:assert/strict";
import { test } from "node:test";
import { LatestWriter } from "./latest-writer.ts";

test("of values that come faster than they can be written, the first and the newest are written", async () => {
  const written: number[] = [];
  const writer = new LatestWriter<number>({
    intervalMs: 60_000,
    write: async (value) => {
      await new Promise((resolve) => setImmediate(resolve));
      written.push(value);
    },
    onOutcome: (error) => assert.equal(error, null),
  });
  for (const value of [1, 2, 3, 4]) writer.offer(() => value);
  await writer.close();
  assert.deepEqual(written, [1, 4]);
});

test("a failed write is told, and the next one is tried", async () => {
  const outcomes: unknown[] = [];
  let failures = 1;
  const writer = new LatestWriter<string>({
    intervalMs: 60_000,
    write: () => (failures-- > 0 ? Promise.reject(new RangeError("disk full")) : Promise.resolve()),
    onOutcome: (error) => outcomes.push(error instanceof RangeError ? error.message : error),
  });
  writer.offer(() => "a");
  writer.offer(() => "b");
  await writer.close();
  assert.deepEqual(outcomes, ["disk full", null]);
});

test("what is urgent waits for a write that is under way, never for the interval, and is on disk when it says so", async () => {
  const written: string[] = [];
  const writer = new LatestWriter<string>({
    intervalMs: 60_000,
    write: async (value) => {
      await new Promise((resolve) => setImmediate(resolve));
      written.push(value);
    },
    onOutcome: (error) => assert.equal(error, null),
  });
  writer.offer(() => "first");
  writer.offer(() => "waits for the interval");
  const urgent = [writer.offerNow(() => "urgent"), writer.offerNow(() => "newest")];
  await urgent[0];
  assert.deepEqual(written, ["first", "newest"]);
  await urgent[1];
  await writer.offerNow(() => "urgent again");
  assert.deepEqual(written, ["first", "newest", "urgent again"]);
  await writer.close();
});

test("a disk that takes nothing does not hold up who waits for it", async () => {
  const outcomes: unknown[] = [];
  const writer = new LatestWriter<string>({
    intervalMs: 60_000,
    write: () => Promise.reject(new RangeError("disk full")),
    onOutcome: (error) => outcomes.push(error),
  });
  await writer.offerNow(() => "a");
  assert.equal(outcomes.length, 1);
  await writer.close();
});
