import type { Judged } from "./judge-entry.ts";

/** One family of captures, judged by a threshold that was fitted to all others. */
export interface FamilyRow {
  readonly family: string;
  readonly detect: number;
  readonly benign: number;
  /** The score from which a machine is accused with no false alarm in the other families. */
  readonly fitted: number;
  readonly detected: number;
  readonly falseAlarms: number;
}

/** Scores that are tried as a threshold, the most eager first. */
const candidates: readonly number[] = Array.from({ length: 21 }, (_, index) => 1 + index / 4);

interface Figures {
  readonly family: string;
  readonly culprits: readonly number[];
  readonly innocents: readonly number[];
}

/** The table over all families that hold something to be found or somebody to be left alone. */
export function leaveOneOut(judged: readonly Judged[]): FamilyRow[] {
  const figures = [...groups(judged)].map(([family, members]) => figuresOf(family, members));
  return figures
    .filter(({ culprits, innocents }) => culprits.length + innocents.length > 0)
    .map((own) => {
      const others = figures.filter((other) => other !== own);
      const highest = Math.max(0, ...others.flatMap(({ innocents }) => innocents));
      const fitted = candidates.find((candidate) => candidate > highest) ?? Number.POSITIVE_INFINITY;
      return {
        family: own.family,
        detect: own.culprits.length,
        benign: own.innocents.length,
        fitted,
        detected: own.culprits.filter((score) => score >= fitted).length,
        falseAlarms: own.innocents.filter((score) => score >= fitted).length,
      };
    })
    .sort((a, b) => b.detect - a.detect || b.benign - a.benign);
}

/** Captures of one origin resemble each other in more than what they show. */
function groups(judged: readonly Judged[]): Map<string, Judged[]> {
  const families = new Map<string, Judged[]>();
  for (const each of judged) {
    const family = each.entry.repo ?? each.entry.label;
    const members = families.get(family);
    if (members === undefined) families.set(family, [each]);
    else members.push(each);
  }
  return families;
}

function figuresOf(family: string, members: readonly Judged[]): Figures {
  const highest = (standings: Judged["standings"]): number =>
    Math.max(0, ...standings.map(({ highestScore }) => highestScore));
  const wanted = members.filter(({ entry }) => entry.expected === "detect" && entry.vantage !== "wan-inbound");
  const benign = members.filter(({ entry }) => entry.expected === "no-alert");
  return {
    family,
    culprits: wanted.map(({ accusable }) => highest(accusable)),
    innocents: benign.map(({ standings }) => highest(standings)),
  };
}
