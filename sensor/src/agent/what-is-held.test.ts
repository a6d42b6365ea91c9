import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reported } from "@cordon/contract";
import { whatIsHeld } from "./what-is-held.ts";

function aReport(more: object): Reported {
  const report = {
    version: 1,
    bootId: "boot-for-this-test",
    at: 0,
    epoch: 0,
    revision: 0,
    placement: "lan" as const,
    line: { state: "unknown", since: 0, text: "" },
    containments: [],
    health: [],
    refused: {},
  };
  return { ...report, ...more } as Reported;
}

test("whatever stands in the kernel by a machine's MAC is held", () => {
  assert.equal(whatIsHeld(aReport({})), null);
  assert.notEqual(whatIsHeld(null), null);
  for (const [more, words] of [
    [{ containments: [{}] }, /machine is contained/],
    [{ throttles: [{}] }, /machine is contained/],
    [{ automatic: [{}] }, /machine is contained/],
    [{ areaCuts: [{}] }, /area is cut off/],
    [{ barriers: [{}] }, /shut or counted/],
    [{ lineCut: {} }, /line is cut/],
    [{ probation: {} }, /incident is open/],
  ] as const) {
    assert.match(whatIsHeld(aReport(more)) ?? "", words);
  }
});
