import {
  covers,
  rungOf,
  rungsOf,
  type AnyContainment,
  type AutomaticContainment,
  type Evidence,
  type HostSnapshot,
  type Pardon,
  type Policy,
  type Rung,
} from "@cordon/contract";
import { hasBegun, isOver, type ContainmentTime } from "./plan.ts";

/**
 * What the site's policy contains by itself, as a pure step from what it held before. It looks at
 * verdicts alone: what a machine does meanwhile changes nothing, so a person's release is not undone
 * by its next packet.
 */

/** One that was taken, and since when its host has looked better than it; null where it does not. */
export interface Taken {
  readonly containment: AutomaticContainment;
  /** Monotonic milliseconds. */
  readonly betterSince: number | null;
}

export interface AutomaticInput {
  readonly policy: Policy;
  /** False where nothing can be stopped from here: then nothing is taken. */
  readonly canContain: boolean;
  /** Every accused host, and those of `before` that are still known. */
  readonly hosts: readonly HostSnapshot[];
  /** MACs of machines that a person vouched for. */
  readonly declared: ReadonlySet<string>;
  /** MACs of machines that the site cannot do without, and were so before anything was known against them. */
  readonly anchors: ReadonlySet<string>;
  readonly pardons: readonly Pardon[];
  /** What persons wish for. */
  readonly wished: readonly AnyContainment[];
  readonly before: readonly Taken[];
  readonly time: ContainmentTime & { readonly monotonic: number };
  /** Gives a name that was never given. */
  readonly newId: () => string;
}

export interface AutomaticOutcome {
  readonly taken: readonly Taken[];
  /** Why those ended that did, in a sentence each, by id. */
  readonly ended: ReadonlyMap<string, string>;
  /** Something that a restart has to know. */
  readonly isChange: boolean;
  /** Hosts that were left alone for want of room. */
  readonly leftOut: number;
}

/** How long one holds after it was last warranted, by trusted time: a machine that was switched off over night comes back cut. */
export const automaticLifeMs = 24 * 3_600_000;
// Each renewal is a write to the disk and a report.
const renewAfterMs = 4 * 3_600_000;
/** A verdict on the border falls and rises again; a fall counts that has lasted so long. */
export const betterForMs = 600_000;
/**
 * A machine that makes up hardware addresses earns one verdict for each. An office has fewer
 * machines than this, and those that were there first have their place.
 */
export const maxAutomatic = 128;
// Without a time that it ever knew for certain, a box counts from 1970.
const knownTimeFrom = Date.UTC(2026, 0, 1);

/** What is to be held now. */
export function takeAutomatic(input: AutomaticInput): AutomaticOutcome {
  const ended = new Map<string, string>();
  const hostsByMac = new Map(input.hosts.flatMap((host) => (host.mac === null ? [] : [[host.mac, host] as const])));
  let isChange = false;
  const standing: Taken[] = [];
  for (const before of input.before) {
    const host = hostsByMac.get(before.containment.host);
    const betterSince = isBetter(host) ? (before.betterSince ?? input.time.monotonic) : null;
    const why = whyEnded({ ...before, betterSince }, input, host);
    if (why !== null) {
      ended.set(before.containment.id, why);
      continue;
    }
    const containment = renewed(before.containment, host, input.time.trusted);
    isChange ||= containment !== before.containment;
    standing.push({ containment, betterSince });
  }
  const taken = new Map<string, Taken[]>();
  for (const each of standing) taken.set(each.containment.host, [...(taken.get(each.containment.host) ?? []), each]);

  let count = standing.length;
  let leftOut = 0;
  for (const host of input.hosts.toSorted(byDueTurn)) {
    const rung = dueFor(host, input);
    if (rung === null || host.mac === null) continue;
    const own = taken.get(host.mac) ?? [];
    const isHeld = (held: Parameters<typeof covers>[0]): boolean => covers(held, rung);
    if (own.some(({ containment }) => isHeld(containment))) continue;
    if (input.wished.some((wish) => wish.host === host.mac && isInForce(wish, input.time) && isHeld(wish))) continue;
    const weaker = own.filter(({ containment }) => covers(rung, containment));
    if (count - weaker.length >= maxAutomatic) {
      leftOut += 1;
      continue;
    }
    for (const { containment } of weaker) ended.set(containment.id, "Something stronger took its place.");
    const containment = newContainment(host, rung, input);
    taken.set(host.mac, [...own.filter((each) => !weaker.includes(each)), { containment, betterSince: null }]);
    count += 1 - weaker.length;
    isChange = true;
  }
  return { taken: [...taken.values()].flat(), ended, isChange: isChange || ended.size > 0, leftOut };
}

