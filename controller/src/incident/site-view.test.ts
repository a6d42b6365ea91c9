import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import type {
  Hello,
  HostSnapshot,
  LineCheck,
  LineState,
  Placement,
  Reported,
  ReportedContainment,
} from "@cordon/contract";
import { aHost, aLine } from "../../test/sample-hosts.ts";
import { SiteSummary, SiteView } from "../api/view.ts";
import { byUrgency, siteSummary, siteView, type SiteFacts } from "./site-view.ts";
import { noSiteWishes } from "../store/site-wishes.ts";
import { timeTextOf } from "./time-text.ts";

const now = Date.UTC(2026, 10, 20, 14, 12, 57);
const time = timeTextOf(now, "UTC");
const mac = (last: number) => `02:00:5e:00:00:0${last}`;

const healthy: LineState = { state: "healthy", since: 1, text: "9 of 9 machines get answers." };
const dead: LineState = { state: "dead", since: 1, text: "The line is dead beyond the router." };

const hello = (placement: Placement, canContain = true): Hello => ({
  version: 1,
  bootId: "boot-one",
  at: 1,
  software: "0.1.0",
  kernel: "6.12",
  placement: { kind: placement, reasons: ["r"], blindSpots: ["b"] },
  interfaces: [],
  kernelFeatures: {},
  canContain,
});

const reported = (containments: readonly ReportedContainment[], more: Partial<Reported> = {}): Reported => ({
  version: 1,
  bootId: "boot-one",
  at: now,
  epoch: 1,
  revision: 2,
  placement: "lan",
  line: healthy,
  containments: [...containments],
  health: [],
  refused: {},
  ...more,
});

const check = (kind: string, state: LineCheck["state"]): LineCheck => ({
  ...{ kind, state, asked: 3, answered: 0, roundTripMs: null, answeredAt: null, silentSince: null },
});

const cut = (host: string, more: Partial<ReportedContainment> = {}): ReportedContainment => ({
  id: `c-${host}`,
  kind: "quarantine",
  vector: null,
  host,
  reason: "Infected",
  author: "operator",
  startsAt: now - 5_000,
  expiresAt: null,
  level: "internet-cut",
  inForceSince: now - 4_000,
  packetsStopped: 412,
  lastStoppedAt: now - 1_000,
  refusal: null,
  ...more,
});

const mailer = (last: number, name: string | null = `DESK-0${last}`): HostSnapshot =>
  aHost({
    host: mac(last),
    name,
    addresses: [`192.168.10.2${last}`],
    verdict: "infected",
    class: "mass-mailer",
    vector: "mail",
    score: 9,
    evidence: [aLine({ weight: 6, text: "It has tried 212 mail servers." }), aLine({ weight: 1, text: "Light." })],
  });
const scanner = (last: number): HostSnapshot =>
  aHost({
    host: mac(last),
    name: `DESK-0${last}`,
    verdict: "infected",
    class: "scanner",
    vector: "smb",
    score: 8,
    evidence: [aLine({ text: "It has tried 903 addresses." })],
  });
const quiet = (last: number): HostSnapshot => aHost({ host: mac(last), name: `DESK-0${last}` });

interface Case {
  readonly name: string;
  readonly state?: "never-seen" | "online" | "offline";
  readonly hosts?: readonly HostSnapshot[];
  readonly reported?: Reported | null;
  readonly hello?: Hello | null;
  readonly line?: LineState | null;
  readonly asked?: SiteFacts["containments"];
  readonly wishes?: SiteFacts["wishes"];
  readonly sentence: string;
  readonly cause: RegExp;
}

function factsOf(each: Partial<Case>): SiteFacts {
  return {
    id: "s",
    name: "Brandt Tax Advisers",
    policy: "observe",
    sensor: {
      id: "b",
      state: each.state ?? "online",
      stateSince: now - 11_520_000,
      hello: each.hello === undefined ? hello("lan") : each.hello,
      pulse: null,
      reported: each.reported === undefined ? reported([]) : each.reported,
      reportedAt: now,
      line: each.line === undefined ? healthy : each.line,
      desiredRevision: 2,
      identity: { state: "enrolled", until: null },
      health: [],
    },
    hosts: each.hosts ?? [],
    containments: each.asked ?? [],
    reflexWish: null,
    pardons: [],
    particulars: new Map(),
    wishes: each.wishes ?? noSiteWishes,
    series: [],
    contacts: [],
  };
}

