import assert from "node:assert/strict";
import { test } from "node:test";
import type { AutomaticContainment, Policy, ReflexWish } from "@cordon/contract";
import { incidentLifeMs, type Incident } from "./incident.ts";
import { noElements } from "./element-sets.ts";
import { afterLimitStep, reflexSettingsOf } from "./limit-elements.ts";
import { carriesNoWish, probationOf, withoutProbation, withProbation, type ProbationInput } from "./probation.ts";
import { reflexSettings, reportReflex } from "./reflex.ts";

const at = Date.UTC(2026, 10, 21);
const [known, other, newcomer] = ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"];
const incident: Incident = {
  openedAt: at,
  warrantedAt: at,
  known: [known, other],
  newcomers: [{ mac: newcomer, since: at + 1000 }],
};

const anInput = (fields: Partial<ProbationInput> = {}): ProbationInput => ({
  ...{ policy: "guard", canContain: true, incident, spared: new Set(), pardons: [], wished: [], automatic: [] },
  time: { clock: at + 2000, trusted: at + 2000 },
  ...fields,
});

test("a newcomer is throttled on all ports until the incident closes, and the record says why", () => {
  const probation = probationOf(anInput());
  assert.deepEqual(probation?.known, [known, other]);
  const [throttle] = probation.throttles;
  assert.deepEqual(
    [throttle?.kind, throttle?.host, throttle?.vector, throttle?.author, throttle?.expiresAt],
    ["throttle", newcomer, null, "Cordon, policy guard", at + incidentLifeMs],
  );
  assert.match(throttle?.reason ?? "", /^On probation: It was never seen before this incident/);
  assert.equal(throttle?.evidence[0]?.kind, "never-seen");
  assert.deepEqual(probationOf(anInput()), probation, "the same each time");
});

test("nobody is on probation without an incident, where nothing can be stopped, or under `observe` by a verdict alone", () => {
  assert.equal(probationOf(anInput({ incident: null })), null);
  assert.equal(probationOf(anInput({ canContain: false })), null);
  assert.equal(probationOf(anInput({ policy: "observe" satisfies Policy })), null);
});

test("under every policy it holds while a person has somebody cut off, and under `observe` no longer", () => {
  const cut = { id: "c", host: known, kind: "quarantine", vector: null, reason: "r", author: "ann" } as const;
  const throttles = (policy: Policy, times: { readonly startsAt?: number; readonly expiresAt?: number | null }) =>
    probationOf(anInput({ policy, wished: [{ ...cut, startsAt: at, expiresAt: null, ...times }] }))?.throttles.map(
      ({ host, author }) => `${host} ${author}`,
    );
  for (const policy of ["observe", "guard", "contain"] as const) {
    assert.match(throttles(policy, {})?.join() ?? "", new RegExp(`^${newcomer} Cordon, `), policy);
  }
  assert.deepEqual(throttles("observe", {}), [`${newcomer} Cordon, while somebody is cut off`]);
  assert.equal(throttles("observe", { expiresAt: at + 1 }), undefined);
  assert.equal(throttles("observe", { startsAt: at + 60_000 }), undefined);
  // A block is a rule of the house, and a policy's own containment ends with the policy.
  const block = { ...cut, kind: "vector", vector: "smb", startsAt: at, expiresAt: null } as const;
  assert.equal(probationOf(anInput({ policy: "observe", wished: [block] })), null);
});

test("a person's pardon or word for a server ends it for one machine, and what is held is not held twice", () => {
  const pardon = { host: newcomer, author: "ann", reason: "a new laptop", at, until: null };
  for (const free of [{ pardons: [pardon] }, { spared: new Set([newcomer]) }]) {
    assert.deepEqual(probationOf(anInput(free)), { known: [known, other, newcomer], throttles: [] });
  }
  const expired = probationOf(anInput({ pardons: [{ ...pardon, until: at }] }));
  assert.equal(expired?.throttles.length, 1);
  const cut = { id: "a", host: newcomer, kind: "quarantine", expiresAt: null } as AutomaticContainment;
  assert.deepEqual(probationOf(anInput({ automatic: [cut] })), { known: [known, other], throttles: [] });
});

test("in the kernel the known keep the site's rule and all others are on probation", () => {
  const wish: ReflexWish = { mode: "dry", budget: "wide", hosts: [{ host: other, mode: "dry", budget: "unlimited" }] };
  const input = { wish, placement: "lan", declared: [], probation: { known: [known, other] } } as const;
  const settings = reflexSettings(input);
  assert.deepEqual(settings, {
    ...{ mode: "enforce", budget: "tight", probation: true, exempt: [] },
    hosts: [
      { mac: known, mode: "dry", budget: "wide" },
      { mac: other, mode: "dry", budget: "unlimited" },
    ],
  });
  const limits = afterLimitStep(noElements, { kind: "reflex-set", settings });
  assert.equal(limits.reflex_rules.get("*"), "goto reflex_probation");
  assert.deepEqual(reflexSettingsOf(limits), settings, "what is read back is what was set");
  assert.deepEqual(reflexSettings({ ...input, placement: "wan" }).probation, undefined);

  // Whoever asks what holds for the site is told of the site.
  const observed = { at, skeleton: "x", quarantined: [], vectors: [], handedUp: {}, heldBack: {} };
  const reflex = { settings, passed: 0, stopped: 0, hosts: [] };
  const reported = reportReflex(input, { ...observed, reflex }, false);
  assert.deepEqual([reported.mode, reported.budget], ["dry", "wide"]);
  assert.deepEqual(reported.rules, [{ host: other, mode: "dry", budget: "unlimited" }]);
  const plain = reflexSettings({ ...input, probation: null });
  assert.deepEqual(withoutProbation(settings, wish, input.probation), plain);
  assert.deepEqual(withProbation(plain, null), plain);
});

test("settings that carry nobody's wish are told from those that may", () => {
  const plain = reflexSettings({ wish: undefined, placement: "lan", declared: [] });
  assert.ok(carriesNoWish(plain));
  assert.ok(carriesNoWish(withProbation(plain, { known: [known] })));
  assert.ok(!carriesNoWish({ ...plain, mode: "enforce" }));
  assert.ok(!carriesNoWish({ ...plain, hosts: [{ mac: known, mode: "enforce", budget: "usual" }] }));
});
