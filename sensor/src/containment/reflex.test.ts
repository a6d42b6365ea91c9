import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReflexWish } from "@cordon/contract";
import type { Observed } from "./protocol.ts";
import { beyondBudget, reflexSettings, reportReflex } from "./reflex.ts";

const a = "02:00:00:00:00:0a";
const b = "02:00:00:00:00:0b";
const enforce: ReflexWish = {
  mode: "enforce",
  budget: "usual",
  hosts: [
    { host: b, mode: "enforce", budget: "tight" },
    { host: a, mode: "enforce", budget: "unlimited" },
  ],
};

function anObserved(parts: Partial<NonNullable<Observed["reflex"]>> = {}, skeleton: string | null = "x"): Observed {
  const settings = reflexSettings({ wish: enforce, placement: "lan", declared: [] });
  const reflex = { settings, passed: 3, stopped: 9, hosts: [], ...parts };
  return { at: 5, skeleton, quarantined: [], vectors: [], handedUp: {}, heldBack: {}, reflex };
}

test("without a wish it counts and stops nothing, and a mail server may reach others by port 25", () => {
  const declared = [
    { mac: b, role: "server" as const },
    { mac: a, role: "mail-server" as const },
  ];
  assert.deepEqual(reflexSettings({ wish: undefined, placement: "lan", declared }), {
    mode: "dry",
    budget: "usual",
    hosts: [],
    exempt: [{ mac: a, port: 25 }],
  });
});

test("what is wished is set, hosts in the order in which the kernel tells them", () => {
  assert.deepEqual(reflexSettings({ wish: enforce, placement: "lan", declared: [] }), {
    mode: "enforce",
    budget: "usual",
    hosts: [
      { mac: a, mode: "dry", budget: "unlimited" },
      { mac: b, mode: "enforce", budget: "tight" },
    ],
    exempt: [],
  });
});

test("outside the router it only counts, whatever is wished, and says why", () => {
  const input = { wish: enforce, placement: "wan", declared: [] } as const;
  const settings = reflexSettings(input);
  assert.deepEqual([settings.mode, ...settings.hosts.map(({ mode }) => mode)], ["dry", "dry", "dry"]);
  const reported = reportReflex(input, anObserved({ settings }), false);
  assert.deepEqual([reported.mode, reported.refusal?.startsWith("Outside the router")], ["dry", true]);
  assert.equal(reportReflex({ ...input, wish: undefined }, anObserved({ settings }), false).refusal, null);
});

test("no more is reported than the kernel was seen to do", () => {
  const input = { wish: enforce, placement: "lan", declared: [] } as const;
  assert.equal(reportReflex(input, anObserved(), false).mode, "enforce");
  assert.equal(reportReflex(input, null, false).mode, null, "nobody could be asked");
  assert.equal(reportReflex(input, anObserved({}, null), false).mode, null, "the rules are gone");
  assert.equal(reportReflex(input, anObserved(), true).mode, null, "a capture file is judged");
  assert.equal(reportReflex({ ...input, placement: "mirror" }, anObserved(), false).mode, null, "there is no path");
});

test("a report names the hosts with the most", () => {
  const hosts = Array.from({ length: 300 }, (_, index) => ({ mac: a.slice(0, -2) + index, passed: index, stopped: 1 }));
  const reported = reportReflex({ wish: enforce, placement: "lan", declared: [] }, anObserved({ hosts }), false);
  assert.equal(reported.hosts.length, 256);
  assert.deepEqual(reported.hosts[0], { host: `${a.slice(0, -2)}299`, passed: 299, stopped: 1 });
});

test("who went beyond the budget since the report before is named, and nobody for what was before", () => {
  const at = (passed: number) =>
    reportReflex(
      { wish: undefined, placement: "lan", declared: [] },
      anObserved({
        settings: reflexSettings({ wish: undefined, placement: "lan", declared: [] }),
        hosts: [{ mac: a, passed, stopped: 0 }],
      }),
      false,
    );
  assert.equal(beyondBudget(undefined, at(4)), null);
  assert.equal(beyondBudget(at(4), at(4)), null);
  assert.equal(beyondBudget(at(4), at(5)), `More new targets than the budget allows, counted, not stopped: ${a}.`);
});
