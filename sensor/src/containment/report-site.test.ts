import assert from "node:assert/strict";
import { test } from "node:test";
import type { AreaCut, Barrier } from "@cordon/contract";
import type { Observed, SiteRules } from "./protocol.ts";
import { emptySiteMemory, reportSite, type SiteMemory, type SiteReportInput } from "./report-site.ts";
import { noSiteRules } from "./site-rules.ts";

const [a, b] = ["02:00:00:00:00:0a", "02:00:00:00:00:0b"] as const;
const told = { reason: "worm", author: "ann", startsAt: 0, expiresAt: null };
const mail: Barrier = { ...told, id: "mail", way: "mail", mode: "enforce", area: null, exceptions: [] };
const held: SiteRules = { ...noSiteRules, ways: [{ way: "mail", mode: "enforce" }] };
const area = { id: "floor", name: "First floor", hosts: [a, b] };

type Counts = NonNullable<Observed["site"]>["counts"];

function observing(rules: SiteRules, counts: Counts = [], fields: Partial<Observed> = {}): Observed {
  const site = { rules, stoppedAtLine: 0, counts };
  return { at: 0, skeleton: "v", quarantined: [], vectors: [], site, handedUp: {}, heldBack: {}, ...fields };
}

function report(
  fields: Partial<SiteReportInput> & Pick<SiteReportInput, "wish">,
  memory: SiteMemory = emptySiteMemory,
) {
  return reportSite({
    facts: { placement: "lan", declared: [], localNets: [], verdictOf: () => "clear", cardsOf: () => [] },
    observed: observing(noSiteRules),
    isSimulated: false,
    time: { clock: 1_000_000, trusted: 1_000_000 },
    now: 1_000_000,
    heardAt: () => null,
    refused: new Map(),
    memory,
    ...fields,
  });
}

test("a barrier counts what it stopped since it holds, over all hosts and by host", () => {
  const wish = { barriers: [mail] };
  const counts = (stopped: number): Counts => [
    { mac: a, way: "mail", passed: 3, stopped },
    { mac: a, way: "smb", passed: 0, stopped: 99 },
  ];
  const first = report({ wish, observed: observing(held, counts(5)) });
  const second = report({ wish, observed: observing(held, counts(9)), now: 2_000_000 }, first.memory);
  const [barrier] = second.reported.barriers;
  assert.deepEqual(
    [barrier?.level, barrier?.inForceSince, barrier?.stopped, barrier?.hosts],
    ["stopped", 1_000_000, 9, [{ host: a, passed: 3, stopped: 9 }]],
  );
  const anew = report({ wish, observed: observing(held, counts(2)) }, second.memory);
  assert.equal(anew.reported.barriers[0]?.stopped, 11, "a counter that became smaller has begun anew");
});

test("frames that hide their port are told of with every barrier of ports, and with no other", () => {
  const wish = {
    barriers: [
      mail,
      { ...mail, id: "pings", way: "ping" } as const,
      { ...mail, id: "forged", way: "spoofed" } as const,
    ],
  };
  const ways = wish.barriers.map(({ way, mode }) => ({ way, mode }));
  const observed = (stopped: number) =>
    observing({ ...noSiteRules, ways }, [{ mac: a, way: "hidden", passed: 2, stopped }]);
  const first = report({ wish, observed: observed(5) });
  const { reported } = report({ wish, observed: observed(6) }, first.memory);
  assert.deepEqual(
    reported.barriers.map(({ hidden, stopped }) => [hidden, stopped]),
    [
      [{ passed: 2, stopped: 6 }, 0],
      [{ passed: 2, stopped: 6 }, 0],
      [undefined, 0],
    ],
  );
  const unknown = report({ wish, observed: null }, first.memory).reported.barriers[0];
  assert.deepEqual(unknown?.hidden, { passed: 2, stopped: 5 });
});