const asked = (last: number): SiteFacts["containments"] => [
  {
    id: `c-${mac(last)}`,
    kind: "quarantine",
    vector: null,
    host: mac(last),
    reason: "Infected",
    author: "operator",
    askedAt: now,
    expiresAt: null,
    isDropped: false,
  },
];

const lineCut = {
  ...{ id: "l-1", reason: "A worm", author: "ann", startsAt: now - 5_000, expiresAt: null },
  ...{ inForceSince: now - 4_000, packetsStopped: 9, refusal: null },
};
const { inForceSince: _, packetsStopped: __, refusal: ___, ...lineCutAsked } = lineCut;

const cases: readonly Case[] = [
  {
    name: "the line cut for everybody, which is no dead line and outweighs who is infected",
    hosts: [mailer(7), quiet(1)],
    line: dead,
    wishes: { ...noSiteWishes, lineCut: lineCutAsked },
    reported: reported([], { lineCut: { ...lineCut, level: "line-cut" } }),
    sentence: "The line is cut for everybody.",
    cause:
      /^By ann, until released\. 1 machine infected: clean it first\. Next: then put the line back into service\.$/,
  },
  {
    name: "the line's cut asked for, and not confirmed",
    hosts: [mailer(7)],
    wishes: { ...noSiteWishes, lineCut: lineCutAsked },
    sentence: "Line open: DESK-07 still mails.",
    cause: /DESK-07 is infected/,
  },
  {
    name: "no box yet",
    state: "never-seen",
    hello: null,
    reported: null,
    line: null,
    sentence: "No box yet.",
    cause: /^Nothing is seen, nothing can be cut\./,
  },
  { name: "no machine yet", sentence: "No machine seen yet.", cause: /listens/ },
  {
    name: "nobody infected",
    hosts: [quiet(1), quiet(2)],
    sentence: "Line protected.",
    cause: /^2 machines seen, none infected\. Nothing to do\.$/,
  },
  {
    name: "nobody infected, but nothing could be cut from here",
    hosts: [quiet(1)],
    hello: hello("mirror"),
    reported: reported([], { placement: "mirror" }),
    sentence: "Nothing infected seen.",
    cause: /none could be cut off/,
  },
  {
    name: "a suspect",
    hosts: [
      quiet(1),
      aHost({
        host: mac(3),
        name: "DESK-03",
        verdict: "suspect",
        score: 4,
        evidence: [aLine({ text: "Nine dark addresses." })],
      }),
    ],
    sentence: "DESK-03 is suspect.",
    cause: /^Nine dark addresses\. Next/,
  },
  {
    name: "a mailer, open",
    hosts: [quiet(1), mailer(7)],
    sentence: "Line open: DESK-07 still mails.",
    cause: /^DESK-07 is infected: a mass mailer\. It has tried 212 mail servers\. Next: cut DESK-07 off\.$/,
  },
  { name: "a scanner, open", hosts: [scanner(7)], sentence: "Line open: DESK-07 still scans.", cause: /a scanner/ },
  {
    name: "a machine without a name goes by its address",
    hosts: [mailer(7, null)],
    sentence: "Line open: 192.168.10.27 still mails.",
    cause: /cut 192\.168\.10\.27 off/,
  },
  {
    name: "two open, none cut",
    hosts: [mailer(7), scanner(8)],
    sentence: "Line open: 2 machines infected, none of them cut off.",
    cause: /^DESK-07 and DESK-08 are infected\. Next: cut DESK-07 and DESK-08 off\.$/,
  },
  {
    name: "three, one cut",
    hosts: [mailer(7), scanner(8), scanner(9)],
    reported: reported([cut(mac(7))]),
    sentence: "Line open: 3 machines infected, 1 of them cut off or stopped.",
    cause: /DESK-08 and DESK-09/,
  },
  {
    name: "asked, not confirmed",
    hosts: [mailer(7)],
    asked: asked(7),
    sentence: "Line open: DESK-07 still mails.",
    cause: /Asked 14:12:57 UTC; the box has not confirmed\.$/,
  },
  {
    name: "refused by the box",
    hosts: [mailer(7)],
    asked: asked(7),
    reported: reported([cut(mac(7), { level: "none", inForceSince: null, refusal: "It is the gateway." })]),
    sentence: "Line open: DESK-07 still mails.",
    cause: /The box refused: It is the gateway\.$/,
  },
  {
    name: "cut, as reported",
    hosts: [mailer(7), quiet(1)],
    asked: asked(7),
    reported: reported([cut(mac(7))]),
    sentence: "Line protected. 1 machine infected, and cut off.",
    cause:
      /Cut from the Internet but for remedies; its neighbours on the switch can still reach it\. Next: clean it, then release it\.$/,
  },
  {
    name: "its vector stopped, as reported",
    hosts: [mailer(7)],
    reported: reported([cut(mac(7), { kind: "vector", vector: "mail", level: "vector-stopped" })]),
    sentence: "Line protected. 1 machine infected; its mail is stopped.",
    cause: /DESK-07/,
  },
  {
    name: "three, two cut and one kept from mailing, as reported",
    hosts: [mailer(7), mailer(8), mailer(9)].map((host) => ({ ...host, infectedAt: now - 685_000 })),
    reported: reported([
      cut(mac(7)),
      cut(mac(8)),
      cut(mac(9), { kind: "vector", vector: "mail", level: "vector-stopped" }),
    ]),
    sentence: "Line protected. 3 machines infected, 2 of them cut off.",
    cause: /^DESK-09 still reaches the Internet; only its mail is stopped\. No new case for 11 min\.$/,
  },
  {
    name: "two, both cut, as reported",
    hosts: [mailer(7), scanner(8)],
    reported: reported([cut(mac(7)), cut(mac(8))]),
    sentence: "Line protected. 2 machines infected, all of them cut off.",
    cause: /^DESK-07 and DESK-08 are cut off\. Next: clean them, then release them\.$/,
  },
  {
    name: "another vector stopped",
    hosts: [mailer(7)],
    reported: reported([cut(mac(7), { kind: "vector", vector: "smb", level: "vector-stopped" })]),
    sentence: "Line open: DESK-07 still mails.",
    cause: /Next: cut/,
  },
  {
    name: "simulated is not contained",
    hosts: [mailer(7)],
    hello: hello("lan", false),
    reported: reported([cut(mac(7), { level: "simulated", inForceSince: null })]),
    sentence: "Line open: DESK-07 still mails.",
    cause: /nothing can be stopped/,
  },
  {
    name: "a mirror cannot cut",
    hosts: [mailer(7)],
    hello: hello("mirror"),
    reported: reported([], { placement: "mirror" }),
    sentence: "Line open: DESK-07 still mails.",
    cause: /By hand: unplug DESK-07\.$/,
  },
  {
    name: "box silent, cut-off held",
    state: "offline",
    hosts: [mailer(7)],
    asked: asked(7),
    reported: reported([cut(mac(7))]),
    sentence: "Box silent for 3 h 12 min.",
    cause: /^Its 1 cut-off held when last heard\. Nothing new is judged\./,
  },
  {
    name: "box silent, only its mail stopped: nobody claims a cut",
    state: "offline",
    hosts: [mailer(7)],
    reported: reported([cut(mac(7), { kind: "vector", vector: "mail", level: "vector-stopped" })]),
    sentence: "Box silent for 3 h 12 min.",
    cause: /^1 machine was kept from spreading when last heard\. Nothing new is judged\./,
  },
  {
    name: "box silent, line open",
    state: "offline",
    hosts: [mailer(7)],
    sentence: "Box silent for 3 h 12 min.",
    cause: /DESK-07 was infected and not cut off when last heard\./,
  },
  {
    name: "dead line",
    hosts: [quiet(1)],
    line: dead,
    sentence: "The line is dead.",
    cause: /^The line is dead beyond the router\. Next: look at the modem/,
  },
  {
    name: "dead line with a router that answers",
    hosts: [quiet(1)],
    line: { ...dead, text: "It does not answer." },
    reported: reported([], { lineChecks: [check("router", "answers")] }),
    sentence: "The line is dead beyond the router.",
    cause: /^It does not answer\. The router itself answers, so it is no cable in here\. Next: look at the modem/,
  },
  {
    name: "dead line with a router that does not answer",
    hosts: [quiet(1)],
    line: dead,
    reported: reported([], { lineChecks: [check("link", "answers"), check("router", "silent")] }),
    sentence: "The line is dead.",
    cause: /The router does not answer either\. Next: look whether the router is on/,
  },
  {
    name: "dead line by a pulled cable",
    hosts: [quiet(1)],
    line: dead,
    reported: reported([], { lineChecks: [{ ...check("link", "silent"), port: "outside" }] }),
    sentence: "The line is dead.",
    cause: /The box's cable to the router leads nowhere\. Next: look at both ends/,
  },
  {
    name: "dead line with an infected machine",
    hosts: [mailer(7)],
    line: dead,
    sentence: "The line is dead, and DESK-07 is infected.",
    cause: /Next: cut DESK-07 off\. Then call the provider\.$/,
  },
  {
    name: "a walled line with nobody infected",
    hosts: [quiet(1)],
    line: { ...healthy, trouble: { kind: "walled", since: 1, host: null, text: "A portal answers." } },
    sentence: "The line is walled: a portal answers everything.",
    cause: /^A portal answers\. Next: sign in at the portal/,
  },
  {
    name: "a line that an infected machine chokes",
    hosts: [scanner(7)],
    line: {
      ...{ state: "degraded", since: 1, text: "The line is choked by DESK-07." },
      trouble: { kind: "choked", since: 1, host: mac(7), text: "The line is choked by DESK-07." },
    },
    sentence: "Line open: DESK-07 still scans.",
    cause: /Next: cut DESK-07 off\. The line is choked by DESK-07\.$/,
  },
  {
    name: "box in trouble",
    hosts: [quiet(1)],
    reported: reported([], {
      health: [{ code: "capture-down", severity: "error", since: 1, text: "Nothing is captured." }],
    }),
    sentence: "The box is in trouble.",
    cause: /^Nothing is captured\.$/,
  },
];

