import assert from "node:assert/strict";
import { test } from "node:test";
import { covers, rungsOf, vectorPorts, type HostSnapshot, type Pardon, type Policy } from "@cordon/contract";
import fc from "fast-check";
import {
  automaticLifeMs,
  betterForMs,
  maxAutomatic,
  takeAutomatic,
  type AutomaticInput,
  type AutomaticOutcome,
  type Taken,
} from "./automatic.ts";

const start = Date.UTC(2026, 10, 21);
const hour = 3_600_000;
const macOf = (index: number): string =>
  `02:00:00:00:${(index >> 8).toString(16).padStart(2, "0")}:${(index & 255).toString(16).padStart(2, "0")}`;
const mac = macOf(1);

function aHost(fields: Partial<HostSnapshot> = {}): HostSnapshot {
  return {
    host: fields.mac ?? mac,
    mac,
    addresses: ["192.168.10.9"],
    name: "TILL-3",
    role: { name: "unknown", reason: "Nothing it did tells what it is for." },
    verdict: "infected",
    class: "mass-mailer",
    vector: "mail",
    risk: "high",
    score: 6,
    firstSeenAt: start,
    lastSeenAt: start,
    suspectAt: start,
    infectedAt: start,
    contactsBeforeSuspect: 3,
    contacts: 12,
    evidence: [
      { kind: "answered-contacts", for: false, weight: -1, count: 4, firstAt: start, lastAt: start, text: "Answers." },
      { kind: "mx-lookups", for: true, weight: 2, count: 11, firstAt: start, lastAt: start, text: "Asked for mail." },
      { kind: "mail-fan-out", for: true, weight: 6, count: 7, firstAt: start, lastAt: start, text: "Tried 12." },
    ],
    ...fields,
  };
}

let lastId = 0;

function aStep(fields: Partial<Omit<AutomaticInput, "time">> & { readonly at?: number; readonly monotonic?: number }) {
  const { at = start, monotonic = at - start, ...rest } = fields;
  return takeAutomatic({
    policy: "contain",
    canContain: true,
    hosts: [aHost()],
    declared: new Set(),
    anchors: new Set(),
    pardons: [],
    wished: [],
    before: [],
    newId: () => `a-${++lastId}`,
    ...rest,
    time: { clock: at, trusted: at, monotonic },
  });
}

const shown = ({ taken }: AutomaticOutcome): string[] =>
  taken.map(({ containment: { kind, vector } }) => (vector === null ? kind : `${kind} ${vector}`));
const whys = ({ ended }: AutomaticOutcome): string[] => [...ended.values()];

for (const [policy, verdict, vector, expected] of [
  ["observe", "infected", "mail", []],
  ["guard", "watched", "mail", []],
  ["guard", "suspect", "mail", ["throttle mail"]],
  ["guard", "suspect", "other", ["throttle"]],
  ["guard", "infected", "smb", ["vector smb"]],
  ["guard", "infected", "other", ["throttle"]],
  ["contain", "watched", "mail", []],
  ["contain", "suspect", "smb", ["throttle smb"]],
  ["contain", "infected", "smb", ["quarantine"]],
  ["contain", "infected", "other", ["quarantine"]],
] as const) {
  test(`${policy}, ${verdict} by ${vector}: ${expected.join() || "nothing"}`, () => {
    assert.deepEqual(shown(aStep({ policy, hosts: [aHost({ verdict, vector })] })), expected);
  });
}

const pardon: Pardon = { host: mac, author: "ann", reason: "cleaned", at: start, until: start + hour };
const role = (name: string, declared = false) => ({ name, reason: "r", ...(declared ? { declared } : {}) });

for (const [name, fields] of [
  ["a gateway", { hosts: [aHost({ role: role("gateway") })] }],
  ["a resolver", { hosts: [aHost({ role: role("resolver") })] }],
  ["what a person vouched for, by its role", { hosts: [aHost({ role: role("mail-server", true) })] }],
  ["what a person vouched for, by its card", { declared: new Set([mac]) }],
  ["what the site cannot do without", { anchors: new Set([mac]) }],
  ["a host without a card", { hosts: [aHost({ host: "192.168.10.9", mac: null })] }],
  ["a pardoned host", { pardons: [pardon] }],
  ["anybody where nothing can be stopped", { canContain: false }],
] as const) {
  test(`${name} is left alone`, () => assert.deepEqual(shown(aStep(fields)), []));
}

