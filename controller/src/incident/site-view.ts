import {
  defaultReflex,
  everyContainment,
  type Contact,
  type Health,
  type Hello,
  type HostSnapshot,
  type LineState,
  type Pardon,
  type Policy,
  type Pulse,
  type ReflexWish,
  type Reported,
} from "@cordon/contract";
import type { AtBoxView } from "../api/at-box-view.ts";
import type { ContainmentView, HostView, SensorView, SiteSummary, SiteView } from "../api/view.ts";
import type { VendorOf } from "../lookup/vendor-book.ts";
import type { SiteWishes } from "../store/site-wishes.ts";
import { containmentView, isContained, isCut, type AskedContainment, type Hearing } from "./containment-view.ts";
import { byStrangeness, hostView, strangerView } from "./host-view.ts";
import { policies, policyEffect } from "./policy-effect.ts";
import { siteSentence, type SentenceFacts } from "./sentence.ts";
import { siteRow } from "./site-row.ts";
import type { TimeText } from "./time-text.ts";
import { cutWith, isContainedBySite, wishesView } from "./wish-view.ts";

/** Everything known of a site, as read from the store. */
export interface SiteFacts {
  readonly id: string;
  readonly name: string;
  readonly policy: Policy;
  readonly sensor: {
    readonly id: string;
    readonly state: "never-seen" | "online" | "offline";
    readonly stateSince: number | null;
    readonly hello: Hello | null;
    readonly pulse: Pulse | null;
    readonly reported: Reported | null;
    /** When the report arrived, by the controller's clock. */
    readonly reportedAt: number | null;
    readonly line: LineState | null;
    readonly desiredRevision: number;
    readonly identity: SensorView["identity"];
    /** Troubles that the controller has with it. */
    readonly health: readonly Health[];
  };
  readonly hosts: readonly HostSnapshot[];
  /** Not yet seen to be gone. */
  readonly containments: readonly AskedContainment[];
  /** Null where nobody has said how it is to be. */
  readonly reflexWish: ReflexWish | null;
  /** Whom the policy leaves alone. */
  readonly pardons: readonly Pardon[];
  /** What people wrote of machines, by host. */
  readonly particulars: ReadonlyMap<string, NonNullable<HostView["particulars"]>>;
  /** What is wished for more than one machine. */
  readonly wishes: SiteWishes;
  readonly series: SiteView["series"];
  /** Absent where nothing was read of it. */
  readonly atBox?: AtBoxView;
  /** Whom to call. */
  readonly contacts: readonly Contact[];
}

const nothingAtBox: AtBoxView = { delegatedUntil: null, isWithheld: false, isLocal: false, deeds: [], twoWords: [] };

// What this release does not know of what a box tells may be of megabytes: the list of all sites does not carry it.

function knownHealth({ code, severity, since, text }: Health): Health {
  return { code, severity, since, text };
}

function knownLine(line: LineState | null): LineState | null {
  if (line === null) return null;
  const { state, since, text, trouble } = line;
  if (trouble === undefined) return { state, since, text };
  const { kind, host } = trouble;
  return { state, since, text, trouble: { kind, since: trouble.since, host, text: trouble.text } };
}

function knownBoot({ forwardingMs, listeningMs, judgingMs }: NonNullable<Reported["boot"]>): SensorView["boot"] {
  return {
    ...(forwardingMs === undefined ? {} : { forwardingMs }),
    ...(listeningMs === undefined ? {} : { listeningMs }),
    ...(judgingMs === undefined ? {} : { judgingMs }),
  };
}

function sensorView(facts: SiteFacts): SensorView {
  const { sensor } = facts;
  const { hello, pulse, reported } = sensor;
  return {
    id: sensor.id,
    state: sensor.state === "offline" ? "silent" : sensor.state,
    since: sensor.stateSince,
    software: hello?.software ?? null,
    identity: sensor.identity,
    placement: reported?.placement ?? hello?.placement.kind ?? null,
    placementReasons: hello?.placement.reasons ?? [],
    blindSpots: hello?.placement.blindSpots ?? [],
    canContain: hello?.canContain ?? false,
    kernelFeatures: hello?.kernelFeatures ?? {},
    desiredRevision: sensor.desiredRevision,
    reportedRevision: reported?.revision ?? 0,
    reportedAt: sensor.reportedAt,
    health: [...(reported?.health ?? []), ...sensor.health].map(knownHealth),
    boot: reported?.boot === undefined ? null : knownBoot(reported.boot),
    pastRules: reported?.pastRules ?? null,
    figures:
      pulse === null
        ? null
        : {
            at: pulse.at,
            contacts: pulse.contacts,
            packetsStopped: pulse.packetsStopped,
            packetsSeen: pulse.packetsSeen,
            packetsLimited: pulse.packetsLimited,
          },
  };
}

function hearingOf({ sensor: { reported, reportedAt, state } }: SiteFacts): Hearing {
  return { placement: reported?.placement ?? null, reportedAt, isSilent: state === "offline" };
}