for (const each of cases) {
  test(`sentence: ${each.name}`, () => {
    const view = siteView(factsOf(each), time);
    assert.equal(view.sentence, each.sentence);
    assert.match(view.cause, each.cause);
    assert.ok(Value.Check(SiteView, view), "the view fits its schema");
    assert.doesNotMatch(`${view.sentence} ${view.cause}`, / {2}|\.\.|undefined|null/);
  });
}

const rows: readonly (Partial<Case> & { readonly name: string; readonly row: string; readonly since?: number })[] = [
  { name: "no box", state: "never-seen", hello: null, reported: null, line: null, row: "[No box yet.] " },
  { name: "clear", hosts: [quiet(1), quiet(2)], row: "[] Clear. 2 machines seen." },
  {
    name: "outside the router",
    hosts: [quiet(1)],
    reported: reported([], { placement: "wan" }),
    row: "[] Clear. One address behind NAT: the line can be cut, machines cannot be named from here.",
  },
  {
    name: "one watched",
    hosts: [
      aHost({ host: mac(3), verdict: "watched", evidence: [aLine({ text: "It retries one update server." })] }),
      quiet(1),
    ],
    row: "[] 1 machine watched: it retries one update server.",
  },
  {
    name: "one suspect",
    hosts: [
      aHost({
        ...{ host: mac(3), verdict: "suspect", suspectAt: 5 },
        evidence: [aLine({ text: "SMB to 14 addresses." })],
      }),
      quiet(1),
    ],
    ...{ row: "[] 1 of 2 machines suspect: SMB to 14 addresses.", since: 5 },
  },
  {
    name: "open",
    hosts: [{ ...mailer(7), infectedAt: 7 }, quiet(1)],
    ...{ row: "[Line open:] DESK-07 still mails.", since: 7 },
  },
  {
    name: "asked is not cut",
    ...{ hosts: [mailer(7)], asked: asked(7), row: "[Line open:] DESK-07 still mails." },
  },
  {
    name: "two cut, one more kept from mailing",
    hosts: [mailer(7), mailer(8), mailer(9), quiet(1)],
    reported: reported([
      cut(mac(7)),
      cut(mac(8)),
      cut(mac(9), { kind: "vector", vector: "mail", level: "vector-stopped" }),
    ]),
    row: "[Line protected.] 2 of 4 machines cut off; 1 more is infected with only its mail stopped.",
  },
  {
    name: "silent",
    ...{ state: "offline", hosts: [mailer(7)], asked: asked(7), reported: reported([cut(mac(7))]) },
    row: "[Box silent for 3 h 12 min.] Its 1 cut-off held when last heard; nothing new is judged.",
    since: now - 11_520_000,
  },
  {
    ...{ name: "dead", hosts: [quiet(1)], line: dead, since: 1 },
    row: "[Line dead:] the provider does not answer. No machine is blamed for it.",
  },
];

