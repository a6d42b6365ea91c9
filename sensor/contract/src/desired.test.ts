import assert from "node:assert/strict";
import { test } from "node:test";
import { isNewer } from "./desired.ts";

const cases = [
  { name: "a later revision", a: [1, 3], b: [1, 2], newer: true },
  { name: "the same revision", a: [1, 2], b: [1, 2], newer: false },
  { name: "an earlier revision", a: [1, 1], b: [1, 2], newer: false },
  { name: "the first revision of a later epoch", a: [2, 1], b: [1, 900], newer: true },
  { name: "a high revision of an earlier epoch", a: [1, 900], b: [2, 1], newer: false },
] as const;

for (const { name, a, b, newer } of cases) {
  test(`${name} is ${newer ? "" : "not "}newer`, () => {
    assert.equal(isNewer({ epoch: a[0], revision: a[1] }, { epoch: b[0], revision: b[1] }), newer);
  });
}
