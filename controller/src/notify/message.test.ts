import assert from "node:assert/strict";
import { test } from "node:test";
import { worstOf } from "./channel.ts";
import { dueOf, told } from "./composer.ts";
import type { Finding } from "./finding.ts";
import { Sentences } from "../language/sentences.ts";
import { htmlOf, messageOf } from "./message.ts";

function aFinding(more: Partial<Finding> = {}): Finding {
  return {
    ...{ kind: "host", severity: "critical", isEnd: false, siteId: "s1", siteName: "Brandt Tax Advisers" },
    ...{ host: "02:00:5e:10:00:07", noun: "infected", label: "DESK-07", at: 1_000 },
    verdict: "DESK-07 is infected: a mass mailer.",
    cause: "It has tried 212 mail servers.",
    nextStep: "Next: cut it off.",
    path: "/sites/s1/hosts/02%3A00%3A5e%3A10%3A00%3A07",
    ...more,
  };
}

const parts = { id: "m1", at: 2_000, overflow: [], publicUrl: "https://cordon.example" };

test("one finding is verdict, cause, next step and link", () => {
  const message = messageOf({ ...parts, findings: [aFinding()] });
  assert.equal(message.title, "DESK-07 is infected: a mass mailer (Brandt Tax Advisers)");
  assert.deepEqual(message.text.split("\n"), [
    "DESK-07 is infected: a mass mailer.",
    "It has tried 212 mail servers.",
    "Next: cut it off.",
    "https://cordon.example/sites/s1/hosts/02%3A00%3A5e%3A10%3A00%3A07",
  ]);
  assert.equal(message.link, message.findings[0]?.link);
});

test("what a box wrote is in the language of the channel behind the name of its machine too", () => {
  const sentences = new Sentences(new Map([["Not stopped by the box.", "Nicht gestoppt von der Box."]]));
  const verdict = "DESK-07: Not stopped by the box.";
  const message = messageOf({ ...parts, tongue: { language: "de", sentences }, findings: [aFinding({ verdict })] });
  assert.equal(message.findings[0]?.verdict, "DESK-07: Nicht gestoppt von der Box.");
  assert.equal(message.title, "DESK-07: Nicht gestoppt von der Box (Brandt Tax Advisers)");
});

test("a message is in the language of its channel, but for what people named", () => {
  const sentences = new Sentences(
    new Map([
      ["{0} is infected: {1}.", "{0} ist infiziert: {1}."],
      ["a mass mailer", "eine Mailschleuder"],
      ["It has tried {0} mail servers.", "Es hat {0} Mailserver versucht."],
      ["Next: cut it off.", "Nächster Schritt: abtrennen."],
      ["infected", "infiziert"],
      ["{0} and {1} more", "{0} und {1} weitere"],
      ["And {0} more, which the pages of the sites tell.", "Und {0} weitere, die auf den Seiten der Standorte stehen."],
    ]),
  );
  const tongue = { language: "de", sentences };
  const message = messageOf({ ...parts, tongue, findings: [aFinding()] });
  assert.equal(message.title, "DESK-07 ist infiziert: eine Mailschleuder (Brandt Tax Advisers)");
  assert.deepEqual(message.text.split("\n").slice(0, 3), [
    "DESK-07 ist infiziert: eine Mailschleuder.",
    "Es hat 212 Mailserver versucht.",
    "Nächster Schritt: abtrennen.",
  ]);
  const many = Array.from({ length: 200 }, (_, index) => aFinding({ label: `DESK-${index}` }));
  const long = messageOf({ ...parts, tongue, findings: many });
  assert.match(long.title, /^200 infiziert \(DESK-0, DESK-1, DESK-2 und 197 weitere\)/);
  assert.match(htmlOf(long), /<html lang="de">.*Und 100 weitere, die auf den Seiten der Standorte stehen\./s);
});

test("many are one message that says how many and which", () => {
  const machines = Array.from({ length: 40 }, (_, index) =>
    aFinding({ host: `h${index}`, label: `DESK-${index}`, verdict: `DESK-${index} is infected: a scanner.` }),
  );
  const silent = aFinding({
    kind: "box",
    severity: "warning",
    host: null,
    noun: "box silent",
    label: "Brandt Tax Advisers",
  });
  const message = messageOf({
    ...parts,
    findings: [...machines, silent],
    overflow: [{ siteName: "Brandt Tax Advisers", count: 3 }],
  });
  assert.equal(
    message.title,
    "40 infected (DESK-0, DESK-1, DESK-2 and 37 more); 1 box silent (Brandt Tax Advisers); 3 more: Brandt Tax Advisers",
  );
  for (let index = 0; index < 40; index += 1) assert.ok(message.text.includes(`DESK-${index} is infected`));
  assert.ok(message.text.endsWith("And 3 more, which the pages of the sites tell."));
  assert.equal(message.link, "https://cordon.example/sites/s1");
  assert.equal(message.severity, "critical");
  const many = messageOf({ ...parts, findings: Array.from({ length: 400 }, () => aFinding()) });
  assert.deepEqual([many.findings.length, many.more], [100, 300]);
});

