import assert from "node:assert/strict";
import { test } from "node:test";
import { doubtsOf, healthWords, worstHealth } from "./box-health.ts";

const since = Date.parse("2026-11-30T12:00:00Z");
const of = (code: string, severity: "info" | "warning" | "error", at = 0) => ({
  ...{ code, severity, since: since + at, text: "What is known." },
});

test("what is wrong with a box is told worst first, its identity before all of the same weight", () => {
  const health = [
    of("own-centre", "info"),
    of("not-enrolled", "warning"),
    of("boot-data-late", "error"),
    of("clock-wrong", "warning"),
    of("boot-held-late", "error", 1),
    of("enrolment-refused", "error"),
  ];
  assert.deepEqual(
    worstHealth(health).map(({ code }) => code),
    ["enrolment-refused", "boot-held-late", "boot-data-late", "not-enrolled", "clock-wrong", "own-centre"],
  );
  assert.match(healthWords(of("enrolment-refused", "error")).next, /makes a new card/);
  assert.equal(healthWords(of("boot-data-late", "error")).title, "Noted while the box started.");
});

test("what the controller doubts of a box's identity is told wholly, and nothing of one that was wiped as it was ordered", () => {
  const both = [of("token-used-twice", "warning"), of("clock-wrong", "error"), of("identity-in-two-places", "error")];
  assert.deepEqual(
    doubtsOf(both).map(({ code }) => code),
    ["identity-in-two-places", "token-used-twice"],
  );
  assert.deepEqual(doubtsOf([of("sensor-revoked", "info")]), []);
});