test("a barrier is not in force while the kernel does not hold it, and unconfirmed while it cannot be asked", () => {
  const wish = { barriers: [mail] };
  const levels = [
    report({ wish }),
    report({ wish, observed: observing({ ...held, ways: [{ way: "mail", mode: "dry" }] }) }),
    report({ wish, observed: observing(held, [], { skeleton: null }) }),
    report({ wish, observed: null }),
    report({ wish, isSimulated: true }),
    report({ wish, observed: observing({ ...held, hosts: [{ mac: a, way: "mail", mode: "open" }] }) }),
  ].map(({ reported }) => reported.barriers[0]?.level);
  assert.deepEqual(levels, ["none", "none", "none", "unconfirmed", "simulated", "none"]);
});

test("what cannot be is refused with its reason", () => {
  const verdictOf = () => "infected" as const;
  const facts = { placement: "lan", declared: [], localNets: [], verdictOf, cardsOf: () => [] } as const;
  const barriers = [{ ...mail, exceptions: [a] }, { ...mail, id: "dns", way: "dns" } as const];
  const { reported } = report({ wish: { barriers }, facts, observed: observing(held) });
  assert.match(reported.barriers[0]?.refusedExceptions[0]?.reason ?? "", /infected/);
  assert.match(reported.barriers[1]?.refusal ?? "", /no resolver/);
  const mirror = report({
    wish: { barriers, lineCut: { ...told, id: "l" } },
    facts: { ...facts, placement: "mirror" },
  });
  assert.match(mirror.reported.barriers[0]?.refusal ?? "", /mirror/);
  assert.match(mirror.reported.lineCut?.refusal ?? "", /By hand/);
});

test("a barrier of an area holds where all of its hosts are held, and counts theirs alone", () => {
  const wish = { areas: [area], barriers: [{ ...mail, area: "floor" }] };
  const rule = (mac: string) => ({ mac, way: "mail", mode: "enforce" }) as const;
  const counts: Counts = [
    { mac: a, way: "mail", passed: 0, stopped: 4 },
    { mac: "02:00:00:00:00:0c", way: "mail", passed: 0, stopped: 7 },
  ];
  const half = report({ wish, observed: observing({ ...noSiteRules, hosts: [rule(a)] }) });
  assert.equal(half.reported.barriers[0]?.level, "none");
  const whole = report({ wish, observed: observing({ ...noSiteRules, hosts: [rule(a), rule(b)] }, counts) });
  assert.deepEqual([whole.reported.barriers[0]?.level, whole.reported.barriers[0]?.stopped], ["stopped", 4]);
});

test("an area's cut tells who is cut, who is not and why, and who has gone silent", () => {
  const cut: AreaCut = { ...told, id: "c", area: "floor", from: "internet" };
  const quarantined = [{ mac: a, packets: 6, packetsToHost: 0 }];
  const { reported } = report({
    wish: { areas: [area], areaCuts: [cut, { ...cut, id: "d", from: "neighbours" }] },
    observed: observing(noSiteRules, [], { quarantined }),
    heardAt: (mac) => (mac === a ? 990_000 : 100_000),
    refused: new Map([[b, "it stands on the outside port"]]),
  });
  const [internet, neighbours] = reported.areaCuts;
  assert.deepEqual(
    [internet?.level, internet?.hosts, internet?.cut, internet?.packetsStopped, internet?.inForceSince],
    ["partly-cut", 2, [a], 6, null],
  );
  assert.match(internet?.refusal ?? "", /0b: it stands on the outside port/);
  assert.deepEqual([neighbours?.level, neighbours?.silent, neighbours?.refusal], ["by-hand", [b], null]);
});

test("the line's cut counts what it stopped and ends by trusted time", () => {
  const lineCut = { ...told, id: "l", expiresAt: 1_500_000 };
  const rules = { ...noSiteRules, isLineCut: true };
  const stoppedAtLine = (packets: number) => ({
    ...observing(rules),
    site: { rules, stoppedAtLine: packets, counts: [] },
  });
  const first = report({ wish: { lineCut }, observed: stoppedAtLine(10) });
  const second = report({ wish: { lineCut }, observed: stoppedAtLine(15) }, first.memory);
  assert.deepEqual([second.reported.lineCut?.level, second.reported.lineCut?.packetsStopped], ["line-cut", 15]);
  const over = report({ wish: { lineCut }, time: { clock: 0, trusted: 1_500_000 } }, second.memory);
  assert.deepEqual([over.reported.lineCut?.level, over.reported.lineCut?.refusal], ["none", "its time is over"]);
});