test("it carries the ledger, its heaviest line as the reason, and who took it", () => {
  const [taken] = aStep({}).taken;
  assert.deepEqual(
    taken?.containment.evidence.map(({ kind }) => kind),
    ["mail-fan-out", "mx-lookups", "answered-contacts"],
  );
  assert.equal(taken.containment.reason, "Infected: Tried 12.");
  assert.equal(taken.containment.author, "Cordon, policy contain");
  assert.deepEqual([taken.containment.startsAt, taken.containment.expiresAt], [start, start + automaticLifeMs]);
});

test("the stronger takes the place of the weaker and keeps nothing of it; the weaker never comes back", () => {
  const first = aStep({ hosts: [aHost({ verdict: "suspect" })] });
  const second = aStep({ before: first.taken, at: start + 1000 });
  assert.deepEqual([shown(second), whys(second)], [["quarantine"], ["Something stronger took its place."]]);
  const third = aStep({ before: second.taken, at: start + 2000, hosts: [aHost({ verdict: "suspect" })] });
  assert.deepEqual([shown(third), third.isChange], [["quarantine"], false]);
});

test("a second way of spreading is stopped beside the first", () => {
  const first = aStep({ policy: "guard" });
  const second = aStep({ policy: "guard", before: first.taken, hosts: [aHost({ vector: "smb" })] });
  assert.deepEqual(shown(second), ["vector mail", "vector smb"]);
  const cut = aStep({ policy: "contain", before: second.taken });
  assert.deepEqual(shown(cut), ["quarantine"]);
});

test("a milder policy lets go and takes what it may in the same step", () => {
  const before = aStep({}).taken;
  const guard = aStep({ policy: "guard", before });
  assert.deepEqual([shown(guard), whys(guard)], [["vector mail"], ["The policy is guard now."]]);
  assert.deepEqual(shown(aStep({ policy: "observe", before })), []);
});

test("a pardon ends it, holds while the machine goes on, and ends by itself", () => {
  const before = aStep({}).taken;
  const released = aStep({ before, pardons: [pardon] });
  assert.deepEqual([shown(released), whys(released)], [[], ["ann released it: cleaned"]]);
  assert.deepEqual(shown(aStep({ pardons: [pardon], at: start + hour - 1 })), []);
  assert.deepEqual(shown(aStep({ pardons: [pardon], at: start + hour })), ["quarantine"]);
  assert.deepEqual(shown(aStep({ pardons: [{ ...pardon, until: null }], at: start + 999 * hour })), []);
});

test("what a person has cut already is not cut again, what he has only slowed is", () => {
  const wish = { id: "c1", host: mac, vector: null, reason: "r", author: "ann", startsAt: start } as const;
  const wished = [{ ...wish, kind: "quarantine", expiresAt: start + hour } as const];
  assert.deepEqual(shown(aStep({ wished })), []);
  assert.deepEqual(shown(aStep({ wished, at: start + hour })), ["quarantine"], "his time is over");
  assert.deepEqual(shown(aStep({ wished: [{ ...wish, kind: "throttle", expiresAt: null }] })), ["quarantine"]);
  const before = aStep({}).taken;
  assert.deepEqual(shown(aStep({ wished, before })), ["quarantine"], "what stands goes on");
});