for (const each of rows) {
  test(`row: ${each.name}`, () => {
    const { row } = siteView(factsOf(each), time);
    assert.equal(`[${row.lead}] ${row.rest}`, each.row);
    assert.equal(row.since, each.since ?? null);
  });
}

test("hosts come strangest first, equals by name", () => {
  const view = siteView(factsOf({ hosts: [quiet(2), scanner(8), quiet(1), mailer(7)] }), time);
  assert.deepEqual(
    view.hosts.map((host) => host.name),
    ["DESK-07", "DESK-08", "DESK-01", "DESK-02"],
  );
});

test("counts sum to the whole", () => {
  const hosts = [
    mailer(7),
    scanner(8),
    quiet(1),
    quiet(2),
    aHost({ host: mac(5), contacts: 0 }),
    aHost({ host: mac(3), verdict: "watched" }),
    aHost({ host: mac(4), verdict: "suspect" }),
  ];
  const { counts } = siteView(factsOf({ hosts, reported: reported([cut(mac(7))]) }), time);
  assert.deepEqual(counts, { hosts: 7, infected: 2, suspect: 1, watched: 1, clear: 3, unheard: 1, contained: 1 });
  assert.equal(counts.infected + counts.suspect + counts.watched + counts.clear, counts.hosts);
});

