import assert from "node:assert/strict";
import { test } from "node:test";
import type { Barrier, Placement, Reported, ReportedAreaCut, ReportedBarrier } from "@cordon/contract";
import { noSiteWishes } from "../store/site-wishes.ts";
import { timeTextOf } from "./time-text.ts";
import { cutWith, isContainedBySite, wishesView } from "./wish-view.ts";

const now = Date.UTC(2026, 10, 20, 14, 12, 57);
const time = timeTextOf(now, "UTC");
const host = "02:00:5e:00:00:01";
const wished = { reason: "A worm", author: "operator", startsAt: now - 5000, expiresAt: null };

const barrier = (more: Partial<Barrier> = {}): Barrier => ({
  ...{ id: "b-1", ...wished, way: "mail", mode: "enforce", area: null, exceptions: [] },
  ...more,
});

const told = (more: Partial<ReportedBarrier> = {}): ReportedBarrier => ({
  ...{ ...barrier(), level: "stopped", inForceSince: now - 4000, passed: 0, stopped: 9 },
  ...{ hosts: [], refusedExceptions: [], refusal: null },
  ...more,
});

const areaCut = (more: Partial<ReportedAreaCut> = {}): ReportedAreaCut => ({
  ...{ id: "x-1", ...wished, area: "r-1", from: "internet", level: "internet-cut", inForceSince: now - 4000 },
  ...{ hosts: 1, cut: [host], silent: [], packetsStopped: 3, refusal: null },
  ...more,
});

const reportedOf = (more: Partial<Reported> = {}): Reported => ({
  ...{ version: 1, bootId: "boot", at: now, epoch: 1, revision: 2, placement: "lan", health: [], refused: {} },
  ...{ line: { state: "healthy", since: 1, text: "" }, containments: [] },
  ...more,
});

const hearing = (placement: Placement, isSilent = false) => ({ placement, reportedAt: now, isSilent });

interface Case {
  readonly name: string;
  readonly told: ReportedBarrier | null;
  readonly placement?: Placement;
  readonly isSilent?: boolean;
  readonly level: string;
  readonly text: RegExp;
}

const cases: readonly Case[] = [
  { name: "asked", told: null, level: "unconfirmed", text: /^Asked 14:12:52 UTC; the box has not confirmed\.$/ },
  { name: "stopped", told: told(), level: "stopped", text: /^Mail on port 25 to the Internet is stopped/ },
  { name: "counted", told: told({ mode: "dry", level: "counted" }), level: "counted", text: /^Dry run: / },
  {
    name: "a dry run cannot have stopped, whatever is told",
    told: told({ mode: "dry", level: "stopped" }),
    level: "counted",
    text: /^Dry run: /,
  },
  {
    name: "no more than the box says of itself",
    told: told({ level: "counted" }),
    level: "counted",
    text: /^Dry run: /,
  },
  {
    name: "partly, where the box says partly",
    told: told({ level: "partly-stopped" }),
    level: "partly-stopped",
    text: /not all of it\.$/,
  },
  {
    name: "a mirror stops nothing, whatever is told",
    told: told(),
    placement: "mirror",
    level: "none",
    text: /^From a mirror nothing can be stopped\.$/,
  },
  {
    name: "no area can be told apart outside the router",
    told: told({ area: "r-1" }),
    placement: "wan",
    level: "none",
    text: /an area cannot be told from the rest/,
  },
  { name: "not held", told: told({ level: "none", inForceSince: null }), level: "none", text: /^Not stopped\.$/ },
  {
    name: "silent",
    told: told(),
    isSilent: true,
    level: "unconfirmed",
    text: /^When last heard, 14:12:57 UTC: Mail on port 25/,
  },
];

for (const { name, told: said, placement = "lan", isSilent = false, level, text } of cases) {
  test(`a barrier: ${name}`, () => {
    const reported = said === null ? null : reportedOf({ placement, barriers: [said] });
    const wishes = { ...noSiteWishes, barriers: [barrier(said === null ? {} : { mode: said.mode, area: said.area })] };
    const [view] = wishesView(wishes, reported, hearing(placement, isSilent), time).barriers;
    assert.equal(view?.level, level);
    assert.match(view?.levelText ?? "", text);
  });
}

test("what the kernel holds and nobody asks for any more is shown as being released", () => {
  const reported = reportedOf({ barriers: [told(), told({ id: "b-2", inForceSince: null })] });
  const { barriers } = wishesView(noSiteWishes, reported, hearing("lan"), time);
  assert.deepEqual(
    barriers.map(({ id, releasing }) => [id, releasing]),
    [["b-1", true]],
  );
});

test("a line cut asked for anew is not vouched for by the report on the one before", () => {
  const old = { id: "l-1", ...wished, level: "line-cut", inForceSince: 1, packetsStopped: 7, refusal: null } as const;
  const { id: _, level: __, inForceSince: ___, packetsStopped: ____, refusal: _____, ...rest } = old;
  const wishes = { ...noSiteWishes, lineCut: { ...rest, id: "l-2" } };
  const { lineCut } = wishesView(wishes, reportedOf({ lineCut: old }), hearing("lan"), time);
  assert.deepEqual([lineCut?.id, lineCut?.level, lineCut?.packetsStopped], ["l-2", "unconfirmed", 0]);
});

test("a machine is cut with its area where the kernel says so, and with everybody before that", () => {
  assert.equal(cutWith(host, reportedOf({ areaCuts: [areaCut()] })), "area");
  assert.equal(cutWith(host, reportedOf({ areaCuts: [areaCut({ cut: [] })] })), null);
  const line = { id: "l-1", ...wished, inForceSince: now, packetsStopped: 0, refusal: null };
  const areaCuts = [areaCut()];
  assert.equal(cutWith(host, reportedOf({ areaCuts, lineCut: { ...line, level: "line-cut" } })), "line");
  assert.equal(cutWith(host, reportedOf({ areaCuts, lineCut: { ...line, level: "none" } })), "area");
  assert.equal(cutWith(host, reportedOf({ placement: "mirror", areaCuts })), null);
});

const area = { id: "r-1", name: "Front", hosts: [host] };
const containedCases = [
  { name: "nothing", reported: {}, is: false },
  { name: "its way is shut", reported: { barriers: [told()] }, is: true },
  { name: "its way is only counted", reported: { barriers: [told({ mode: "dry", level: "counted" })] }, is: false },
  { name: "another way is shut", reported: { barriers: [told({ way: "smb" })] }, is: false },
  { name: "its way is shut for its area", reported: { barriers: [told({ area: "r-1" })] }, is: true },
  { name: "its way is shut for another area", reported: { barriers: [told({ area: "r-2" })] }, is: false },
  { name: "its area is cut", reported: { areaCuts: [areaCut()] }, is: true },
  {
    name: "it is not yet among those cut",
    reported: { areaCuts: [areaCut({ level: "partly-cut", cut: [] })] },
    is: false,
  },
  { name: "its area is to be unplugged", reported: { areaCuts: [areaCut({ level: "by-hand", cut: [] })] }, is: false },
  { name: "a mirror says that its area is cut", reported: { placement: "mirror", areaCuts: [areaCut()] }, is: false },
] as const;

for (const { name, reported, is } of containedCases) {
  test(`an infected mailer is ${is ? "" : "not "}contained: ${name}`, () => {
    const wishes = { ...noSiteWishes, areas: [area] };
    const facts = { wishes, reported: reportedOf(reported as Partial<Reported>) };
    assert.equal(isContainedBySite({ host, vector: "mail" }, facts), is);
  });
}
