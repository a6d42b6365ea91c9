import assert from "node:assert/strict";
import { test } from "node:test";
import { bootWords, doubtsOf, healthWords, worstHealth } from "./box-health.ts";

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
  assert.match(healthWords(of("sensor-revoked", "error")).next, /makes a new card/);
  assert.equal(healthWords(of("sensor-revoked", "error"), true).next, "Next: start the box with its new card.");
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

test("how long the start took is told by the kernel's clock, as far as it was noted", () => {
  const unknown = "What the firmware took before that, it cannot know.";
  const all = [
    [{ forwardingMs: 3310, judgingMs: 14_620 }, "forwarding 3.3 s after its kernel began, judging after 14 s."],
    [{ forwardingMs: 3310 }, "forwarding 3.3 s after its kernel began; judging is not noted yet."],
    [{ listeningMs: 12_000, judgingMs: 75_000 }, "listening 12 s after its kernel began, judging after 1 min 15 s."],
    [{ listeningMs: 12_000 }, "listening 12 s after its kernel began; judging is not noted yet."],
    [{ judgingMs: 14_620 }, "judging 14 s after its kernel began."],
  ] as const;
  for (const [boot, words] of all) assert.equal(bootWords(boot), `At its last start it was ${words} ${unknown}`);
});
