import assert from "node:assert/strict";
import { test } from "node:test";
import { retryDelayMs } from "./jitter.ts";

const policy = { baseMs: 500, maxMs: 30_000 };

test("the bound of the wait doubles with every failure up to its maximum", () => {
  const bounds = [0, 1, 2, 3, 6, 7, 1000].map((failures) => retryDelayMs(failures, policy, () => 1));
  assert.deepEqual(bounds, [500, 1000, 2000, 4000, 30_000, 30_000, 30_000]);
});

test("the wait is drawn from the whole span below the bound", () => {
  assert.equal(
    retryDelayMs(3, policy, () => 0),
    0,
  );
  assert.equal(
    retryDelayMs(3, policy, () => 0.5),
    2000,
  );
});
