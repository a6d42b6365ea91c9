import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyEffect } from "../../../src/api/view.ts";
import { effectWords, policyTag } from "./policy.ts";

const cut = (name: string, isHeld = false): PolicyEffect["holds"][number] => ({
  ...{ host: name, name, kind: "quarantine", vector: null, isHeld, isMilder: false },
});
const slow = (name: string): PolicyEffect["holds"][number] => ({ ...cut(name), kind: "throttle", vector: "smb" });
const stop = (name: string): PolicyEffect["holds"][number] => ({ ...cut(name), kind: "vector", vector: "mail" });
const gone = (name: string) => ({ host: name, name });

const cases: readonly (readonly [string, Pick<PolicyEffect, "holds" | "lets">, boolean, string])[] = [
  ["nobody", { holds: [], lets: [] }, false, "Would do nothing now."],
  ["nobody, in force", { holds: [], lets: [] }, true, "It holds nobody now."],
  ["one", { holds: [cut("TILL-3")], lets: [] }, false, "Would cut off 1 machine now: TILL-3."],
  [
    "several kinds",
    { holds: [cut("TILL-3"), slow("A"), slow("B")], lets: [] },
    false,
    "Would cut off 1 machine now: TILL-3. Would slow down 2 machines now: A and B.",
  ],
  ["a way of spreading", { holds: [stop("TILL-3")], lets: [] }, false, "Would stop mail of 1 machine now: TILL-3."],
  [
    "many",
    { holds: ["A", "B", "C", "D", "E"].map((each) => cut(each)), lets: [] },
    false,
    "Would cut off 5 machines now: A, B, C and 2 more.",
  ],
  ["what stands already", { holds: [cut("TILL-3", true)], lets: [] }, false, "Would go on holding 1 machine: TILL-3."],
  ["what it lets go", { holds: [], lets: [gone("TILL-3")] }, false, "Would let go 1 machine now: TILL-3."],
  [
    "whom another has cut off",
    { holds: [{ ...stop("TILL-3"), isMilder: true }, stop("A")], lets: [] },
    false,
    "Would stop mail of 1 machine now: A. Would stop only mail of 1 machine cut off until now: TILL-3.",
  ],
  ["in force", { holds: [cut("TILL-3", true), cut("A")], lets: [] }, true, "It has cut off 1 machine: TILL-3."],
];

for (const [name, effect, isCurrent, expected] of cases) {
  test(`what a policy does with ${name}`, () => assert.equal(effectWords(effect, isCurrent), expected));
}

test("a policy is in force where the box says so", () => {
  const site = { policy: "contain", reportedPolicy: "contain", sensor: { state: "online" } } as const;
  assert.deepEqual(policyTag(site), { text: "in force", isOn: true });
  assert.deepEqual(policyTag({ ...site, reportedPolicy: "observe" }), { text: "asked", isOn: false });
  assert.deepEqual(policyTag({ ...site, sensor: { state: "silent" } }), { text: "when last heard", isOn: false });
});
