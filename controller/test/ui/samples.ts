/** Views with defaults, for tests of the web UI. */
import { defaultPortal, defaultReflex, defaultRemedies } from "@cordon/contract";
import type { AreaCutView, BarrierView } from "../../src/api/wish-view.ts";
import type { ContainmentView, HostView, ReflexView, SensorView, SiteSummary, SiteView } from "../../src/api/view.ts";

/** Friday, 20 November 2026, 14:12:40 UTC. */
export const noon = Date.UTC(2026, 10, 20, 14, 12, 40);

export function aContainment(containment: Partial<ContainmentView> = {}): ContainmentView {
  return {
    id: "c1",
    kind: "quarantine",
    vector: null,
    host: "02:00:5e:10:00:07",
    reason: "Mass mailer",
    author: "operator",
    askedAt: noon,
    expiresAt: null,
    level: "internet-cut",
    levelText: "Cut from the Internet but for remedies; its neighbours on the switch can still reach it.",
    inForceSince: noon + 800,
    packetsStopped: 0,
    hiddenStopped: null,
    lastStoppedAt: null,
    reportedAt: noon + 800,
    releasing: false,
    refusal: null,
    automatic: false,
    evidence: [],
    ...containment,
  };
}

/** Asked for, and no word from the box. */
export function anAskedContainment(containment: Partial<ContainmentView> = {}): ContainmentView {
  return aContainment({ level: "unconfirmed", inForceSince: null, reportedAt: null, ...containment });
}

export function aHost(host: Partial<HostView> = {}): HostView {
  return {
    host: "02:00:5e:10:00:07",
    mac: "02:00:5e:10:00:07",
    vendor: null,
    addresses: ["192.168.10.27"],
    name: "DESK-07",
    role: { name: "workstation", reason: "It browses." },
    verdict: "infected",
    class: "mass-mailer",
    vector: "mail",
    risk: "high",
    score: 8.2,
    firstSeenAt: noon - 3_600_000,
    lastSeenAt: noon,
    suspectAt: noon - 600_000,
    infectedAt: noon - 540_000,
    contactsBeforeSuspect: 8,
    contacts: 212,
    evidence: [],
    why: "It tried 212 mail servers it had never spoken to.",
    containments: [],
    cutWith: null,
    pardon: null,
    duty: null,
    particulars: null,
    ...host,
  };
}

export function aSensor(sensor: Partial<SensorView> = {}): SensorView {
  return {
    id: "box-1",
    state: "online",
    since: noon - 3_600_000,
    software: "0.1.0",
    placement: "lan",
    placementReasons: [],
    blindSpots: [],
    canContain: true,
    kernelFeatures: {},
    identity: { state: "enrolled", until: null },
    desiredRevision: 1,
    reportedRevision: 1,
    reportedAt: noon,
    health: [],
    boot: null,
    pastRules: null,
    figures: null,
    ...sensor,
  };
}

export function aReflex(reflex: Partial<ReflexView> = {}): ReflexView {
  const reported = { mode: "dry", budget: "usual", passed: 0, stopped: 0, hosts: [], refusal: null } as const;
  return { wish: defaultReflex, reported: { ...reported, hosts: [] }, reportedAt: noon, ...reflex };
}

export function aSummary(site: Partial<SiteSummary> = {}): SiteSummary {
  return {
    id: "s1",
    name: "Brandt Tax Advisers",
    policy: "observe",
    sensor: aSensor(),
    line: { state: "healthy", since: noon, text: "" },
    counts: { hosts: 10, infected: 0, suspect: 0, watched: 0, clear: 10, unheard: 0, contained: 0 },
    sentence: "Line clear.",
    cause: "",
    row: { lead: "", rest: "Clear.", since: null },
    ...site,
  };
}

export function aSite(site: Partial<SiteView> = {}): SiteView {
  return {
    ...aSummary(),
    hosts: [],
    reflex: aReflex(),
    areas: [],
    barriers: [],
    areaCuts: [],
    lineCut: null,
    keeps: { remedies: defaultRemedies, portal: defaultPortal, refused: [] },
    resolvers: [],
    probation: null,
    remedies: null,
    policyEffects: [],
    reportedPolicy: "observe",
    series: [],
    lineChecks: [],
    atBox: { delegatedUntil: null, isWithheld: false, isLocal: false, deeds: [], twoWords: [] },
    contacts: [],
    ...site,
  };
}

const asked = {
  reason: "A worm is about",
  author: "operator",
  askedAt: noon,
  expiresAt: null,
  inForceSince: noon + 800,
  reportedAt: noon + 800,
  releasing: false,
  refusal: null,
} as const;

/** Mail stopped for the whole site. */
export function aBarrier(barrier: Partial<BarrierView> = {}): BarrierView {
  return {
    ...{ id: "b-1", ...asked, way: "mail", mode: "enforce", area: null, exceptions: [], level: "stopped" },
    levelText: "Mail on port 25 to the Internet is stopped.",
    ...{ passed: 0, stopped: 0, hosts: [], refusedExceptions: [] },
    ...barrier,
  };
}

/** An area cut from the Internet. */
export function anAreaCut(cut: Partial<AreaCutView> = {}): AreaCutView {
  return {
    ...{ id: "x-1", ...asked, area: "r-1", from: "internet", level: "internet-cut" },
    levelText: "All 2 machines are cut from the Internet.",
    ...{ hosts: 2, cut: [], silent: [], packetsStopped: 0 },
    ...cut,
  };
}
