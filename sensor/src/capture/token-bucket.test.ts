import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket } from "./token-bucket.ts";

const allowed = (bucket: TokenBucket, times: readonly number[]): number =>
  times.filter((at) => bucket.allows(at)).length;

test("everybody has the burst at once and then the rate, and never more than the burst", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 });
  assert.equal(allowed(bucket, new Array<number>(20).fill(1e12)), 5);
  assert.equal(allowed(bucket, [1e12 + 99, 1e12 + 100, 1e12 + 150, 1e12 + 200]), 2);
  assert.equal(allowed(bucket, new Array<number>(20).fill(1e12 + 3_600_000)), 5);
});

test("a clock that goes back gives no tokens and takes none for ever", () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 2 });
  assert.equal(allowed(bucket, [1e12, 1e12, 1e12]), 2);
  assert.equal(allowed(bucket, [0, 1000]), 1);
});
