/** Decides what goes into a channel's next message, and when that is due. */
import { isQuiet } from "./quiet-hours.ts";
import type { Channel } from "./channel.ts";
import { isInfection, weightOf, type Finding } from "./finding.ts";
import type { HostStanding } from "./host-standing.ts";

export interface GatherLimits {
  /** Nothing new for this long, and what waits is sent, ms. */
  readonly pauseMs: number;
  /** At the latest after this, ms: a worm takes a machine every few seconds. */
  readonly longestMs: number;
}

export const defaultGatherLimits: GatherLimits = { pauseMs: 10_000, longestMs: 60_000 };

/**
 * Of what waits, what is told now; empty where it is not due. In quiet hours that is an infected machine that is not
 * contained, and nothing else: all that is asked of a person at night is to cut off what no box has.
 */
export function dueOf<T extends { readonly finding: Finding }>(
  waiting: readonly T[],
  channel: Pick<Channel, "quietHours">,
  standings: ReadonlyMap<Finding, HostStanding>,
  now: number,
  limits: GatherLimits,
): readonly T[] {
  const told = isQuiet(channel.quietHours, now)
    ? waiting.filter(({ finding }) => standings.get(finding)?.isContained === false)
    : waiting;
  if (told.length === 0) return [];
  const times = told.map(({ finding }) => finding.at);
  const isPaused = now - Math.max(...times) >= limits.pauseMs;
  return isPaused || now - Math.min(...times) >= limits.longestMs ? told : [];
}

/**
 * The findings as they are told: with the next step as it is now, the worst first, sites by turns, and what came into force for a machine
 * within what is said of that machine.
 */
export function told(findings: readonly Finding[], standings: ReadonlyMap<Finding, HostStanding>): readonly Finding[] {
  const cut = new Set<string>();
  for (const finding of findings) {
    if (isInfection(finding) && standings.get(finding)?.isContained === true)
      cut.add(`${finding.siteId} ${finding.host}`);
  }
  // One machine that went from suspect to infected meanwhile is one thing.
  const infected = new Set(findings.filter(isInfection).map(({ siteId, host }) => `${siteId} ${host}`));
  const kept = findings.filter((finding) => {
    const key = `${finding.siteId} ${finding.host ?? ""}`;
    if (finding.kind === "containment" && finding.severity === "info") return !cut.has(key);
    return finding.kind !== "host" || isInfection(finding) || !infected.has(key);
  });
  const sorted = kept
    .map((finding) => {
      const standing = standings.get(finding);
      return standing === undefined ? finding : { ...finding, nextStep: standing.nextStep };
    })
    .sort((a, b) => weightOf(b) - weightOf(a) || byName.compare(a.label, b.label));
  return byTurns(sorted);
}

// DESK-2 comes before DESK-10.
const byName = new Intl.Collator("en", { numeric: true });

/** Of what is equally bad, one of each site by turns: a message lists its first, and no site's come before all of another's. */
function byTurns(sorted: readonly Finding[]): readonly Finding[] {
  const places = new Map<string, number>();
  return sorted
    .map((finding) => {
      const weight = weightOf(finding);
      const key = `${weight} ${finding.siteId}`;
      const turn = places.get(key) ?? 0;
      places.set(key, turn + 1);
      return { finding, weight, turn };
    })
    .sort((a, b) => b.weight - a.weight || a.turn - b.turn)
    .map(({ finding }) => finding);
}
