import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpdatePhase, UpdateRequest, UpdateStatus } from "@cordon/contract";
import { compareVersions, updateStep, type UpdateFacts } from "./update-step.ts";

const request: UpdateRequest = {
  ...{ id: "u1", version: "0.2.0", sha256: "0".repeat(64), size: 1 },
  ...{ notBefore: 1000, notAfter: 2000 },
};
const nothing: UpdateFacts = {
  ...{
    request: null,
    status: null,
    running: "a",
    trial: null,
    fallen: null,
    wanting: null,
    uptimeSeconds: 10,
    trialSeconds: 600,
    now: 0,
  },
};
const said = (phase: UpdatePhase, id = "u1"): UpdateStatus => ({ id, phase, words: "", at: 0 });
const kindOf = (facts: Partial<UpdateFacts>) => updateStep({ ...nothing, ...facts }).kind;

test("a request goes from step to step, and starts the box anew in its window alone", () => {
  assert.equal(kindOf({}), "rest");
  assert.equal(kindOf({ request }), "receive");
  assert.equal(kindOf({ request, status: said("good", "another") }), "receive");
  assert.equal(kindOf({ request, status: said("received") }), "verify");
  assert.equal(kindOf({ request, status: said("verified") }), "install");
  const installed = { request, status: said("installed") };
  assert.deepEqual(
    [999, 1000, 2000, 2001].map((now) => kindOf({ ...installed, now })),
    ["wait", "try", "try", "wait"],
  );
  for (const phase of ["good", "fell-back", "refused"] as const) {
    assert.equal(kindOf({ request, status: said(phase) }), "rest", phase);
  }
});

test("one that is called off before it is tried ends, whatever was installed", () => {
  for (const phase of ["received", "verified", "installed"] as const) {
    assert.deepEqual(updateStep({ ...nothing, status: said(phase) }), {
      ...{ kind: "close", phase: "refused", words: "It was called off." },
    });
  }
  assert.equal(kindOf({ status: said("good") }), "rest");
});

test("a trial is kept when nothing is wanting, and given up when something is for too long", () => {
  const trial = { slot: "b", previous: "a" } as const;
  const onTrial = { request, status: said("trying"), running: "b", trial } as const;
  assert.deepEqual(updateStep({ ...nothing, ...onTrial, wanting: "" }), { kind: "keep", slot: "b" });
  assert.equal(kindOf({ ...onTrial, wanting: "no controller" }), "wait");
  assert.equal(kindOf({ ...onTrial }), "wait");
  assert.deepEqual(updateStep({ ...nothing, ...onTrial, wanting: "no controller", uptimeSeconds: 600 }), {
    ...{ kind: "fall-back", previous: "a", words: "no controller" },
  });
  // The judge may have thrown everything away meanwhile.
  assert.equal(kindOf({ ...onTrial, request: null, status: null, wanting: "" }), "keep");
});

test("the release before tells that it runs again, and by whose fault, once", () => {
  const trial = { slot: "b", previous: "a" } as const;
  const back = updateStep({ ...nothing, request, status: said("trying"), fallen: "the root is refused" });
  assert.deepEqual(back, {
    ...{ kind: "close", phase: "fell-back", words: "The release before runs again: the root is refused" },
  });
  // The loader alone has given it up.
  assert.equal(kindOf({ request, status: said("trying"), trial }), "close");
  assert.equal(kindOf({ request, status: said("trying") }), "close");
  assert.equal(kindOf({ request, status: said("fell-back") }), "rest");
});

test("versions compare by number, and a candidate is older than its release", () => {
  assert.ok(compareVersions("0.9.0", "0.10.0") < 0);
  assert.ok(compareVersions("1.0.0", "0.99.99") > 0);
  assert.ok(compareVersions("0.2.0-rc.1", "0.2.0") < 0);
  assert.equal(compareVersions("0.2.0", "0.2.0"), 0);
});
