import assert from "node:assert/strict";
import { test } from "node:test";
import { aContainment, aHost, anAskedContainment, aSensor, aSummary, noon } from "../../../test/ui/samples.ts";
import { fleetSentence, hostSentence, scopeSentence, siteState, worstFirst } from "./sentence.ts";
import { timeWords } from "./time.ts";

const time = timeWords("UTC");
const say = (host: Parameters<typeof hostSentence>[0], box = aSensor()) => hostSentence(host, box, noon + 5_000, time);

test("an infected machine opens with its verdict, since when, and the next step", () => {
  assert.deepEqual(say(aHost()), {
    state: "infected",
    title: "DESK-07 is infected: a mass mailer.",
    cause:
      "Since 14:03:40: it tried 212 mail servers it had never spoken to. Next: cut it off, so that it cannot fetch orders or try another way.",
  });
});

test("a stopped vector is said, and does not replace the next step", () => {
  const vector = aContainment({ kind: "vector", vector: "mail", level: "vector-stopped" });
  assert.match(say(aHost({ containments: [vector] })).cause, /Its mail is stopped\. Next: cut it off/);
});

test("nothing is called cut off before the box confirms", () => {
  const { title, cause } = say(aHost({ containments: [anAskedContainment()] }));
  assert.equal(title, "DESK-07 is infected; its cut is asked for.");
  assert.match(cause, /^Asked 14:12:40; the box has not confirmed\./);
});

test("a cut in force says what it reached, how fast and for how long", () => {
  const { title, cause } = say(aHost({ containments: [aContainment({ expiresAt: noon + 86_400_000 })] }));
  assert.equal(title, "DESK-07 is infected, and cut off.");
  assert.equal(
    cause,
    "Reached 0.8 s after the click: cut from the Internet but for remedies; its neighbours on the switch can still reach it. Holds until Sat 14:12. Next: unplug it by hand, and its neighbours are safe too.",
  );
});

test("a cut that nobody asked for says who took it, and that it holds on", () => {
  const held = aContainment({ automatic: true, author: "Cordon, policy contain", expiresAt: noon + 86_400_000 });
  assert.equal(
    say(aHost({ containments: [held] })).cause,
    "By Cordon, policy contain: cut from the Internet but for remedies; its neighbours on the switch can still reach it. Holds until Sat 14:12 at least. Next: unplug it by hand, and its neighbours are safe too.",
  );
  const waiting = anAskedContainment({ automatic: true });
  const { title, cause } = say(aHost({ containments: [waiting] }));
  assert.equal(title, "DESK-07 is infected; its cut is taken by the policy.");
  assert.match(cause, /^Taken 14:12:40; the box has not confirmed\./);
});

test("a refused cut gives the box's reason", () => {
  const held = anAskedContainment({ level: "none", refusal: "the gateway cannot be cut off" });
  assert.match(
    say(aHost({ containments: [held] })).cause,
    /Its cut is not in force: the gateway cannot be cut off\. Next: unplug it by hand\.$/,
  );
});

test("where nothing can be cut, the next step is by hand", () => {
  const byHand = /It cannot be cut off alone from here\. Next: unplug it by hand\.$/;
  assert.match(say(aHost(), aSensor({ placement: "mirror" })).cause, byHand);
  assert.match(say(aHost({ mac: null })).cause, byHand);
});

test("a silent box's cut is in the past tense", () => {
  const held = aContainment({ level: "unconfirmed", levelText: "Was cut off when last heard, 11:00:19." });
  const { title, cause } = say(aHost({ containments: [held] }), aSensor({ state: "silent" }));
  assert.equal(title, "DESK-07 is infected: a mass mailer.");
  assert.equal(cause, "Was cut off when last heard, 11:00:19.");
});

test("a clear machine asks for nothing", () => {
  const clear = { verdict: "clear", class: null, vector: null, risk: null, infectedAt: null, suspectAt: null } as const;
  assert.deepEqual(say(aHost({ ...clear, why: "" })), {
    state: "clear",
    title: "DESK-07 is clear.",
    cause: "Nothing speaks for an infection.",
  });
});

const counts = { hosts: 10, infected: 0, suspect: 0, watched: 0, clear: 10, unheard: 0, contained: 0 };

test("a dead line and a silent box come before any verdict", () => {
  const infected = { ...counts, infected: 2, clear: 8 };
  assert.equal(siteState(aSummary({ counts: infected })), "infected");
  assert.equal(siteState(aSummary({ counts: infected, line: { state: "dead", since: noon, text: "" } })), "line");
  assert.equal(siteState(aSummary({ counts: infected, sensor: aSensor({ state: "silent" }) })), "silent");
  assert.equal(siteState(aSummary({ sensor: aSensor({ state: "never-seen" }) })), "unseen");
});

test("the fleet opens with how many sites need somebody, and the worst of them", () => {
  const open = aSummary({
    id: "a",
    name: "A",
    counts: { ...counts, infected: 1, clear: 9 },
    row: { lead: "Line open.", rest: "", since: null },
  });
  const contained = aSummary({ id: "b", name: "B", counts: { ...counts, infected: 1, clear: 9, contained: 1 } });
  const clear = aSummary({ id: "c", name: "C" });
  assert.deepEqual(
    worstFirst([clear, contained, open]).map((site) => site.id),
    ["a", "b", "c"],
  );
  const { title, cause } = fleetSentence([clear, contained, open]);
  assert.equal(title, "1 of 3 sites needs you.");
  assert.equal(cause, "Worst is A. Line open.");
  assert.equal(fleetSentence([clear, contained]).title, "None of 2 sites needs you.");
  assert.equal(fleetSentence([]).title, "No box yet. Nothing is seen, nothing can be cut.");
});

test("the scope sums to the whole", () => {
  assert.equal(scopeSentence({ ...counts, infected: 3, clear: 7 }), "3 of 10 infected, 7 not.");
  assert.equal(scopeSentence({ ...counts, hosts: 0, clear: 0 }), "No machine has been heard yet.");
});
