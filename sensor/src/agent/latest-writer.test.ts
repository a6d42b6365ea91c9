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