function containmentViews(facts: SiteFacts, time: TimeText): ContainmentView[] {
  const { reported } = facts.sensor;
  const hearing = hearingOf(facts);
  const told = reported === null ? [] : everyContainment(reported);
  const asked = facts.containments.map((wish) =>
    containmentView(wish, told.find((containment) => containment.id === wish.id) ?? null, hearing, time),
  );
  // What the kernel holds is shown even where nobody here remembers asking for it.
  const unasked = told
    .filter(
      (containment) =>
        !facts.containments.some((wish) => wish.id === containment.id) && containment.inForceSince !== null,
    )
    .map((containment) => containmentView(null, containment, hearing, time));
  const pardoned = new Set(facts.pardons.map(({ host }) => host));
  const automatic = (reported?.automatic ?? []).map((containment) => {
    const view = containmentView(null, containment, hearing, time);
    return view === null ? null : { ...view, releasing: pardoned.has(containment.host) };
  });
  return [...asked, ...unasked, ...automatic].filter((view) => view !== null);
}

/** What a person says that a machine is for, and whether the box goes by that. */
function dutyOf(host: string, { wishes, sensor }: SiteFacts): HostView["duty"] {
  const declared = wishes.duties.find((each) => each.host === host);
  if (declared === undefined) return null;
  const followed = sensor.reported?.duties?.find((each) => each.host === host);
  return { ...declared, isFollowed: followed?.duty === declared.duty && followed.at === declared.at };
}

/** The page of a site. */
export function siteView(facts: SiteFacts, time: TimeText, vendorOf: VendorOf = () => null): SiteView {
  const sensor = sensorView(facts);
  const containments = containmentViews(facts, time);
  const known = new Set(facts.hosts.map((host) => host.host));
  const strangers = new Set(containments.map((containment) => containment.host).filter((host) => !known.has(host)));
  const hosts = [
    ...facts.hosts.map((host) =>
      hostView(host, containments, facts.pardons, {
        duty: dutyOf(host.host, facts),
        cutWith: cutWith(host.host, facts.sensor.reported),
        particulars: facts.particulars.get(host.host) ?? null,
        vendorOf,
      }),
    ),
    ...[...strangers].map((host) => strangerView(host, containments)),
  ].sort(byStrangeness);
  const { reported } = facts.sensor;
  const told = [...(reported?.containments ?? []), ...(reported?.automatic ?? [])];
  const containedHosts = new Set(
    hosts
      .filter((host) => host.verdict === "infected")
      .filter(
        (host) =>
          isContained(host, told, reported?.placement ?? null) ||
          isContainedBySite(host, { wishes: facts.wishes, reported }),
      )
      .map((host) => host.host),
  );
  const cutHosts = new Set(
    hosts
      .filter((host) => host.cutWith !== null || isCut(host, told, reported?.placement ?? null))
      .map(({ host }) => host),
  );
  const wishes = wishesView(facts.wishes, reported, hearingOf(facts), time);
  const count = (verdict: HostSnapshot["verdict"]) => hosts.filter((host) => host.verdict === verdict).length;
  const said: SentenceFacts = {
    sensor,
    placement: sensor.placement,
    canContain: sensor.canContain,
    line: facts.sensor.line,
    lineChecks: reported?.lineChecks ?? [],
    health: sensor.health,
    hosts,
    containedHosts,
    cutHosts,
    lineCut: wishes.lineCut,
    time,
  };
  const opening = siteSentence(said);
  return {
    id: facts.id,
    name: facts.name,
    policy: facts.policy,
    sensor,
    line: knownLine(facts.sensor.line),
    counts: {
      hosts: hosts.length,
      infected: count("infected"),
      suspect: count("suspect"),
      watched: count("watched"),
      clear: count("clear"),
      unheard: hosts.filter(({ verdict, contacts }) => verdict === "clear" && contacts === 0).length,
      contained: containedHosts.size,
    },
    ...opening,
    row: siteRow(said, opening.sentence),
    hosts,
    reflex: {
      wish: facts.reflexWish ?? defaultReflex,
      reported: reported?.reflex ?? null,
      reportedAt: facts.sensor.reportedAt,
    },
    policyEffects: policies.map((policy) => policyEffect(policy, hosts, sensor.placement)),
    ...wishes,
    remedies: reported?.remedies ?? null,
    probation: reported?.probation ?? null,
    reportedPolicy: reported?.policy ?? null,
    series: facts.series,
    lineChecks: reported?.lineChecks ?? [],
    atBox: facts.atBox ?? nothingAtBox,
    contacts: [...facts.contacts],
  };
}

/** The row of a site in the fleet list. */
export function siteSummary(facts: SiteFacts, time: TimeText): SiteSummary {
  const { id, name, policy, sensor, line, counts, sentence, cause, row } = siteView(facts, time);
  return { id, name, policy, sensor, line, counts, sentence, cause, row };
}

/** Worst first: open lines, then silent boxes, then by name. */
export function byUrgency(a: SiteSummary, b: SiteSummary): number {
  const weight = (site: SiteSummary) =>
    (site.counts.infected - site.counts.contained) * 1_000 +
    (site.sensor.state === "silent" ? 500 : 0) +
    site.counts.suspect;
  return weight(b) - weight(a) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
