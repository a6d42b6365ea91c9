import { verdicts, type HostSnapshot } from "@cordon/contract";
import { isAccusation, type ContactKind, type Judged, type Standing } from "./judge-entry.ts";
import { failingShares, falseAlarmsOf as chanceOf, type FalseAlarmRow } from "./false-alarms.ts";
import { leaveOneOut, type FamilyRow } from "./leave-one-out.ts";
import { explainMiss } from "./explain-miss.ts";

/** One capture in which somebody was to be found. */
export interface Hunt {
  readonly file: string;
  readonly isSuspect: boolean;
  readonly isInfected: boolean;
  /** First contacts on the convicting vector until suspect; null where it never was. */
  readonly contactsBeforeSuspect: number | null;
  /** Kinds of evidence that speak against the machine, the heaviest first. */
  readonly kinds: readonly string[];
  /** What can be seen of it, where it was missed; null where it was found. */
  readonly whyMissed: string | null;
}

/** An innocent machine that was accused. */
export interface FalseAlarm {
  readonly file: string;
  readonly verdict: string;
  readonly score: number;
  readonly kinds: readonly string[];
}

/** A capture that says it lasted longer was put together, or its clock was wrong. */
const mostHours = 24;

/** Neighbours' shares, a terminal, a desktop or two: what a busy machine calls first in a day on ports of worms. */
const contactsPerDay = 100;

export interface Score {
  readonly hunts: readonly Hunt[];
  readonly benign: {
    readonly files: number;
    readonly hosts: number;
    readonly hostHours: number;
    /** Share of first contacts that fail, and how many there are on ports of worms per machine and day. */
    readonly failingShare: number;
    /** The same with machines that nobody answers, whose silence is a dead line's or half a capture's. */
    readonly silentShare: number;
    readonly propagation: { readonly made: number; readonly failed: number };
  };
  /** By the chain, for a day with so many first contacts on ports of worms. */
  readonly computed: { readonly contactsPerDay: number; readonly rows: readonly FalseAlarmRow[] };
  readonly families: readonly FamilyRow[];
  readonly falseAlarms: readonly FalseAlarm[];
  /** Captures in which little can be seen of the culprit: how many were noticed, `watched` or more. */
  readonly weak: { readonly files: number; readonly noticed: number; readonly suspect: number };
  /** From outside in: nobody inside is infected; told apart from what was to be found. */
  readonly inbound: { readonly files: number; readonly suspect: number };
  /** Accused where the label says that nobody inside is to blame. */
  readonly blamedVictims: number;
  /** Files that are only to be survived. */
  readonly odd: { readonly files: number; readonly judged: number; readonly refused: number };
  readonly contactsBeforeSuspect: { readonly median: number | null; readonly worst: number | null };
}

/** The captures' labels against what was said of their machines. Pure. */
export function scoreOf(judged: readonly Judged[]): Score {
  const wanted = judged.filter(({ entry }) => entry.expected === "detect");
  const inbound = wanted.filter(({ entry }) => entry.vantage === "wan-inbound");
  const hunts = wanted.filter((each) => !inbound.includes(each)).map(huntOf);
  const benign = judged.filter(({ entry }) => entry.expected === "no-alert");
  const weak = judged.filter(({ entry }) => entry.expected === "weak");
  const odd = judged.filter(({ entry }) => entry.expected === "no-crash" || entry.expected === "decode");
  const victims = judged.filter(({ entry }) => entry.expected === "n/a-victim-side");
  const contacts = hunts.flatMap((hunt) => hunt.contactsBeforeSuspect ?? []).sort((a, b) => a - b);
  return {
    hunts,
    benign: {
      files: benign.length,
      hosts: benign.reduce((sum, { standings }) => sum + standings.length, 0),
      hostHours: benign.reduce((sum, each) => sum + hostHoursOf(each), 0),
      failingShare: shareOf(benign, "heard"),
      silentShare: shareOf(benign, "any"),
      propagation: sumOf(benign, "propagation"),
    },
    computed: {
      contactsPerDay,
      rows: [shareOf(benign, "heard"), shareOf(benign, "any"), ...failingShares].map((share) =>
        chanceOf(share, contactsPerDay),
      ),
    },
    families: leaveOneOut(judged),
    falseAlarms: benign.flatMap(falseAlarmsOf),
    weak: {
      files: weak.length,
      noticed: weak.filter(({ accusable }) => accusable.some(({ worst }) => worst !== "clear")).length,
      suspect: weak.filter(({ accusable }) => accusable.some(({ worst }) => isAccusation(worst))).length,
    },
    inbound: { files: inbound.length, suspect: inbound.filter((each) => huntOf(each).isSuspect).length },
    blamedVictims: victims.filter(({ standings }) => standings.some(({ worst }) => isAccusation(worst))).length,
    odd: {
      files: odd.length,
      judged: odd.filter(({ report }) => report !== null).length,
      refused: odd.filter(({ report }) => report === null).length,
    },
    contactsBeforeSuspect: {
      median: contacts[Math.floor((contacts.length - 1) / 2)] ?? null,
      worst: contacts.at(-1) ?? null,
    },
  };
}

function huntOf(judged: Judged): Hunt {
  const standing = worstOf(judged.accusable);
  const isSuspect = standing !== null && isAccusation(standing.worst);
  return {
    file: judged.entry.file,
    isSuspect,
    isInfected: standing?.worst === "infected",
    contactsBeforeSuspect: isSuspect ? standing.host.contactsBeforeSuspect : null,
    kinds: standing === null ? [] : kindsAgainst(standing.host),
    whyMissed: isSuspect ? null : explainMiss(judged, standing),
  };
}

function worstOf(standings: readonly Standing[]): Standing | null {
  const rank = ({ worst, highestScore }: Standing): number => verdicts.indexOf(worst) * 100 + highestScore;
  return standings.reduce<Standing | null>(
    (best, next) => (best === null || rank(next) > rank(best) ? next : best),
    null,
  );
}

function falseAlarmsOf({ entry, standings }: Judged): FalseAlarm[] {
  return standings
    .filter(({ worst }) => isAccusation(worst))
    .map(({ host, worst, highestScore }) => ({
      file: entry.file,
      verdict: worst,
      score: highestScore,
      kinds: kindsAgainst(host),
    }));
}

export function kindsAgainst(host: HostSnapshot): string[] {
  const lines = host.evidence.filter((line) => line.for);
  return [...lines].sort((a, b) => b.weight - a.weight).map(({ kind, weight }) => `${kind} ${weight.toFixed(1)}`);
}

function sumOf(judged: readonly Judged[], kind: keyof Judged["contacts"]): { made: number; failed: number } {
  return judged.reduce(
    (sum, { contacts }) => ({
      made: sum.made + contacts[kind].made,
      failed: sum.failed + contacts[kind].failed,
    }),
    { made: 0, failed: 0 },
  );
}

function shareOf(judged: readonly Judged[], kind: ContactKind): number {
  const { made, failed } = sumOf(judged, kind);
  return made === 0 ? 0 : failed / made;
}

function hostHoursOf({ report, standings }: Judged): number {
  const { startedAt, endedAt } = report ?? { startedAt: null, endedAt: null };
  if (startedAt === null || endedAt === null) return 0;
  return Math.min(mostHours, (endedAt - startedAt) / 3_600_000) * standings.length;
}