test("it is renewed every four hours while it is warranted, and ends a day after it last was", () => {
  const { taken } = aStep({});
  const same = aStep({ before: taken, at: start + 4 * hour - 1 });
  assert.deepEqual([same.isChange, same.taken[0]?.containment], [false, taken[0]?.containment]);
  const renewed = aStep({ before: taken, at: start + 4 * hour });
  assert.equal(renewed.isChange, true);
  assert.equal(renewed.taken[0]?.containment.expiresAt, start + 4 * hour + automaticLifeMs);
  assert.equal(renewed.taken[0].containment.id, taken[0]?.containment.id);
  const forgotten = aStep({ before: taken, hosts: [], at: start + automaticLifeMs - 1 });
  assert.deepEqual([shown(forgotten), forgotten.isChange], [["quarantine"], false]);
  const over = aStep({ before: taken, hosts: [], at: start + automaticLifeMs });
  assert.deepEqual([shown(over), whys(over)], [[], ["Its time was over."]]);
  // A box that was off for a week, and whose checkpoint still accuses the host.
  assert.deepEqual(shown(aStep({ before: taken, at: start + 7 * automaticLifeMs })), ["quarantine"]);
});

test("a verdict that falls ends it after ten minutes, and one that wavers does not", () => {
  const better = [aHost({ verdict: "watched" })];
  const fallen = aStep({ before: aStep({}).taken, hosts: better, at: start + 1000 });
  assert.deepEqual([shown(fallen), fallen.isChange], [["quarantine"], false]);
  const rose = aStep({ before: fallen.taken, at: start + betterForMs });
  const again = aStep({ before: rose.taken, hosts: better, at: start + betterForMs + 1 });
  assert.deepEqual(shown(aStep({ before: again.taken, hosts: better, at: start + 2 * betterForMs })), ["quarantine"]);
  const over = aStep({ before: again.taken, hosts: better, at: start + 2 * betterForMs + 1 });
  assert.deepEqual(whys(over), ["Its verdict fell to watched."]);
});

test("a role that it earns while it is held does not let it go, a person's word does", () => {
  const before = aStep({}).taken;
  assert.deepEqual(shown(aStep({ before, hosts: [aHost({ role: role("resolver") })] })), ["quarantine"]);
  assert.deepEqual(whys(aStep({ before, declared: new Set([mac]) })), ["A person declared it a server."]);
});

test("taken before the box knew the time, it counts from when it does", () => {
  const { taken } = aStep({ at: 5000, monotonic: 5000 });
  const jump = takeAutomatic({
    ...{ policy: "contain", canContain: true, hosts: [], declared: new Set(), anchors: new Set(), pardons: [] },
    ...{ wished: [], before: taken },
    newId: () => "unused",
    time: { clock: start, trusted: start, monotonic: 9000 },
  });
  assert.deepEqual(
    jump.taken.map(({ containment }) => [containment.startsAt, containment.expiresAt]),
    [[start, start + automaticLifeMs]],
  );
  assert.ok(jump.isChange);
});

test("a clock years ahead or behind changes nothing", () => {
  const { taken } = aStep({});
  for (const clock of [0, start + 1e11]) {
    const step = takeAutomatic({
      ...{
        policy: "contain",
        canContain: true,
        hosts: [],
        declared: new Set(),
        anchors: new Set(),
        pardons: [],
        wished: [],
      },
      before: taken,
      newId: () => "unused",
      time: { clock, trusted: start + hour, monotonic: hour },
    });
    assert.deepEqual([step.taken, step.isChange], [taken, false]);
  }
});

test("a machine that makes up cards fills no more than its bound; who is infected and was there first is in it", () => {
  const swarm = Array.from({ length: 500 }, (_, index) =>
    aHost({ mac: macOf(index + 10), host: macOf(index + 10), firstSeenAt: start + 1000, verdict: "suspect" }),
  );
  const step = aStep({ hosts: [...swarm, aHost()] });
  assert.equal(step.taken.length, maxAutomatic);
  assert.equal(step.leftOut, 501 - maxAutomatic);
  assert.deepEqual(step.taken[0]?.containment.host, mac);
  const next = aStep({ before: step.taken, hosts: swarm.map((host) => ({ ...host, verdict: "infected" as const })) });
  assert.equal(next.taken.length, maxAutomatic, "those who have a place may go from throttle to quarantine");
  assert.equal(shown(next).filter((kind) => kind === "quarantine").length, maxAutomatic);
});

