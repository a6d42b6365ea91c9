import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { languageFrom } from "../../../src/language/language-file.ts";
import { useLanguage } from "./message.ts";
import { said } from "./said.ts";

function use(reports: Readonly<Record<string, string>>): void {
  useLanguage(languageFrom({ language: "de", name: "Deutsch", texts: {}, reports }));
}

afterEach(() => useLanguage(null));

const reports = {
  "Line open: {0} still {1}.": "Leitung offen: {0} {1} noch.",
  mails: "mailt",
  "{0} is infected: {1}.": "{0} ist infiziert: {1}.",
  "a mass mailer": "ein Massenmailer",
  "Tried {0}, of {1} within {2}. A person's program uses one or two.":
    "Versuchte {0} von {1} in {2}. Programme von Menschen nutzen einen oder zwei.",
  "{0} mail servers": "{0} Mailserver",
  "{0} providers": "{0} Providern",
  "Next: cut {0} off.": "Nächster Schritt: {0} abtrennen.",
  "{0} and {1}": "{0} und {1}",
  "The box refused: {0}": "Die Box lehnte ab: {0}",
  "It is the gateway.": "Es ist das Gateway.",
  "1 machine watched: {0}": "1 Gerät beobachtet: {0}",
};

test("a sentence is known by its pattern, and its values by theirs", () => {
  use(reports);
  assert.equal(said("Line open: DESK-07 still mails."), "Leitung offen: DESK-07 mailt noch.");
  assert.equal(said("Next: cut DESK-07 and LAPTOP-K3 off."), "Nächster Schritt: DESK-07 und LAPTOP-K3 abtrennen.");
  assert.equal(said("The box refused: it is the gateway."), "Die Box lehnte ab: Es ist das Gateway.");
});

test("several sentences are known one by one, whichever patterns hold more than one", () => {
  use(reports);
  const english =
    "DESK-07 is infected: a mass mailer. Tried 212 mail servers, of 187 providers within 3 min. A person's program uses one or two. Next: cut DESK-07 off.";
  assert.equal(
    said(english),
    "DESK-07 ist infiziert: ein Massenmailer. Versuchte 212 Mailserver von 187 Providern in 3 min. Programme von Menschen nutzen einen oder zwei. Nächster Schritt: DESK-07 abtrennen.",
  );
  assert.equal(
    said("1 machine watched: tried 3 mail servers, of 2 providers within 1 s. A person's program uses one or two."),
    "1 Gerät beobachtet: Versuchte 3 Mailserver von 2 Providern in 1 s. Programme von Menschen nutzen einen oder zwei.",
  );
});

test("what no pattern knows stays, beside what is known; what a person wrote fits none", () => {
  use(reports);
  assert.equal(said("A newer box says this. It is the gateway."), "A newer box says this. Es ist das Gateway.");
  assert.equal(said("Router and printer were moved"), "Router and printer were moved");
  assert.equal(said("<b>Line open</b>"), "<b>Line open</b>");
});

test("in English nothing is looked for, and a place that its pattern lacks is no pattern", () => {
  assert.equal(said("It is the gateway."), "It is the gateway.");
  use({ "The box refused: {0}": "Die Box lehnte {1} ab" });
  assert.equal(said("The box refused: it."), "The box refused: it.");
});

test("hostile patterns and texts cost no more than a moment", () => {
  use(
    Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`{0} a {1} a {2} a {3} x${i} {4} letters at the end`, "{0}"]),
    ),
  );
  const startedAt = performance.now();
  said(`${" a".repeat(1000)} letters at the end`);
  assert.ok(performance.now() - startedAt < 1000);
});

test("what a box writes of machines and of its own changes is known in the shipped German, whole", () => {
  const shipped = JSON.parse(readFileSync(new URL("../../languages/de.json", import.meta.url), "utf8")) as unknown;
  useLanguage(languageFrom(shipped));
  const texts = {
    "Next: cut DESK-07 off. Then call the provider.": "Nächster Schritt: DESK-07 abtrennen. Dann den Anbieter anrufen.",
    "Released; 7 packets were stopped while it held. ann released it: cleaned":
      "Freigegeben; 7 Pakete wurden gestoppt, solange es galt. ann gab es frei: cleaned",
    "Released; 9 packets were counted and passed while it held.":
      "Freigegeben; 9 Pakete wurden gezählt und durchgelassen, solange es galt.",
    "Its time was over; 5 packets were stopped.": "Seine Zeit war um; 5 Pakete wurden gestoppt.",
    "Tried 12 addresses for telnet, router and camera maintenance within 1 s; none answered. Worms search like this; programs of people know whom they call.":
      "Versuchte 12 Adressen für Telnet, Wartung von Routern und Kameras in 1 s; keine antworteten. Würmer suchen so; Programme von Menschen wissen, wen sie anrufen.",
    "Called the same target at least 14 times. Only the source port changes; the target never changes: a program that does not give up. It began 40 s after a change of ours: Released; 9816 packets were stopped while it held.":
      "Rief dasselbe Ziel mindestens 14-mal an. Nur der Quellport ändert sich; das Ziel ändert sich nie: ein Programm, das nicht aufgibt. Es begann 40 s nach einer Änderung von uns: Freigegeben; 9816 Pakete wurden gestoppt, solange es galt.",
  };
  for (const [english, german] of Object.entries(texts)) assert.equal(said(english), german);
});

test("two values side by side at an end are no pattern: nobody can tell where the first ends", () => {
  use({ "{0} {1} Then call the provider.": "{0} {1} Dann anrufen.", ...reports });
  assert.equal(
    said("Next: cut DESK-07 off. Then call the provider."),
    "Nächster Schritt: DESK-07 abtrennen. Then call the provider.",
  );
});

test("a name in a list may hold an and of its own, and one that only gains a capital is said too", () => {
  use({
    "Tried {0} within {1}.": "Versuchte {0} in {1}.",
    "routers and cameras": "Router und Kameras",
    telnet: "Telnet",
  });
  assert.equal(said("Tried telnet, routers and cameras within 1 s."), "Versuchte Telnet, Router und Kameras in 1 s.");
});

test("what a box says of its update is known in the shipped German, with the reason in it", () => {
  const shipped = JSON.parse(readFileSync(new URL("../../languages/de.json", import.meta.url), "utf8")) as unknown;
  useLanguage(languageFrom(shipped));
  assert.equal(
    said("Release 0.3.0 was not installed: It is made for cordon-pi, and this box is cordon-pc."),
    "Das Release 0.3.0 wurde nicht eingespielt: Es ist für cordon-pi gemacht, und diese Box ist cordon-pc.",
  );
  assert.equal(
    said(
      "Release 0.3.0 did not work, and the box came back from it: The release before runs again: The box did not come as far as its own first program.",
    ),
    "Das Release 0.3.0 hat nicht funktioniert, und die Box ist zum vorigen zurückgekehrt: Das vorige Release läuft wieder: Die Box ist nicht bis zu ihrem eigenen ersten Programm gekommen.",
  );
  assert.equal(said("It waits for its window."), "Es wartet auf sein Zeitfenster.");
});
