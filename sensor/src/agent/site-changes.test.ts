import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReportedAreaCut, ReportedBarrier, ReportedLineCut } from "@cordon/contract";
import { siteChanges, siteSeen, type SiteSeen } from "./site-changes.ts";

const common = { reason: "a worm", author: "ann", startsAt: 0, expiresAt: 1000, refusal: null };

function aBarrier(more: Partial<ReportedBarrier> = {}): ReportedBarrier {
  return {
    ...{ ...common, id: "b1", way: "mail", mode: "enforce", area: null, exceptions: [], refusedExceptions: [] },
    ...{ level: "stopped", inForceSince: 10, passed: 0, stopped: 7, hosts: [] },
    ...more,
  };
}

function anArea(more: Partial<ReportedAreaCut> = {}): ReportedAreaCut {
  return {
    ...{ ...common, id: "a1", area: "floor", from: "internet", level: "internet-cut", inForceSince: 10 },
    ...{ hosts: 1, cut: ["02:00:00:00:00:01"], silent: [], packetsStopped: 3 },
    ...more,
  };
}

function aLine(more: Partial<ReportedLineCut> = {}): ReportedLineCut {
  return { ...common, id: "l1", level: "line-cut", inForceSince: 10, packetsStopped: 5, ...more };
}

const seen = (
  barriers: readonly ReportedBarrier[] = [],
  areaCuts: readonly ReportedAreaCut[] = [],
  lineCut?: ReportedLineCut,
) =>
  siteSeen({ barriers: [...barriers], areaCuts: [...areaCuts], ...(lineCut === undefined ? {} : { lineCut }) }, "lan");

function changes(before: readonly SiteSeen[], after: readonly SiteSeen[], trustedNow = 500): string[] {
  return siteChanges(before, after, { now: 500, trustedNow }).map(
    ({ containmentId, host, scope, change, text }) => `${containmentId}${host} ${scope} ${change}: ${text}`,
  );
}

test("what comes into force is said with what it reached, once", () => {
  const all = seen([aBarrier()], [anArea()], aLine());
  assert.deepEqual(
    changes([], all).map((line) => line.slice(0, 60)),
    [
      "b1 barrier in-force: Mail on port 25 to the Internet is stopped, but for exceptions".slice(0, 60),
      "a1 area in-force: All 1 machines are cut from the Internet but for".slice(0, 60),
      "l1 line in-force: The line is cut for everybody; machines on the".slice(0, 60),
    ],
  );
  assert.deepEqual(changes(all, all), []);
});

test("a dry run that is enforced later is news, and its end says what was counted", () => {
  const dry = seen([aBarrier({ mode: "dry", level: "counted", passed: 9 })]);
  assert.match(changes(dry, seen([aBarrier()]))[0] ?? "", /in-force: Mail on port 25/);
  assert.deepEqual(changes(dry, []), [
    "b1 barrier released: Released; 9 packets were counted and passed while it held.",
  ]);
});

test("what is over has expired, once, whether it is still reported then or not", () => {
  const held = seen([aBarrier()], [anArea()], aLine());
  const over = { level: "none", refusal: "its time is over" } as const;
  const ended = seen([aBarrier(over)], [anArea(over)], aLine(over));
  const expired = [
    "b1 barrier expired: Its time was over; 7 packets were stopped.",
    "a1 area expired: Its time was over; 3 packets were stopped.",
    "l1 line expired: Its time was over; 5 packets were stopped.",
  ];
  assert.deepEqual(changes(held, ended, 1000), expired);
  assert.deepEqual(changes(ended, [], 1000), []);
  assert.deepEqual(changes(held, [], 1000), expired);
});

test("what a person takes back before its time is released", () => {
  assert.deepEqual(changes(seen([aBarrier()], [anArea()], aLine()), []), [
    "b1 barrier released: Released; 7 packets were stopped while it held.",
    "a1 area released: Released; 3 packets were stopped while it held.",
    "l1 line released: Released; 5 packets were stopped while it held.",
  ]);
});

test("a refusal is said once, and again with another reason", () => {
  const refused = (refusal: string) => seen([aBarrier({ level: "none", inForceSince: null, refusal })]);
  assert.deepEqual(changes([], refused("there is no such area")), ["b1 barrier refused: there is no such area"]);
  assert.deepEqual(changes(refused("x"), refused("x")), []);
  assert.deepEqual(changes(refused("x"), refused("y")), ["b1 barrier refused: y"]);
  // An area that is cut in part says both.
  const partly = anArea({ level: "partly-cut", hosts: 2, refusal: "02:00:00:00:00:02: it is a resolver" });
  assert.deepEqual(
    changes([], seen([], [partly])).map((line) => line.replace(/:.*/, "")),
    ["a1 area in-force", "a1 area refused"],
  );
});

test("silence in between is no news", () => {
  const unknown = seen([aBarrier({ level: "unconfirmed" })]);
  assert.deepEqual(changes(seen([aBarrier()]), unknown), []);
  assert.deepEqual(changes(unknown, seen([aBarrier()])), []);
  // Never seen before the silence: then it is.
  const never = seen([aBarrier({ level: "unconfirmed", inForceSince: null })]);
  assert.equal(changes(never, seen([aBarrier()])).length, 1);
});
