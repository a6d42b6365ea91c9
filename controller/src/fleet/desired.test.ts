import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesiredDocument } from "@cordon/contract";
import type { ContainmentRow } from "../store/schema.ts";
import { noSiteWishes } from "../store/site-wishes.ts";
import { after, containmentOf, desiredLifeMs, hasReached, isWanted, nextDocument } from "./desired.ts";

function aRow(row: Partial<ContainmentRow> = {}): ContainmentRow {
  return {
    id: "c-1",
    site_id: "s",
    sensor_id: "b",
    kind: "quarantine",
    vector: null,
    host: "02:00:5e:00:00:01",
    reason: "Infected",
    author: "operator",
    asked_at: 1_000,
    expires_at: null,
    released_at: null,
    release_author: null,
    release_reason: null,
    dropped_epoch: null,
    dropped_revision: null,
    ended_at: null,
    ...row,
  };
}

const facts = {
  sensorId: "b",
  siteId: "s",
  policy: "observe",
  containments: [],
  reflex: null,
  pardons: [],
  wishes: noSiteWishes,
  now: 5_000,
} as const;

test("the first document is revision 1 of epoch 1", () => {
  const first = nextDocument(facts, null);
  assert.deepEqual([first?.epoch, first?.revision], [1, 1]);
});

test("nothing new is issued while the document says the same", () => {
  assert.equal(nextDocument(facts, nextDocument(facts, null)), null);
});

test("each change is the next revision", () => {
  const first = nextDocument(facts, null);
  const second = nextDocument({ ...facts, containments: [containmentOf(aRow())] }, first);
  assert.equal(second?.revision, 2);
  const third = nextDocument(facts, second);
  assert.deepEqual([third?.revision, third?.containments], [3, []]);
});

test("a document that runs out is renewed under the same revision", () => {
  const first = nextDocument(facts, null);
  const later = { ...facts, now: facts.now + desiredLifeMs * 0.6 };
  const renewed = nextDocument(later, first);
  assert.deepEqual([renewed?.revision, renewed?.notAfter], [1, later.now + desiredLifeMs]);
});

test("counting goes on from what the sensor reached, where that lies ahead", () => {
  const first = nextDocument(facts, null);
  assert.deepEqual(nextDocument(facts, first, { epoch: 3, revision: 41 })?.epoch, 3);
  assert.deepEqual(nextDocument(facts, first, { epoch: 3, revision: 41 })?.revision, 42);
  assert.deepEqual(nextDocument(facts, first, { epoch: 1, revision: 1 })?.revision, 2);
  assert.deepEqual(
    nextDocument(facts, { ...(first as DesiredDocument), revision: 7 }, { epoch: 1, revision: 5 })?.revision,
    8,
  );
});

test("the end of the numbers starts a new epoch", () => {
  assert.deepEqual(after({ epoch: 2, revision: Number.MAX_SAFE_INTEGER }), { epoch: 3, revision: 1 });
});

test("a containment is wanted until it is released, dropped, ended or past its end", () => {
  assert.equal(isWanted(aRow(), 9_000), true);
  assert.equal(isWanted(aRow({ expires_at: 9_001 }), 9_000), true);
  assert.equal(isWanted(aRow({ expires_at: 9_000 }), 9_000), false);
  assert.equal(isWanted(aRow({ released_at: 8_000 }), 9_000), false);
  assert.equal(isWanted(aRow({ dropped_epoch: 1, dropped_revision: 2 }), 9_000), false);
  assert.equal(isWanted(aRow({ ended_at: 8_000 }), 9_000), false);
});

test("a dropped containment is seen off by its own revision and by later ones", () => {
  const dropped = { epoch: 2, revision: 5 };
  assert.equal(hasReached({ epoch: 2, revision: 4 }, dropped), false);
  assert.equal(hasReached({ epoch: 2, revision: 5 }, dropped), true);
  assert.equal(hasReached({ epoch: 3, revision: 1 }, dropped), true);
  assert.equal(hasReached({ epoch: 1, revision: 9 }, dropped), false);
});