// Any history of the site, in steps.
const machines = 5;
const anyMachine = fc.record({
  isKnown: fc.boolean(),
  verdict: fc.constantFrom("clear", "watched", "suspect", "infected"),
  vector: fc.constantFrom(...(Object.keys(vectorPorts) as (keyof typeof vectorPorts)[])),
  role: fc.constantFrom("unknown", "unknown", "gateway", "resolver", "mail-server"),
});
const anyMoment = fc.record({
  policy: fc.constantFrom("observe", "guard", "contain") satisfies fc.Arbitrary<Policy>,
  machines: fc.array(anyMachine, { minLength: machines, maxLength: machines }),
  pardoned: fc.array(fc.integer({ min: 0, max: machines - 1 }), { maxLength: 2 }),
  passes: fc.constantFrom(0, 1000, 60_000, betterForMs, 5 * hour, automaticLifeMs),
  isRestart: fc.boolean(),
});

test("in any history: the bounds of the policy hold, ids are never reused, and nobody is let go without a reason", () => {
  const declared = new Set([macOf(0)]);
  fc.assert(
    fc.property(fc.array(anyMoment, { maxLength: 12 }), (history) => {
      let before: readonly Taken[] = [];
      let at = start;
      const given = new Set<string>();
      const gone = new Set<string>();
      for (const moment of history) {
        at += moment.passes;
        const hosts = moment.machines.flatMap(({ isKnown, verdict, vector, role: name }, index) =>
          isKnown ? [aHost({ mac: macOf(index), host: macOf(index), verdict, vector, role: role(name) })] : [],
        );
        const pardons = moment.pardoned.map((index) => ({ ...pardon, host: macOf(index), until: null }));
        if (moment.isRestart) before = before.map(({ containment }) => ({ containment, betterSince: null }));
        const input = { ...moment, hosts, pardons, declared, before, at, monotonic: at - start };
        const step = aStep({
          ...input,
          newId: () => {
            const id = `a-${given.size}`;
            given.add(id);
            return id;
          },
        });
        for (const { containment } of step.taken) {
          const { id, host, kind, expiresAt } = containment;
          assert.ok(rungsOf[moment.policy].includes(kind), `${kind} under ${moment.policy}`);
          assert.ok(!declared.has(host) && !pardons.some((each) => each.host === host));
          assert.ok(!gone.has(id), "one that ended has come back");
          assert.ok((expiresAt ?? 0) > at && (expiresAt ?? 0) <= at + automaticLifeMs);
          const wasHeld = before.some((each) => each.containment.id === id);
          const snapshot = hosts.find((each) => each.mac === host);
          if (!wasHeld) {
            assert.ok(snapshot?.verdict === "suspect" || snapshot?.verdict === "infected");
            assert.ok(snapshot.role.name !== "gateway" && snapshot.role.name !== "resolver");
          }
          const others = step.taken.filter((each) => each.containment.host === host && each.containment.id !== id);
          assert.ok(!others.some((each) => covers(each.containment, containment)), "two for the same");
        }
        const ids = new Set(step.taken.map(({ containment }) => containment.id));
        for (const { containment } of before) {
          if (ids.has(containment.id)) continue;
          gone.add(containment.id);
          assert.ok(step.ended.has(containment.id), "it ended and nobody says why");
          const snapshot = hosts.find((each) => each.mac === containment.host);
          const isAccused = snapshot?.verdict === "suspect" || snapshot?.verdict === "infected";
          const isLetGo = !step.taken.some((each) => covers(each.containment, containment));
          const mayStand = rungsOf[moment.policy].includes(containment.kind);
          const isPardoned = pardons.some((each) => each.host === containment.host);
          assert.ok(!(isLetGo && isAccused && mayStand && !isPardoned), "an accused machine was let go");
        }
        const same = aStep({ ...input, before: step.taken, newId: () => assert.fail("taken twice") });
        assert.deepEqual([same.taken, same.isChange], [step.taken, false], "nothing changes where nothing changed");
        before = step.taken;
      }
    }),
    { numRuns: 400 },
  );
});
