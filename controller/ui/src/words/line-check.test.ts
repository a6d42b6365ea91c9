import assert from "node:assert/strict";
import { test } from "node:test";
import type { LineCheck } from "@cordon/contract";
import { checkBasis, checkName, checkWords } from "./line-check.ts";
import { timeWords } from "./time.ts";

const now = Date.UTC(2026, 10, 20, 14, 31, 18);
const time = timeWords("UTC");
const base: LineCheck = {
  ...{ kind: "router", state: "answers", asked: 12, answered: 11, roundTripMs: 0.4 },
  ...{ answeredAt: now - 4000, silentSince: null },
};

const cases: readonly [Partial<LineCheck>, string][] = [
  [{}, "answers in 0.4 ms"],
  [{ roundTripMs: 14.3 }, "answers in 14 ms"],
  [{ roundTripMs: 0 }, "answers in under 0.1 ms"],
  [{ roundTripMs: null }, "answers"],
  [{ state: "silent", silentSince: now - 671_000 }, "silent since 14:20:07"],
  [{ state: "unseen" }, "not seen: nobody asked lately"],
  [{ kind: "contacts", state: "silent", asked: 311, answered: 0 }, "0 of 311 answered"],
  [{ kind: "link" }, "up"],
  [{ kind: "link", speeds: { inside: 1000, outside: 1000 } }, "up, 1 Gbit/s"],
  [{ kind: "link", speeds: { inside: 2500, outside: 100 } }, "up, inward 2.5 Gbit/s, outward 100 Mbit/s"],
  [{ kind: "link", speeds: { inside: 1000 } }, "up, inward 1 Gbit/s"],
  [{ kind: "link", speeds: { outside: 10 } }, "up, outward 10 Mbit/s"],
  [{ kind: "link", state: "silent", port: "outside" }, "no cable at the port outward"],
  [{ kind: "link", state: "unseen" }, "not known"],
];

test("a check says what was seen, and that nothing was", () => {
  assert.deepEqual(
    cases.map(([check]) => checkWords({ ...base, ...check }, time, now)),
    cases.map(([, words]) => words),
  );
  assert.equal(checkBasis(base, time, now), "11 of 12 answered, last answer 14:31:14");
  assert.equal(checkBasis({ ...base, asked: 0, answeredAt: null }, time, now), "no answer seen");
});

test("what a newer box looks at is left out, and so is what only sounds like a name", () => {
  assert.equal(checkName({ kind: "of-a-newer-box" }), null);
  assert.equal(checkName({ kind: "constructor" }), null);
  assert.equal(checkName({ kind: "contacts" }), "First contacts");
});
