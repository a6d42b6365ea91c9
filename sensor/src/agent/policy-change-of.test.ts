import assert from "node:assert/strict";
import { test } from "node:test";
import type { Barrier } from "@cordon/contract";
import type { NoticeEntry } from "../record/notice-queue.ts";
import { policyChangeOf } from "./policy-change-of.ts";

const floor = ["02:00:00:00:00:01", "02:00:00:00:00:02"];

function aBarrier(more: Partial<Barrier>): Barrier {
  return {
    ...{ id: "b1", reason: "a worm", author: "ann", startsAt: 0, expiresAt: null },
    ...{ way: "web", mode: "enforce", area: null, exceptions: [] },
    ...more,
  };
}

const wish = {
  areas: [{ id: "floor", name: "Floor", hosts: floor }],
  barriers: [
    aBarrier({}),
    aBarrier({ id: "b-dry", mode: "dry" }),
    aBarrier({ id: "b-floor", area: "floor" }),
    aBarrier({ id: "b-gone", area: "gone" }),
  ],
  areaCuts: [
    {
      id: "a1",
      reason: "a worm",
      author: "ann",
      startsAt: 0,
      expiresAt: null,
      area: "floor",
      from: "internet" as const,
    },
  ],
};

function anEntry(more: Partial<Extract<NoticeEntry, { kind: "containment" }>>): NoticeEntry {
  return { kind: "containment", at: 7, containmentId: "c1", host: "", change: "in-force", text: "Shut.", ...more };
}

for (const [name, entry, hosts] of [
  ["one machine's cut concerns it", { host: "02:00:00:00:00:09" }, ["02:00:00:00:00:09"]],
  ["and so does its end", { host: "02:00:00:00:00:09", change: "released" }, ["02:00:00:00:00:09"]],
  ["what was refused changed nothing", { host: "02:00:00:00:00:09", change: "refused" }, undefined],
  ["a barrier of the site concerns everybody", { scope: "barrier", containmentId: "b1" }, null],
  ["a dry run changes nothing", { scope: "barrier", containmentId: "b-dry" }, undefined],
  ["a barrier of an area concerns its machines", { scope: "barrier", containmentId: "b-floor" }, floor],
  ["one of an area that is unknown concerns nobody", { scope: "barrier", containmentId: "b-gone" }, []],
  ["one that is wished no longer is not told", { scope: "barrier", containmentId: "b-old" }, undefined],
  ["the end of one is not told", { scope: "barrier", containmentId: "b1", change: "expired" }, undefined],
  ["an area's cut concerns its machines", { scope: "area", containmentId: "a1" }, floor],
  ["the line's cut concerns everybody", { scope: "line", containmentId: "l1" }, null],
] as const) {
  test(`${name}`, () => {
    const change = policyChangeOf(anEntry(entry), wish);
    assert.deepEqual(change?.hosts, hosts);
    if (hosts !== undefined) assert.deepEqual([change?.at, change?.text], [7, "Shut."]);
  });
}
