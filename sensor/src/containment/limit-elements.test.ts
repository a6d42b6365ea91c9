import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { union } from "./containment-elements.ts";
import { noElements } from "./element-sets.ts";
import { afterLimitStep, reflexSettingsOf } from "./limit-elements.ts";
import { limitSets } from "./limits-nft.ts";
import type { ReflexSettings } from "./protocol.ts";

const a = "02:00:00:00:00:0a";
const b = "02:00:00:00:00:0b";
const settings: ReflexSettings = {
  mode: "enforce",
  budget: "wide",
  hosts: [{ mac: a, mode: "enforce", budget: "tight" }],
  exempt: [{ mac: b, port: 25 }],
};

function plain<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return fc.record(model, { noNullPrototype: true });
}

test("what is set is what is read back", () => {
  const mode = fc.constantFrom("dry" as const, "enforce" as const);
  const budget = fc.constantFrom("tight" as const, "usual" as const, "wide" as const);
  const mac = fc.constantFrom(a, b);
  const someSettings = plain({
    mode,
    budget,
    hosts: fc.uniqueArray(plain({ mac, mode, budget }), { selector: (host) => host.mac }),
    exempt: fc.uniqueArray(plain({ mac, port: fc.constantFrom(25, 445) }), {
      selector: ({ mac: of, port }) => `${of} ${port}`,
    }),
  });
  const sorted = <T extends { readonly mac: string }>(list: readonly T[]) =>
    list.toSorted((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1));
  fc.assert(
    fc.property(fc.array(someSettings, { minLength: 1, maxLength: 3 }), (all) => {
      let limits = noElements;
      for (const each of all) limits = afterLimitStep(limits, { kind: "reflex-set", settings: each });
      const last = all.at(-1);
      const read = reflexSettingsOf(limits);
      assert.deepEqual([read.mode, read.budget], [last?.mode, last?.budget]);
      assert.deepEqual(sorted(read.hosts), sorted(last?.hosts ?? []));
      assert.deepEqual(sorted(read.exempt), sorted(last?.exempt ?? []));
    }),
  );
});

test("a site that wishes for nothing has no element at all", () => {
  const dry: ReflexSettings = { mode: "dry", budget: "usual", hosts: [], exempt: [] };
  assert.deepEqual(afterLimitStep(noElements, { kind: "reflex-set", settings: dry }), noElements);
  assert.deepEqual(reflexSettingsOf(noElements), dry);
});

test("throttles come and go one by one and leave the reflex alone", () => {
  let limits = afterLimitStep(noElements, { kind: "reflex-set", settings });
  limits = afterLimitStep(limits, { kind: "throttle-add", mac: a, ports: null });
  limits = afterLimitStep(limits, { kind: "throttle-add", mac: a, ports: [25, 465] });
  limits = afterLimitStep(limits, { kind: "throttle-remove", mac: a, ports: [465] });
  assert.deepEqual([...limits[limitSets.throttleFrom].keys()], [a]);
  assert.deepEqual([...limits[limitSets.throttleVector].keys()], [`${a} . 25`]);
  limits = afterLimitStep(limits, { kind: "throttle-remove", mac: a, ports: null });
  assert.deepEqual([...limits[limitSets.throttleFrom].keys()], []);
  assert.deepEqual(reflexSettingsOf(limits), settings);
});

test("of two rules for one machine the first of the two readings counts", () => {
  const dry = afterLimitStep(noElements, { kind: "reflex-set", settings: { ...settings, mode: "dry" } });
  const enforce = afterLimitStep(noElements, { kind: "reflex-set", settings });
  assert.equal(reflexSettingsOf(union(dry, enforce)).mode, "dry");
  assert.equal(reflexSettingsOf(union(enforce, dry)).mode, "enforce");
});
