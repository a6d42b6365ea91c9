import {
  honestLevel,
  isAutomatic,
  levelSentence,
  type Enforcement,
  type HostSnapshot,
  type Level,
  type LevelFacts,
  type Placement,
  type AnyReportedContainment,
  type ReportedAutomatic,
  type Sweep,
  type Vector,
} from "@cordon/contract";
import type { ContainmentView } from "../api/view.ts";
import type { TimeText } from "./time-text.ts";

/** A containment as the records hold it. */
export interface AskedContainment {
  readonly id: string;
  readonly kind: "throttle" | "vector" | "quarantine";
  readonly vector: Vector | Sweep | null;
  readonly host: string;
  readonly reason: string;
  readonly author: string;
  readonly askedAt: number;
  readonly expiresAt: number | null;
  /** True where the desired document no longer carries it. */
  readonly isDropped: boolean;
}

/** What the sensor last said. */
export interface Hearing {
  /** Null before its first report. */
  readonly placement: Placement | null;
  /** When it last reported, by the controller's clock; null before its first report. */
  readonly reportedAt: number | null;
  readonly isSilent: boolean;
}

function enforcementOf(level: Level): Enforcement {
  switch (level) {
    case "none":
      return "absent";
    case "unconfirmed":
      return "unknown";
    case "simulated":
      return "simulated";
    case "throttled":
    case "vector-stopped":
    case "internet-cut":
    case "gateway-cut":
      return "in-force";
  }
}

/** What a reported containment may be called at most, given where the box stands. */
export function levelFactsOf(reported: AnyReportedContainment | ReportedAutomatic, placement: Placement): LevelFacts {
  return { wish: reported, placement, enforcement: enforcementOf(reported.level) };
}

/** What a vector is called within a sentence. */
export const vectorNoun: Readonly<Record<Vector | Sweep, string>> = {
  mail: "mail",
  smb: "Windows file sharing",
  telnet: "telnet",
  rdp: "remote desktop",
  ssh: "secure shell",
  sql: "database access",
  web: "web",
  other: "traffic",
  ping: "pinging",
  arp: "search by ARP",
};

function heldSentence(facts: LevelFacts, when: string): string {
  switch (honestLevel(facts)) {
    case "internet-cut":
    case "gateway-cut":
      return `Was cut off when last heard, ${when}.`;
    case "throttled":
      if (facts.wish.vector === "arp") return `Its ${vectorNoun.arp} was limited when last heard, ${when}.`;
      return `Its new contacts were limited when last heard, ${when}.`;
    case "vector-stopped":
      return `Its ${vectorNoun[facts.wish.vector ?? "other"]} was stopped when last heard, ${when}.`;
    case "simulated":
      return `Was simulated when last heard, ${when}.`;
    case "none":
      return `Was not stopped when last heard, ${when}.`;
    case "unconfirmed":
      return `Asked; not confirmed when last heard, ${when}.`;
  }
}

/**
 * One containment for a person: what was asked beside what was reached. One of the two sides may be
 * missing, not both.
 */
export function containmentView(
  asked: AskedContainment | null,
  reported: AnyReportedContainment | ReportedAutomatic | null,
  hearing: Hearing,
  time: TimeText,
): ContainmentView | null {
  const wish = asked ?? (reported === null ? null : { ...reported, askedAt: reported.startsAt, isDropped: true });
  if (wish === null) return null;
  const isByPolicy = reported !== null && isAutomatic(reported);
  const base = {
    id: wish.id,
    kind: wish.kind,
    vector: wish.kind === "quarantine" ? null : wish.vector,
    host: wish.host,
    reason: wish.reason,
    author: wish.author,
    askedAt: wish.askedAt,
    expiresAt: wish.expiresAt,
    releasing: asked !== null && asked.isDropped,
    automatic: isByPolicy,
    evidence: isByPolicy ? reported.evidence : [],
  };
  if (reported === null || hearing.placement === null) {
    return {
      ...base,
      level: "unconfirmed",
      levelText: `Asked ${time.clock(wish.askedAt)}; the box has not confirmed.`,
      inForceSince: null,
      packetsStopped: 0,
      hiddenStopped: null,
      lastStoppedAt: null,
      reportedAt: null,
      refusal: null,
    };
  }
  const facts = levelFactsOf(reported, hearing.placement);
  const level = honestLevel(facts);
  let levelText = levelSentence(facts);
  if (hearing.isSilent) levelText = heldSentence(facts, time.clock(hearing.reportedAt ?? 0));
  else if (level === "unconfirmed") {
    levelText = `${isByPolicy ? "Taken by the policy" : "Asked"} ${time.clock(wish.askedAt)}; the box has not confirmed.`;
  }
  return {
    ...base,
    // A box that fell silent vouches for nothing now.
    level: hearing.isSilent ? "unconfirmed" : level,
    levelText,
    inForceSince: reported.inForceSince,
    packetsStopped: reported.packetsStopped,
    hiddenStopped: reported.hiddenStopped ?? null,
    lastStoppedAt: reported.lastStoppedAt,
    reportedAt: hearing.reportedAt,
    refusal: reported.refusal,
  };
}

/** Whether a host was cut off, and not only kept from spreading, as last reported. */
export function isCut(
  host: Pick<HostSnapshot, "host">,
  reported: readonly (AnyReportedContainment | ReportedAutomatic)[],
  placement: Placement | null,
): boolean {
  if (placement === null) return false;
  return reported.some((containment) => {
    if (containment.host !== host.host) return false;
    const level = honestLevel(levelFactsOf(containment, placement));
    return level === "internet-cut" || level === "gateway-cut";
  });
}

/**
 * Whether a host's infection is contained as last reported: cut off, or the way it spreads is
 * stopped. A silent box keeps what its kernel holds, so silence alone does not open the line.
 */
export function isContained(
  host: { readonly host: string; readonly vector: Vector | null },
  reported: readonly (AnyReportedContainment | ReportedAutomatic)[],
  placement: Placement | null,
): boolean {
  if (placement === null) return false;
  return reported.some((containment) => {
    if (containment.host !== host.host) return false;
    const level = honestLevel(levelFactsOf(containment, placement));
    if (level === "internet-cut" || level === "gateway-cut") return true;
    return level === "vector-stopped" && containment.vector !== null && containment.vector === host.vector;
  });
}