test("throttles stand apart, so that a sensor which knows none still takes the cuts", () => {
  const throttle = containmentOf(aRow({ id: "c-2", kind: "throttle", vector: "mail" }));
  const facing = { ...facts, containments: [containmentOf(aRow()), throttle] };
  const document = nextDocument(facing, null);
  assert.deepEqual(
    [document?.containments.map(({ id }) => id), document?.throttles?.map(({ id, vector }) => [id, vector])],
    [["c-1"], [["c-2", "mail"]]],
  );
  assert.equal(nextDocument(facing, document), null, "it says the same");
  const without = nextDocument({ ...facing, containments: [containmentOf(aRow())] }, document);
  assert.deepEqual([without?.revision, without !== null && "throttles" in without], [2, false]);
});

test("blocks of sweeps stand apart, so that a sensor which knows none still takes the cuts", () => {
  const sweep = containmentOf(aRow({ id: "c-2", kind: "vector", vector: "ping" }));
  const document = nextDocument({ ...facts, containments: [containmentOf(aRow()), sweep] }, null);
  assert.deepEqual(
    [document?.containments.map(({ id }) => id), document?.sweeps?.map(({ id, vector }) => [id, vector])],
    [["c-1"], [["c-2", "ping"]]],
  );
});

test("a wish for the reflex is the next revision, and none is a document of before", () => {
  const first = nextDocument(facts, null);
  assert.ok(first !== null && !("reflex" in first));
  const reflex = { mode: "enforce" as const, budget: "usual" as const, hosts: [] };
  const second = nextDocument({ ...facts, reflex }, first);
  assert.deepEqual([second?.revision, second?.reflex], [2, reflex]);
  assert.equal(nextDocument({ ...facts, reflex }, second), null);
});

test("at a box what has ended by its clock stays, for the sensor to end it, and what somebody has ended stays ended", () => {
  const cut = containmentOf(aRow({ expires_at: 6_000 }));
  const other = containmentOf(aRow({ id: "c-2", expires_at: 6_000 }));
  const pardon = { host: "02:00:5e:00:00:03", author: "Olga", reason: "Ours", at: 1, until: 6_000 };
  const barrier = { id: "b-1", reason: "a worm", author: "Olga", startsAt: 1, expiresAt: 6_000, way: "smb" as const };
  const barriers = [{ ...barrier, mode: "enforce" as const, area: null, exceptions: [] }];
  const wishes = { ...noSiteWishes, barriers };
  const base = nextDocument({ ...facts, containments: [cut, other], pardons: [pardon], wishes }, null);
  assert.ok(base !== null);
  const freed = nextDocument({ ...facts, now: 5_500, containments: [other], pardons: [pardon], wishes, base }, base);
  assert.deepEqual(freed?.local?.ended, ["c-1"]);
  const own = containmentOf(aRow({ id: "n-1", host: "02:00:5e:00:00:02" }));
  const late = { ...facts, now: 7_000, base };
  assert.equal(nextDocument(late, freed), null, "what ends by itself needs no document");
  const next = nextDocument({ ...late, containments: [own] }, freed);
  assert.deepEqual(
    [next?.containments.map(({ id }) => id), next?.pardons, next?.barriers, next?.local?.ended],
    [["n-1", "c-2"], [pardon], barriers, ["c-1"]],
  );
  // Said anew it takes the place of the one that has ended.
  const anew = [{ ...(barriers[0] as (typeof barriers)[number]), id: "b-2", expiresAt: 9_000 }];
  const said = nextDocument({ ...late, wishes: { ...noSiteWishes, barriers: anew } }, freed);
  assert.deepEqual([said?.barriers, said?.local?.ended], [anew, ["c-1", "b-1"]]);
});
