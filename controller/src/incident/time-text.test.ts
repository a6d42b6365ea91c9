import assert from "node:assert/strict";
import { test } from "node:test";
import { spanText, timeTextOf } from "./time-text.ts";

const at = Date.UTC(2026, 10, 20, 13, 2, 11);

test("a time of today is told to the second with its zone", () => {
  assert.equal(timeTextOf(at + 5_000, "UTC").clock(at), "13:02:11 UTC");
});

test("an older time carries its date", () => {
  assert.match(timeTextOf(at + 2 * 86_400_000, "UTC").clock(at), /20 Nov 2026.*13:02:11 UTC/);
});

test("what no calendar holds is said to be unknown", () => {
  assert.equal(timeTextOf(at, "UTC").clock(1e300), "an unknown time");
});

test("spans read in their two largest units", () => {
  const cases: readonly [number, string][] = [
    [-5, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [3_600_000, "1 h"],
    [11_520_000, "3 h 12 min"],
    [86_400_000, "1 d"],
    [2 * 86_400_000 + 4 * 3_600_000, "2 d 4 h"],
  ];
  for (const [spanMs, text] of cases) assert.equal(spanText(spanMs), text);
});
