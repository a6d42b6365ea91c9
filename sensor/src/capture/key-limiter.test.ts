import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyLimiter } from "./key-limiter.ts";

function limiter(options: Partial<ConstructorParameters<typeof KeyLimiter>[0]> = {}): KeyLimiter {
  return new KeyLimiter({ width: 1, perMinute: 6, burst: 5, capacity: 8, idleMs: 60_000, ...options });
}

function allowed(limit: KeyLimiter, key: number, times: readonly number[]): number {
  return times.filter((at) => limit.allows(Int32Array.of(key), at)).length;
}

const spaced = (count: number, everyMs: number, from = 0): number[] =>
  Array.from({ length: count }, (_, index) => from + index * everyMs);

test("a key has its burst at once and then its rate", () => {
  const limit = limiter();
  assert.equal(allowed(limit, 1, spaced(500, 0)), 5);
  // Six a minute: one each ten seconds, filled continuously.
  assert.equal(allowed(limit, 1, [9_999]), 0);
  assert.equal(allowed(limit, 1, [10_000]), 1);
  assert.equal(allowed(limit, 1, [19_999]), 0);
  assert.equal(allowed(limit, 1, [20_000]), 1);
});

test("over a long storm the rate holds", () => {
  // An hour at ten a second: the burst and six a minute.
  assert.equal(allowed(limiter(), 1, spaced(36_000, 100)), 5 + 359);
});

test("keys do not share tokens", () => {
  const limit = limiter();
  assert.equal(allowed(limit, 1, spaced(10, 0)), 5);
  assert.equal(allowed(limit, 2, spaced(10, 0)), 5);
});

test("more keys than there is room for pass uncounted", () => {
  const limit = limiter();
  for (let key = 0; key < 8; key += 1) allowed(limit, key, spaced(5, 0));
  assert.equal(allowed(limit, 99, spaced(50, 0)), 50);
  assert.equal(allowed(limit, 3, [0]), 0);
});

test("idle keys make room for others", () => {
  const limit = limiter();
  for (let key = 0; key < 8; key += 1) allowed(limit, key, [0]);
  allowed(limit, 5, [30_000]);
  assert.equal(allowed(limit, 99, spaced(50, 0, 61_000)), 5);
  // The one that was used in between is still known.
  assert.equal(allowed(limit, 5, spaced(10, 0, 61_000)), 5);
  for (let key = 100; key < 106; key += 1) assert.equal(allowed(limit, key, spaced(50, 0, 61_000)), 5);
  assert.equal(allowed(limit, 200, spaced(50, 0, 61_000)), 50);
});

test("a clock that goes back gives no tokens and takes none for ever", () => {
  const limit = limiter();
  assert.equal(allowed(limit, 1, spaced(10, 0, 1e12)), 5);
  assert.equal(allowed(limit, 1, [0]), 0);
  assert.equal(allowed(limit, 1, [10_000]), 1);
});

test("a thousand random keys are told apart", () => {
  const limit = limiter({ width: 3, capacity: 4096, burst: 1 });
  const keys = Array.from({ length: 1000 }, (_, index) => Int32Array.of(index, -index, index << 20));
  assert.equal(keys.filter((key) => limit.allows(key, 0)).length, 1000);
  assert.equal(keys.filter((key) => limit.allows(key, 0)).length, 0);
});

test("a model without a table agrees over random keys and times", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(20_000)), { maxLength: 300 }), (uses) => {
      const limit = limiter({ capacity: 8 });
      const model = new Map<number, { tokens: number; lastAt: number }>();
      let at = 0;
      for (const [key, afterMs] of uses) {
        at += afterMs;
        let known = model.get(key);
        if (known === undefined && model.size === 8) {
          const [oldest, { lastAt }] = [...model].reduce((a, b) => (b[1].lastAt < a[1].lastAt ? b : a));
          if (at - lastAt >= 60_000) model.delete(oldest);
        }
        if (known === undefined && model.size < 8) {
          known = { tokens: 5, lastAt: at };
        }
        let expected = true;
        if (known !== undefined) {
          const elapsedMs = at - known.lastAt;
          const tokens = elapsedMs >= 60_000 ? 5 : Math.min(5, known.tokens + elapsedMs * (6 / 60_000));
          expected = tokens >= 1;
          // Removed and set again: a map then keeps its keys in the order of last use.
          model.delete(key);
          model.set(key, { tokens: expected ? tokens - 1 : tokens, lastAt: at });
        }
        assert.equal(limit.allows(Int32Array.of(key), at), expected);
      }
    }),
    { numRuns: 300 },
  );
});
