import assert from "node:assert/strict";
import { test } from "node:test";
import { aContainment, aHost, anAskedContainment, aSite } from "../../../test/ui/samples.ts";
import { answered, type Pending } from "./pending.ts";

const hold: Pending = { wish: "hold", siteId: "s1", host: aHost().host, containmentId: "c1" };
const release: Pending = { ...hold, wish: "release" };
const siteWith = (...containments: ReturnType<typeof aContainment>[]) => aSite({ hosts: [aHost({ containments })] });
const texts = (pending: Pending, site: ReturnType<typeof aSite>) =>
  answered([pending], site).answers.map((a) => a.text);

test("nothing is said before the box confirms", () => {
  const { answers, open } = answered([hold], siteWith(anAskedContainment()));
  assert.deepEqual(answers, []);
  assert.deepEqual(open, [hold]);
});

test("a confirmed wish is said once, and can be undone", () => {
  const { answers, open } = answered([hold], siteWith(aContainment()));
  assert.deepEqual(answers, [{ pending: hold, text: "DESK-07 is cut off.", canUndo: true }]);
  assert.deepEqual(open, []);
  const vector = aContainment({ kind: "vector", vector: "mail", level: "vector-stopped" });
  assert.deepEqual(texts(hold, siteWith(vector)), ["Mail of DESK-07 is stopped."]);
});

test("a refusal is left to its place on the page", () => {
  const { answers, open } = answered([hold], siteWith(anAskedContainment({ refusal: "it is the gateway" })));
  assert.deepEqual([answers, open], [[], []]);
});

test("a release is said when the containment is gone, not when it is asked for", () => {
  assert.deepEqual(texts(release, siteWith(aContainment({ releasing: true }))), []);
  assert.deepEqual(texts(release, siteWith()), ["DESK-07 is released."]);
  // Two cuts, one made at the box and one at the centre, are two things that hold it.
  const other = aContainment({ id: "c2" });
  assert.deepEqual(texts(release, siteWith(other)), ["That is released. DESK-07 stays held by something else."]);
  assert.deepEqual(texts(release, siteWith({ ...other, releasing: true })), ["DESK-07 is released."]);
});

test("another site's wishes wait for that site", () => {
  const elsewhere = { ...hold, siteId: "s2" };
  assert.deepEqual(answered([elsewhere], siteWith(aContainment())).open, [elsewhere]);
});
