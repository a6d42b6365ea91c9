import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersonView } from "../../../src/api/people-view.ts";
import { sightOf, standingOf } from "./people.ts";

const person: PersonView = {
  ...{ id: "1", name: "Tom", role: "technician", customers: null, sites: null },
  ...{ isTaken: true, createdAt: 0, expiresAt: null, isDisabled: false },
};

test("whose sites somebody sees is said by names", () => {
  const known = {
    customers: [{ id: "a", name: "Brandt", createdAt: 0, sites: [] }],
    sites: [{ id: "s", name: "Brandt, first floor" }],
  };
  assert.equal(sightOf(person, known), "All sites");
  assert.equal(sightOf({ customers: ["a"], sites: null }, known), "Sites of Brandt");
  assert.equal(sightOf({ customers: ["a", "gone"], sites: null }, known), "Sites of Brandt, a customer who is gone");
  assert.equal(sightOf({ customers: [], sites: null }, known), "No site");
  assert.equal(sightOf({ customers: null, sites: ["s", "t"] }, known), "Brandt, first floor, t");
});

test("an account is invited, active, disabled or over", () => {
  assert.equal(standingOf(person, 10), "active");
  assert.equal(standingOf({ ...person, isTaken: false }, 10), "invited");
  assert.equal(standingOf({ ...person, role: "guest", isTaken: false, expiresAt: 11 }, 10), "active");
  assert.equal(standingOf({ ...person, role: "guest", isTaken: false, expiresAt: 10 }, 10), "over");
  assert.equal(standingOf({ ...person, isDisabled: true }, 10), "disabled");
});
