import assert from "node:assert/strict";
import { test } from "node:test";
import { count, counted, weight } from "./number.ts";

test("large numbers are grouped", () => {
  assert.equal(count(2310), "2,310");
});

test("one is singular and everything else plural", () => {
  assert.equal(counted(1, "machine"), "1 machine");
  assert.equal(counted(0, "machine"), "0 machines");
  assert.equal(counted(2, "entry", "entries"), "2 entries");
});

test("a weight carries its sign, and nothing has none", () => {
  assert.equal(weight(4.23), "+4.2");
  assert.equal(weight(-0.9), "−0.9");
  assert.equal(weight(0.04), "0");
  assert.equal(weight(-0.04), "0");
});