test("of what is equally bad sites have their turns, so that one with many pushes none off the list", () => {
  const ofBad = Array.from({ length: 300 }, (_, index) =>
    aFinding({ siteId: "bad", siteName: "Bad", host: `b${index}`, label: `A-${index}` }),
  );
  const ofGood = aFinding({ siteId: "good", siteName: "Good", host: "g1", label: "Z-1" });
  const suspect = aFinding({ siteId: "good", siteName: "Good", host: "g2", label: "Y-1", severity: "warning" });
  const findings = told([suspect, ...ofBad, ofGood], new Map());
  assert.deepEqual(
    findings.slice(0, 3).map(({ label }) => label),
    ["A-0", "Z-1", "A-1"],
  );
  assert.equal(findings.at(-1), suspect);
  const message = messageOf({ ...parts, findings, overflow: [{ siteName: "Ugly", count: 7 }] });
  assert.ok(message.findings.some(({ host }) => host === "g1"));
  assert.match(message.title, /; 7 more: 3 sites$/);
});

test("what a machine calls itself is text on one line, in a title and in HTML", () => {
  const name = "<img src=x>\r\nBcc: all@example.com\u202e";
  const message = messageOf({ ...parts, findings: [aFinding({ verdict: `${name} is infected.`, label: name })] });
  assert.ok(!/[\r\n\u202e]/.test(message.title));
  assert.ok(message.text.startsWith("<img src=x> Bcc: all@example.com is infected.\n"));
  assert.ok(!htmlOf(message).includes("<img"));
});

test("in quiet hours an infected machine that nothing holds is told, and the rest waits", () => {
  const hours = { from: "00:00", to: "12:00", timeZone: "UTC" };
  const open = { finding: aFinding() };
  const held = { finding: aFinding({ host: "h2" }) };
  const silent = { finding: aFinding({ kind: "box", severity: "warning", host: null }) };
  const standings = new Map([
    [open.finding, { isContained: false, nextStep: "" }],
    [held.finding, { isContained: true, nextStep: "" }],
  ]);
  const limits = { pauseMs: 10_000, longestMs: 60_000 };
  const due = (quietHours: typeof hours | null, now: number) =>
    dueOf([open, held, silent], { quietHours }, standings, now, limits);
  assert.deepEqual(due(hours, 60_000), [open]);
  assert.deepEqual(due(hours, 13 * 3_600_000), [open, held, silent]);
  assert.deepEqual(due(null, 60_000), [open, held, silent]);
});

test("what comes in one go waits for a pause, and no longer than its time", () => {
  const limits = { pauseMs: 10_000, longestMs: 60_000 };
  const waiting = [0, 9_000, 18_000].map((at) => ({ finding: aFinding({ at }) }));
  const due = (now: number) => dueOf(waiting, { quietHours: null }, new Map(), now, limits).length;
  assert.deepEqual([due(18_000), due(27_999), due(28_000)], [0, 0, 3]);
  const worm = Array.from({ length: 100 }, (_, index) => ({ finding: aFinding({ at: index * 1_000 }) }));
  assert.equal(dueOf(worm.slice(0, 60), { quietHours: null }, new Map(), 59_500, limits).length, 0);
  assert.equal(dueOf(worm.slice(0, 61), { quietHours: null }, new Map(), 60_000, limits).length, 61);
});

test("a machine that was cut off before its message went out is told once, with what to do now", () => {
  const infected = aFinding();
  const suspect = aFinding({ severity: "warning", noun: "suspect" });
  const inForce = aFinding({ kind: "containment", severity: "info", noun: "in force" });
  const other = aFinding({ kind: "containment", severity: "info", noun: "in force", host: "h9" });
  const standings = new Map([[infected, { isContained: true, nextStep: "Next: clean it." }]]);
  assert.deepEqual(told([inForce, suspect, infected, other], standings), [
    { ...infected, nextStep: "Next: clean it." },
    other,
  ]);
  assert.equal(worstOf([]), "info");
});