test("why is the heaviest line for, or against where the host is clear, else that nothing was seen", () => {
  const against = aLine({ for: false, weight: -2, text: "Against." });
  const hosts = [
    mailer(7),
    aHost({ host: mac(1), name: "A", score: -1, evidence: [aLine({ weight: 1, text: "For." }), against] }),
    aHost({ host: mac(2), name: "B", score: -2 }),
  ];
  const view = siteView(factsOf({ hosts }), time);
  assert.deepEqual(
    view.hosts.map((host) => host.why),
    ["It has tried 212 mail servers.", "Against.", "Nothing unusual seen."],
  );
});

test("what the kernel holds is shown even where nobody asked for it", () => {
  const view = siteView(factsOf({ hosts: [mailer(7)], reported: reported([cut(mac(7))]) }), time);
  assert.deepEqual(
    view.hosts[0]?.containments.map((each) => each.level),
    ["internet-cut"],
  );
});

test("a contained host that the records do not know is shown, so that it can be released", () => {
  const view = siteView(factsOf({ asked: asked(7), reported: reported([cut(mac(7))]) }), time);
  assert.ok(Value.Check(SiteView, view));
  assert.deepEqual(
    view.hosts.map((host) => [host.host, host.why, host.containments.length]),
    [[mac(7), "Contained, but its history is not known here.", 1]],
  );
});

test("the summary is the page without hosts and charts", () => {
  const summary = siteSummary(factsOf({ hosts: [mailer(7)] }), time);
  assert.ok(Value.Check(SiteSummary, summary));
  assert.equal("hosts" in summary, false);
});

test("open lines come before silent boxes, and both before quiet sites", () => {
  const [quietSite, silentSite, openSite] = [
    { ...siteSummary(factsOf({ hosts: [quiet(1)] }), time), name: "quiet" },
    { ...siteSummary(factsOf({ state: "offline" }), time), name: "silent" },
    { ...siteSummary(factsOf({ hosts: [mailer(7)] }), time), name: "open" },
  ];
  assert.deepEqual(
    [quietSite, silentSite, openSite].sort(byUrgency).map((site) => site.name),
    ["open", "silent", "quiet"],
  );
});
