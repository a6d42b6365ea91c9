import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordingAuthorisation, RecordingScope, RecordingWish } from "@cordon/contract";
import { decideRing } from "./authorised.ts";

const now = 1_790_000_000_000;
const site: RecordingScope = { kind: "site" };
const one: RecordingScope = { kind: "host", host: "02:00:00:00:00:01" };
const other: RecordingScope = { kind: "host", host: "02:00:00:00:00:02" };

function anAuthorisation(fields: Partial<RecordingAuthorisation> = {}): RecordingAuthorisation {
  return { id: "a1", by: "R. Voss", role: "owner", date: now - 1000, scope: site, until: now + 60_000, ...fields };
}

for (const { name, ring, authorisations, expected } of [
  {
    name: "nobody wishes for it, though it is allowed",
    ring: undefined,
    authorisations: [anAuthorisation()],
    expected: "off",
  },
  { name: "nobody has allowed it", ring: site, authorisations: [], expected: "refused" },
  { name: "it is allowed", ring: site, authorisations: [anAuthorisation()], expected: "recording" },
  { name: "all is allowed, one is wished", ring: one, authorisations: [anAuthorisation()], expected: "recording" },
  {
    name: "one is allowed, all is wished",
    ring: site,
    authorisations: [anAuthorisation({ scope: one })],
    expected: "refused",
  },
  {
    name: "one is allowed, another is wished",
    ring: other,
    authorisations: [anAuthorisation({ scope: one })],
    expected: "refused",
  },
  { name: "it has run out", ring: site, authorisations: [anAuthorisation({ until: now })], expected: "ended" },
  {
    name: "it is given for later",
    ring: site,
    authorisations: [anAuthorisation({ date: now + 3_600_000 })],
    expected: "refused",
  },
]) {
  test(`whether packets are recorded where ${name}: ${expected}`, () => {
    const wish: RecordingWish = { authorisations, ...(ring === undefined ? {} : { ring: { scope: ring } }) };
    assert.equal(decideRing(wish, now).state, expected);
  });
}

test("of several that hold the one that lasts longest counts", () => {
  const authorisations = [anAuthorisation({ id: "short" }), anAuthorisation({ id: "long", until: now + 90_000 })];
  const decision = decideRing({ authorisations, ring: { scope: one } }, now);
  assert.equal(decision.state === "recording" && decision.authorisation.id, "long");
});
