import assert from "node:assert/strict";
import { test } from "node:test";
import { AttemptLimiter } from "./attempt-limiter.ts";

function aLimiter() {
  let now = 1;
  const clock = { now: () => now, after: () => () => undefined };
  const limits = { perSource: 4, overall: 3, spared: { perSource: 2, overall: 5 }, windowMs: 1_000 };
  return { limiter: new AttemptLimiter(clock, limits), wait: (ms: number) => (now += ms) };
}

test("the first failures of each source are counted apart from all others", () => {
  const { limiter, wait } = aLimiter();
  for (const source of ["a", "a", "a", "a", "b", "b", "b"]) limiter.failed(source);
  assert.deepEqual([limiter.mayTry("a"), limiter.mayTry("b"), limiter.mayTry("c")], [false, false, true]);
  limiter.failed("c");
  assert.deepEqual([limiter.mayTry("c"), limiter.mayTry("d")], [false, false], "nor are those without bound");
  wait(1_000);
  assert.equal(limiter.mayTry("a"), true);
});

test("what is taken back was never counted, whatever was tried meanwhile", () => {
  const { limiter } = aLimiter();
  for (let round = 0; round < 20; round += 1) {
    const [first, second, third] = [limiter.begin("a"), limiter.begin("a"), limiter.begin("a")];
    for (const succeeded of [second, first, third]) {
      assert.ok(succeeded !== null);
      succeeded();
    }
  }
  for (const source of ["a", "a", "b", "b"]) limiter.failed(source);
  assert.deepEqual([limiter.mayTry("a"), limiter.mayTry("c")], [true, true]);
});
