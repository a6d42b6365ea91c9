import assert from "node:assert/strict";
import { test } from "node:test";
import { count, weight } from "./number.ts";

test("large numbers are grouped", () => {
  assert.equal(count(2310), "2,310");
});

test("a weight carries its sign, and nothing has none", () => {
  assert.equal(weight(4.23), "+4.2");
  assert.equal(weight(-0.9), "−0.9");
  assert.equal(weight(0.04), "0");
  assert.equal(weight(-0.04), "0");
});
