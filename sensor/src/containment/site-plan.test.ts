import assert from "node:assert/strict";
import { test } from "node:test";
import type { Barrier, Verdict } from "@cordon/contract";
import { plan } from "./plan.ts";
import type { Observed, SiteRules } from "./protocol.ts";
import { areaQuarantines, refusedExceptions, siteRules, type SiteFacts, type SiteWish } from "./site-plan.ts";
import { noSiteRules } from "./site-rules.ts";

const [a, b, server] = ["02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:05"] as const;
const told = { reason: "worm", author: "ann", startsAt: 0, expiresAt: null };
const time = { clock: 1000, trusted: 1000 };

function aBarrier(fields: Partial<Barrier> = {}): Barrier {
  return { ...told, id: "b", way: "mail", mode: "enforce", area: null, exceptions: [], ...fields };
}

function facts(fields: Partial<SiteFacts> = {}): SiteFacts {
  return { placement: "lan", declared: [], localNets: [], verdictOf: () => "clear", cardsOf: () => [], ...fields };
}

const floor = { id: "floor", name: "First floor", hosts: [a, b] };

const cases: readonly {
  readonly name: string;
  readonly wish: SiteWish;
  readonly facts?: Partial<SiteFacts>;
  readonly rules: Partial<SiteRules>;
}[] = [
  { name: "nothing wished for", wish: {}, rules: {} },
  { name: "one way", wish: { barriers: [aBarrier()] }, rules: { ways: [{ way: "mail", mode: "enforce" }] } },
  {
    name: "of a dry run and another for one way, the stronger",
    wish: { barriers: [aBarrier({ mode: "dry" }), aBarrier({ id: "c" })] },
    rules: { ways: [{ way: "mail", mode: "enforce" }] },
  },
  {
    name: "an exception from the stronger is left to the weaker",
    wish: { barriers: [aBarrier({ mode: "dry" }), aBarrier({ id: "c", exceptions: [a] })] },
    rules: { ways: [{ way: "mail", mode: "enforce" }], hosts: [{ mac: a, way: "mail", mode: "dry" }] },
  },
  {
    name: "a declared mail server sends mail, and shares no files outward",
    wish: { barriers: [aBarrier(), aBarrier({ id: "c", way: "smb" })] },
    facts: { declared: [{ mac: server, role: "mail-server" }] },
    rules: {
      ways: [
        { way: "mail", mode: "enforce" },
        { way: "smb", mode: "enforce" },
      ],
      hosts: [{ mac: server, way: "mail", mode: "open" }],
    },
  },
  {
    name: "an infected host is no exception, declared or not",
    wish: { barriers: [aBarrier({ exceptions: [a, b] })] },
    facts: {
      declared: [{ mac: server, role: "mail-server" }],
      verdictOf: (mac): Verdict => (mac === b ? "suspect" : "infected"),
    },
    rules: { ways: [{ way: "mail", mode: "enforce" }], hosts: [{ mac: b, way: "mail", mode: "open" }] },
  },
  {
    name: "an area",
    wish: { areas: [floor], barriers: [aBarrier({ area: "floor", exceptions: [b] })] },
    rules: { hosts: [{ mac: a, way: "mail", mode: "enforce" }] },
  },
  { name: "an area that is none", wish: { barriers: [aBarrier({ area: "attic" })] }, rules: {} },
  { name: "a time that is over", wish: { barriers: [aBarrier({ expiresAt: 1000 })] }, rules: {} },
  { name: "one that is yet to begin", wish: { barriers: [aBarrier({ startsAt: 2000 })] }, rules: {} },
  {
    name: "name questions with resolvers inside by the card first heard, one not heard yet, one outside, one beyond the site",
    wish: {
      barriers: [aBarrier({ way: "dns" })],
      resolvers: ["192.168.1.53", "192.168.1.54", "192.168.1.1", "9.9.9.9", "fd77::53"],
    },
    facts: {
      cardsOf: (address) => (address === "192.168.1.53" ? [server, b] : address === "192.168.1.1" ? null : []),
    },
    rules: {
      ways: [{ way: "dns", mode: "enforce" }],
      resolvers: ["192.168.1.1", "192.168.1.53", "192.168.1.54", "9.9.9.9", "fd77::53"],
      forwarders: [
        { address: "192.168.1.53", mac: server },
        { address: "192.168.1.54", mac: null },
        { address: "fd77::53", mac: null },
      ],
    },
  },
  { name: "name questions without a resolver", wish: { barriers: [aBarrier({ way: "dns" })] }, rules: {} },
  {
    name: "name questions",
    wish: { barriers: [aBarrier({ way: "dns" })], resolvers: ["2001:DB8::53", "192.0.2.53"] },
    rules: { ways: [{ way: "dns", mode: "enforce" }], resolvers: ["192.0.2.53", "2001:db8::53"] },
  },
  {
    name: "forged sources, by the networks of the site",
    wish: { barriers: [aBarrier({ way: "spoofed" })] },
    facts: { localNets: ["10.77.0.0/16", "10.77.1.0/24"] },
    rules: { ways: [{ way: "spoofed", mode: "enforce" }], sources: ["10.77.0.0/16"] },
  },
  {
    name: "outside the router: for everybody or not at all",
    wish: {
      areas: [floor],
      barriers: [aBarrier({ exceptions: [a] }), aBarrier({ way: "spoofed" }), aBarrier({ area: "floor", way: "smb" })],
      lineCut: { id: "l", ...told },
    },
    facts: { placement: "wan" },
    rules: { isLineCut: true, ways: [{ way: "mail", mode: "enforce" }] },
  },
  {
    name: "a mirror",
    wish: { barriers: [aBarrier()], lineCut: { id: "l", ...told } },
    facts: { placement: "mirror" },
    rules: {},
  },
];

