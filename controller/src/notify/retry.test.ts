import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTryAt } from "./retry.ts";

const limits = { firstMs: 30_000, longestMs: 3_600_000, patienceMs: 86_400_000, refusedTries: 5 };

test("tries go further apart up to a bound, and end after a day", () => {
  for (const chance of [0, 0.999]) {
    let now = 0;
    let tries = 1;
    const gaps: number[] = [];
    for (;;) {
      const next = nextTryAt({ tries, firstAt: 0, now, isRefused: false }, chance, limits);
      if (next === null) break;
      gaps.push(next - now);
      [now, tries] = [next, tries + 1];
    }
    assert.ok((gaps[0] ?? 0) >= 15_000 && (gaps[0] ?? 0) <= 30_000, `${gaps[0]}`);
    assert.ok(gaps.every((gap, index) => index === 0 || gap >= (gaps[index - 1] ?? 0)));
    assert.ok(Math.max(...gaps) <= 3_600_000);
    assert.ok(now <= 86_400_000 && now > 86_400_000 - 3_600_000, `the last try was after ${now} ms`);
  }
});

test("a message that is itself refused is given up after a few tries", () => {
  const at = (tries: number) => nextTryAt({ tries, firstAt: 0, now: 1_000, isRefused: true }, 0, limits);
  assert.notEqual(at(4), null);
  assert.equal(at(5), null);
});
