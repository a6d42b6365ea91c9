import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyContainment, Pardon } from "@cordon/contract";
import type { Machine } from "../verdict/case-book.ts";
import {
  establishedMachines,
  incidentLifeMs,
  learningMs,
  maxKnown,
  maxNewcomers,
  provenAfterMs,
  stepIncident,
  type Incident,
  type IncidentInput,
} from "./incident.ts";

const at = Date.UTC(2026, 10, 21);
const mac = (number: number) =>
  `02:00:00:00:${(number >> 8).toString(16).padStart(2, "0")}:${(number & 255).toString(16).padStart(2, "0")}`;

function aMachine(number: number, fields: Partial<Machine> = {}): Machine {
  return {
    ...{ mac: mac(number), name: null, addresses: [], role: { name: "unknown", reason: "r" }, verdict: "clear" },
    ...{ firstSeenAt: at, lastSeenAt: at, contacts: 1 },
    ...fields,
  };
}

const anInput = (fields: Partial<IncidentInput> = {}): IncidentInput => ({
  ...{ before: null, machines: [], wished: [], automatic: [], pardons: [] },
  watchedSince: at - 2 * learningMs,
  time: { clock: at, trusted: at },
  ...fields,
});

const wish = (kind: AnyContainment["kind"], fields: Partial<AnyContainment> = {}) =>
  ({
    ...{ id: "c", kind, host: mac(1), vector: kind === "quarantine" ? null : "mail", reason: "r", author: "ann" },
    ...{ startsAt: at, expiresAt: null },
    ...fields,
  }) as AnyContainment;

const infected = aMachine(1, { verdict: "infected" });
const opened = stepIncident(anInput({ machines: [infected, aMachine(2)] })) as Incident;
const later = (ms: number) => ({ clock: at + ms, trusted: at + ms });

test("an infected machine or a quarantine opens it, a person's block of a way of spreading does not", () => {
  assert.deepEqual(opened, { openedAt: at, warrantedAt: at, known: [mac(1), mac(2)], newcomers: [] });
  assert.equal(stepIncident(anInput({ machines: [aMachine(1, { verdict: "suspect" })] })), null);
  assert.notEqual(stepIncident(anInput({ wished: [wish("quarantine")] })), null);
  for (const kind of ["vector", "throttle"] as const) {
    assert.equal(stepIncident(anInput({ wished: [wish(kind)] })), null);
  }
  assert.equal(stepIncident(anInput({ wished: [wish("quarantine", { expiresAt: at })] })), null);
  const pardon: Pardon = { host: mac(1), author: "ann", reason: "a scanner of ours", at, until: null };
  assert.equal(stepIncident(anInput({ machines: [infected], pardons: [pardon] })), null);
});

test("who comes while it is open is a newcomer, and known once it has talked for a time with nothing against it", () => {
  const came = stepIncident(anInput({ before: opened, machines: [infected, aMachine(3)], time: later(1000) }));
  assert.deepEqual(came?.newcomers, [{ mac: mac(3), since: at + 1000 }]);
  const step = (fields: Partial<Machine>) =>
    stepIncident(anInput({ before: came, machines: [infected, aMachine(3, fields)], time: later(2000) }));
  const talked = { lastSeenAt: at + provenAfterMs, contacts: 3 };
  for (const short of [
    { ...talked, contacts: 2 },
    { ...talked, lastSeenAt: at + 1 },
    { ...talked, verdict: "watched" as const },
  ]) {
    assert.equal(step(short), came, "nothing changed, so nothing is written");
  }
  assert.deepEqual(step(talked)?.known, [mac(1), mac(2), mac(3)]);
  assert.deepEqual(step(talked)?.newcomers, []);
});

test("a box that has just been put into the line takes nobody for a stranger", () => {
  const machines = [infected, aMachine(3)];
  const young = { before: opened, machines, time: later(1000) };
  for (const watchedSince of [at, at - learningMs + 1, null]) {
    assert.deepEqual(stepIncident(anInput({ ...young, watchedSince }))?.known, [mac(1), mac(2), mac(3)]);
  }
  assert.equal(stepIncident(anInput({ ...young, watchedSince: at - learningMs }))?.newcomers.length, 1);
});

test("it closes a day after the last reason for it, and is not renewed with every look", () => {
  const quiet = anInput({ before: opened, machines: [aMachine(1)] });
  assert.equal(stepIncident({ ...quiet, time: later(incidentLifeMs - 1) }), opened);
  assert.equal(stepIncident({ ...quiet, time: later(incidentLifeMs) }), null);
  const going = anInput({ before: opened, machines: [infected] });
  assert.equal(stepIncident({ ...going, time: later(1000) }), opened);
  assert.equal(stepIncident({ ...going, time: later(incidentLifeMs) })?.warrantedAt, at + incidentLifeMs);
});

test("one that began before the box knew the time goes on when it does", () => {
  const early = stepIncident(anInput({ machines: [infected], time: { clock: 5000, trusted: 5000 } }));
  const now = stepIncident(anInput({ before: early, machines: [aMachine(1)] }));
  assert.deepEqual([now?.openedAt, now?.warrantedAt], [at, at]);
});

test("made-up MACs take no more room than there is, and one that has gone gives its place back", () => {
  const crowd = Array.from({ length: 3000 }, (_, index) => aMachine(100 + index));
  const full = stepIncident(anInput({ before: opened, machines: [infected, ...crowd], time: later(1000) }));
  assert.equal(full?.newcomers.length, maxNewcomers);
  const hour = aMachine(9000, { firstSeenAt: at + 3_600_001, lastSeenAt: at + 3_600_001 });
  const after = stepIncident(anInput({ before: full, machines: [infected, ...crowd, hour], time: later(3_600_001) }));
  assert.deepEqual(after?.newcomers, [{ mac: mac(9000), since: at + 3_600_001 }]);
  const proven = Array.from({ length: 6000 }, (_, index) =>
    aMachine(100 + index, { lastSeenAt: at + provenAfterMs, contacts: 9 }),
  );
  const most = stepIncident(anInput({ before: opened, machines: [infected, ...proven], time: later(provenAfterMs) }));
  assert.equal(most?.known.length, maxKnown);
});

test("established is who has talked for a time, was there before the incident, and has nothing against it", () => {
  const proven = { firstSeenAt: at - provenAfterMs, lastSeenAt: at, contacts: 3 };
  const machines = [
    aMachine(2, proven),
    aMachine(3, { ...proven, verdict: "watched" }),
    aMachine(4, { ...proven, verdict: "infected" }),
    aMachine(5, { ...proven, contacts: 2 }),
    aMachine(6, { ...proven, firstSeenAt: at - provenAfterMs + 1 }),
    aMachine(7, { ...proven, firstSeenAt: at, lastSeenAt: at + provenAfterMs }),
  ];
  assert.deepEqual([...establishedMachines(machines, opened)], [mac(2)]);
  assert.deepEqual([...establishedMachines(machines, null)], [mac(2), mac(7)]);
});