for (const { name, wish, facts: some, rules } of cases) {
  test(`rules of the site: ${name}`, () => {
    assert.deepEqual(siteRules(wish, facts(some), time), { ...noSiteRules, ...rules });
  });
}

test("what is yet to begin is kept where it is held: it may be the clock that is behind", () => {
  const held: SiteRules = { ...noSiteRules, isLineCut: true, ways: [{ way: "mail", mode: "enforce" }] };
  const wish = { barriers: [aBarrier({ startsAt: 2000 })], lineCut: { id: "l", ...told, startsAt: 2000 } };
  assert.deepEqual(siteRules(wish, facts(), time, held), held);
  assert.deepEqual(siteRules(wish, facts(), time), noSiteRules);
});

test("a refused exception has its reason", () => {
  const barrier = aBarrier({ exceptions: [a, b] });
  const verdictOf = (mac: string): Verdict => (mac === a ? "infected" : "clear");
  const refused = refusedExceptions(barrier, { placement: "lan", verdictOf });
  assert.deepEqual(
    refused.map(({ host }) => host),
    [a],
  );
  assert.match(refused[0]?.reason ?? "", /infected/);
  assert.equal(refusedExceptions(barrier, { placement: "wan", verdictOf }).length, 2);
});

test("an area's cut from the Internet is a cut of its hosts, that from its neighbours is nobody's here", () => {
  const cut = { ...told, id: "c", area: "floor" };
  const wish: SiteWish = {
    areas: [floor],
    areaCuts: [
      { ...cut, from: "internet", expiresAt: 5 },
      { ...cut, id: "d", from: "neighbours" },
      { ...cut, id: "e", from: "internet", area: "attic" },
    ],
  };
  assert.deepEqual(
    areaQuarantines(wish).map(({ kind, host, expiresAt }) => [kind, host, expiresAt]),
    [
      ["quarantine", a, 5],
      ["quarantine", b, 5],
    ],
  );
});

test("rules are set where they differ, and never at an executor that knows none", () => {
  const observed: Observed = { at: 0, skeleton: "v", quarantined: [], vectors: [], handedUp: {}, heldBack: {} };
  const site = { rules: noSiteRules, stoppedAtLine: 0, counts: [] };
  const rules: SiteRules = { ...noSiteRules, isLineCut: true };
  assert.deepEqual(plan([], time, { ...observed, site }, null, rules), [{ kind: "site-rules-set", rules }]);
  assert.deepEqual(plan([], time, { ...observed, site: { ...site, rules } }, null, rules), []);
  assert.deepEqual(plan([], time, observed, null, rules), []);
  assert.deepEqual(plan([], time, { ...observed, site }), []);
});

test("of several cards that say they have a resolver's address the one that holds the right keeps it, while it is heard", () => {
  const wish = { barriers: [aBarrier({ way: "dns" })], resolvers: ["192.168.1.53"] };
  const held = { ...noSiteRules, forwarders: [{ address: "192.168.1.53", mac: server }] };
  const cardOf = (...cards: readonly string[]) =>
    siteRules(wish, facts({ cardsOf: () => cards }), time, held).forwarders?.map(({ mac }) => mac);
  assert.deepEqual(cardOf(a, server), [server], "who cries first after a restart");
  assert.deepEqual(cardOf(), [server], "before anybody was heard");
  assert.deepEqual(cardOf(a), [a], "another machine in its place");
});
