import assert from "node:assert/strict";
import { test } from "node:test";
import { filledSetsIn, foreignIn, type FilledSet } from "./filled-sets.ts";
import { renderSkeletons } from "./skeleton.ts";
import { limitIn, readTimedElements, type TimedElement } from "./timed-elements.ts";

const anElement = (fields: Partial<TimedElement> = {}): TimedElement => ({
  ...{ key: "k", secondsLeft: 10, timeoutSeconds: null, limit: null },
  ...fields,
});

test("a ruleset says which sets it fills, with the time of each and the limits that its rules put there", () => {
  for (const skeleton of renderSkeletons({ selection: [], logGroup: 71, outsidePort: "out0" })) {
    const sets = new Map(filledSetsIn(skeleton).map((set) => [set.name, set]));
    const limit = (rate: number, burst: number) => ({ rate, burst, per: "second", isOver: true });
    const of = (name: string) => sets.get(name);
    assert.deepEqual(of("reflex_usual"), {
      name: "reflex_usual",
      timeoutSeconds: 300,
      limits: [limit(5, 30), limit(5, 30)],
    });
    assert.deepEqual(of("names_asked")?.limits, [limit(2, 50)]);
    assert.deepEqual(of("reflex_contacts_4")?.timeoutSeconds, 300);
    assert.ok(of("reflex_contacts_4")?.limits.every((each) => each === null));
    assert.equal(of("candidates_new_4")?.timeoutSeconds, 0.7);
    assert.equal(of("remedied_4")?.timeoutSeconds, 86_400);
    for (const name of ["quarantine_from", "remedy_4", "resolvers_4", "carried_inside"])
      assert.ok(!sets.has(name), name);
    assert.equal(sets.has("beyond"), skeleton.refusal === "reset");
  }
});

test("foreign is what has another time than its set's, or another limit than any rule's", () => {
  const limit = limitIn("ether saddr limit rate over 5/second burst 30 packets");
  const set: FilledSet = { name: "s", timeoutSeconds: 300, limits: [limit] };
  const more = limitIn("limit rate over 50000/second burst 30 packets");
  assert.ok(limit !== null && more !== null);
  const isForeign = (fields: Partial<TimedElement>) => foreignIn(set, [anElement({ limit, ...fields })]).length === 1;
  assert.ok(!isForeign({}));
  assert.ok(!isForeign({ timeoutSeconds: 300 }));
  assert.ok(isForeign({ timeoutSeconds: 301 }));
  assert.ok(isForeign({ secondsLeft: null }));
  assert.ok(isForeign({ limit: more }));
  assert.ok(!isForeign({ limit: null }));
  assert.ok(isForeign({ limit: { ...limit, isOver: false } }));
  assert.deepEqual(foreignIn({ ...set, limits: [null] }, [anElement()]), []);
});

test("elements are read as nft lists them, with addresses in one form", async () => {
  const elem = [
    { elem: { val: { concat: ["02:00:00:00:00:01", "2001:db8::1", 443] }, timeout: 30, expires: 29 } },
    { elem: { val: "203.0.113.1", expires: 9, limit: { rate: 5, burst: 30, per: "second", inv: true } } },
    { elem: { val: "::ffff:203.0.113.2", expires: 9, limit: { rate: 6, per: "minute" } } },
    { concat: ["203.0.113.3", 80] },
    "203.0.113.4",
  ];
  const listed = () => Promise.resolve([{ metainfo: {} }, { set: { elem } }]);
  const nft = { load: () => Promise.resolve(), list: listed, listElements: listed };
  const read = await readTimedElements(nft, "s");
  assert.deepEqual(
    read.map(({ secondsLeft, timeoutSeconds, limit }) => [secondsLeft, timeoutSeconds, limit]),
    [
      [29, 30, null],
      [9, null, { rate: 5, burst: 30, per: "second", isOver: true }],
      [9, null, { rate: 6, burst: 5, per: "minute", isOver: false }],
      [null, null, null],
      [null, null, null],
    ],
  );
  assert.deepEqual(
    read.filter((_, index) => index !== 2).map(({ key }) => key),
    ["02:00:00:00:00:01 . 2001:db8::1 . 443", "203.0.113.1", "203.0.113.3 . 80", "203.0.113.4"],
  );
});
