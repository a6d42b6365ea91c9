import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultReflex, type Barrier } from "@cordon/contract";
import { basisOf, isAt, presetIds, presets, stepsTo, type SiteSettings } from "./presets.ts";

function barrier(fields: Partial<Barrier> = {}): Barrier {
  return {
    ...{ id: "b-1", reason: "Try", author: "Olga", startsAt: 1_000, expiresAt: null },
    ...{ way: "mail", mode: "dry", area: null, exceptions: [] },
    ...fields,
  };
}

const bare: SiteSettings = { policy: "observe", reflex: defaultReflex, barriers: [], placement: "lan" };

test("what is so already is no step, and a site is at the preset once all are taken", () => {
  const steps = stepsTo("mailers", { ...bare, barriers: [barrier()] });
  assert.equal(steps.policy, "guard");
  assert.equal(steps.reflex, null, "it counts already");
  const told = steps.barriers.map(({ way, to, before }) => `${way} ${before?.mode ?? "open"} ${to}`);
  assert.deepEqual(told, [
    ...["mail dry enforce", "smb open dry", "sql open dry", "telnet open dry", "irc open dry", "spoofed open dry"],
  ]);
  for (const id of presetIds) {
    const { policy, reflex, barriers } = presets[id];
    const wished = Object.entries(barriers).map(([way, mode]) =>
      barrier({ id: way, way: way as Barrier["way"], mode }),
    );
    const at = { ...bare, policy, reflex: { ...reflex, hosts: [] }, barriers: wished };
    assert.deepEqual(
      presetIds.filter((other) => isAt(stepsTo(other, at))),
      // Remote desktop is left as it is by all but the last.
      [id],
    );
  }
});

test("a barrier that ends by itself is renewed; one of an area, or of a way that is not named, is left alone", () => {
  const barriers = [
    barrier({ id: "b-1", expiresAt: 9_000 }),
    barrier({ id: "b-2", way: "smb", area: "a-1", mode: "enforce" }),
    barrier({ id: "b-3", way: "ssh", mode: "enforce" }),
  ];
  const steps = stepsTo("watch", { ...bare, barriers }).barriers;
  const told = steps.map(({ way, before }) => `${way} ${before?.id ?? ""}`);
  assert.deepEqual(told, ["mail b-1", "smb ", "sql ", "telnet ", "irc ", "spoofed "]);
});

test("what cannot be had from where the box stands is said, and no step", () => {
  const outside = stepsTo("outbreak", { ...bare, placement: "wan" });
  assert.deepEqual(
    outside.cannot.map(({ way }) => way),
    ["spoofed"],
  );
  assert.ok(outside.barriers.every(({ way }) => way !== "spoofed"));
  assert.deepEqual(stepsTo("outbreak", { ...bare, placement: "mirror" }).barriers, []);
  assert.deepEqual(stepsTo("outbreak", { ...bare, placement: null }).cannot, []);
});

test("the basis changes with each setting that a preset is held against, and with nothing else", () => {
  const basis = basisOf({ ...bare, barriers: [barrier()] });
  const others: readonly SiteSettings[] = [
    { ...bare, barriers: [barrier()], policy: "guard" },
    { ...bare, barriers: [barrier()], reflex: { ...defaultReflex, mode: "enforce" } },
    { ...bare, barriers: [barrier({ mode: "enforce" })] },
    { ...bare, barriers: [barrier({ exceptions: ["02:00:5e:10:00:07"] })] },
    { ...bare, barriers: [barrier({ expiresAt: 9_000 })] },
    { ...bare, barriers: [barrier()], placement: "wan" },
    bare,
  ];
  for (const other of others) assert.notEqual(basisOf(other), basis, JSON.stringify(other));
  const inArea = barrier({ id: "b-2", area: "a-1" });
  assert.equal(basisOf({ ...bare, barriers: [inArea, barrier({ reason: "Other words" })] }), basis);
});
