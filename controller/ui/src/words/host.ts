import {
  isLocallyAdministered,
  machineName,
  type HostClass,
  type Sweep,
  type Vector,
  type Verdict,
} from "@cordon/contract";
import type { HostView } from "../../../src/api/view.ts";
import { said } from "../language/said.ts";
import { currentLanguage, msg, words } from "../language/message.ts";

/** What a person calls a machine: its own name, else its address, else its key. */
export function hostName(host: Pick<HostView, "name" | "names" | "addresses" | "host">): string {
  return machineName(host);
}

const sourceWords = words({
  dhcp: "when it asked for an address",
  mdns: "to its neighbours (Bonjour)",
  netbios: "to its neighbours (Windows)",
  llmnr: "when it was asked for (LLMNR)",
});

/** Where a name was heard, in words; a source that is not known here is said as it is told. */
export function nameSourceWords(source: string): string {
  return Object.hasOwn(sourceWords, source) ? sourceWords[source as keyof typeof sourceWords] : source;
}

/** A role for people: "mail server"; empty where none is known. */
export function roleWords({ name }: HostView["role"]): string {
  return name === "unknown" ? "" : said(name.replaceAll("-", " "));
}

/** Who made a machine's card, or that nobody did. */
export function makerWords(mac: string, vendor: string | null): string {
  if (isLocallyAdministered(mac)) return msg`nobody: a private MAC`;
  return vendor ?? msg`not known`;
}

export const verdictWords = words<Readonly<Record<Verdict, string>>>({
  clear: "Clear",
  watched: "Watched",
  suspect: "Suspect",
  infected: "Infected",
});

/** A verdict within a sentence: "DESK-07 is infected". */
export const verdictInSentence = words<Readonly<Record<Verdict, string>>>({
  clear: "clear",
  watched: "watched",
  suspect: "suspect",
  infected: "infected",
});

export const classWords = words<Readonly<Record<HostClass, string>>>({
  "mass-mailer": "mass mailer",
  scanner: "scanning worm",
});

/** A vector as the subject of a sentence: "Mail stopped". */
export const vectorWords = words<Readonly<Record<Vector | Sweep, string>>>({
  mail: "mail",
  smb: "Windows file sharing",
  telnet: "telnet",
  rdp: "remote desktop",
  ssh: "secure shell",
  sql: "database access",
  web: "web",
  other: "other traffic",
  ping: "pinging",
  arp: "search for machines",
});

/** The same words with a capital, to open a sentence or a label. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Lower case, so that a sentence can follow a colon; words in capitals stay as they are, and so do other languages. */
export function uncapital(text: string): string {
  if (currentLanguage() !== null) return text;
  return /^[A-Z][a-z]/.test(text) ? text.slice(0, 1).toLowerCase() + text.slice(1) : text;
}

/** A text, the controller's or a box's too, as a sentence that ends in a full stop. */
export function sentence(text: string): string {
  const trimmed = capital(said(text.trim()));
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** Scores at which the verdict changes: see the contract's `HostSnapshot.score`. */
export const thresholds = { watched: 1, suspect: 3, infected: 6 } as const;

/**
 * Strangeness, 0 to 100: the balance of the ledger, bent so that each verdict has its own stretch
 * of the bar (watched from 20, suspect from 50, infected from 90) and a hundred is never a claim
 * below twice the last threshold.
 */
export function strangeness(score: number): number {
  const knots = [
    [0, 0],
    [thresholds.watched, 20],
    [thresholds.suspect, 50],
    [thresholds.infected, 90],
    [2 * thresholds.infected, 100],
  ] as const;
  let [fromScore, fromValue]: readonly [number, number] = knots[0];
  if (score <= fromScore) return 0;
  for (const [toScore, toValue] of knots) {
    if (score < toScore) {
      return Math.round(fromValue + ((score - fromScore) / (toScore - fromScore)) * (toValue - fromValue));
    }
    [fromScore, fromValue] = [toScore, toValue];
  }
  return 100;
}

const rank: Readonly<Record<Verdict, number>> = { infected: 3, suspect: 2, watched: 1, clear: 0 };
// By far quicker than a comparison of two strings that finds out each time how to compare.
const byName = new Intl.Collator("en", { numeric: true });
// A page is drawn anew each second, and its machines are sorted when they change.
const sortedOf = new WeakMap<readonly HostView[], readonly HostView[]>();

const isUnheard = ({ verdict, contacts }: HostView): number => Number(verdict === "clear" && contacts === 0);

/** Strangest first; among equals the name decides, so that rows do not jump between fetches. The same array for the same machines. */
export function byStrangeness(hosts: readonly HostView[]): readonly HostView[] {
  const known = sortedOf.get(hosts);
  if (known !== undefined) return known;
  const named = hosts.map((host) => ({ host, name: hostName(host) }));
  named.sort(
    (a, b) =>
      rank[b.host.verdict] - rank[a.host.verdict] ||
      // Of whom nothing was heard nothing is known: that comes last, not between.
      isUnheard(a.host) - isUnheard(b.host) ||
      b.host.score - a.host.score ||
      byName.compare(a.name, b.name),
  );
  const sorted = named.map(({ host }) => host);
  sortedOf.set(hosts, sorted);
  return sorted;
}