/** The pardon that holds. It ends as containments do, by a time that is never ahead of the truth. */
function pardonOf(mac: string, pardons: readonly Pardon[], time: ContainmentTime): Pardon | undefined {
  return pardons.find(({ host, until }) => host === mac && (until === null || until > time.trusted));
}

function dueFor(host: HostSnapshot, input: AutomaticInput): Rung | null {
  const { policy, canContain, declared, anchors, pardons, time } = input;
  if (!canContain || host.mac === null || declared.has(host.mac) || anchors.has(host.mac)) return null;
  if (pardonOf(host.mac, pardons, time) !== undefined) return null;
  return rungOf(policy, host);
}

/**
 * A role that a machine earns while it is held does not let it go: it could talk itself free by
 * answering a question for a name.
 */
function whyEnded({ containment, betterSince }: Taken, input: AutomaticInput, host?: HostSnapshot): string | null {
  const { policy, canContain, declared, pardons, time } = input;
  const pardon = pardonOf(containment.host, pardons, time);
  if (pardon !== undefined) return `${pardon.author} released it: ${pardon.reason}`;
  if (declared.has(containment.host)) return "A person declared it a server.";
  if (!canContain) return "Nothing can be stopped from where the box stands.";
  if (!rungsOf[policy].includes(containment.kind)) return `The policy is ${policy} now.`;
  if (betterSince !== null && time.monotonic - betterSince >= betterForMs) {
    return `Its verdict fell to ${host?.verdict ?? "clear"}.`;
  }
  // While its host is accused it is renewed and has no end.
  const isWarranted = host !== undefined && !isBetter(host);
  const isAnchored = containment.startsAt >= knownTimeFrom || time.trusted < knownTimeFrom;
  if (!isWarranted && isAnchored && isOver(containment, time)) return "Its time was over.";
  return null;
}

function isBetter(host: HostSnapshot | undefined): boolean {
  return host !== undefined && (host.verdict === "clear" || host.verdict === "watched");
}

function renewed(containment: AutomaticContainment, host: HostSnapshot | undefined, trusted: number) {
  const expiresAt = trusted + automaticLifeMs;
  // Taken before the box knew the time: nobody knows how long ago that is, so it counts from now.
  if (containment.startsAt < knownTimeFrom && trusted >= knownTimeFrom) {
    return { ...containment, startsAt: trusted, expiresAt };
  }
  const isWarranted = host !== undefined && !isBetter(host);
  const isDue = expiresAt - (containment.expiresAt ?? 0) >= renewAfterMs;
  return isWarranted && isDue ? { ...containment, expiresAt } : containment;
}

function newContainment(host: HostSnapshot, rung: Rung, input: AutomaticInput): AutomaticContainment {
  const { time, policy, newId } = input;
  const evidence = ledgerCarried(host.evidence);
  const verdict = host.verdict === "infected" ? "Infected" : "Suspect";
  const heaviest = evidence.find((line) => line.for)?.text ?? "the ledger says so";
  return {
    id: newId(),
    ...rung,
    host: host.mac ?? host.host,
    reason: `${verdict}: ${heaviest}`.slice(0, 500),
    author: `Cordon, policy ${policy}`,
    // By the box's clock, a start years ahead would not have begun once that is set right.
    startsAt: time.trusted,
    expiresAt: time.trusted + automaticLifeMs,
    evidence,
  };
}

const linesFor = 5;
const linesAgainst = 3;

/** The heaviest lines of either side, those for first. */
function ledgerCarried(evidence: readonly Evidence[]): Evidence[] {
  const heaviest = (isFor: boolean, count: number) =>
    evidence
      .filter((line) => line.for === isFor)
      .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
      .slice(0, count);
  return [...heaviest(true, linesFor), ...heaviest(false, linesAgainst)];
}

/** Where room is short: the infected before the suspect, and whoever has been there longest first. */
function byDueTurn(a: HostSnapshot, b: HostSnapshot): number {
  const rank = ({ verdict }: HostSnapshot): number => (verdict === "infected" ? 0 : 1);
  return rank(a) - rank(b) || a.firstSeenAt - b.firstSeenAt || (a.host < b.host ? -1 : 1);
}

function isInForce(wish: AnyContainment, time: ContainmentTime): boolean {
  return hasBegun(wish, time) && !isOver(wish, time);
}
