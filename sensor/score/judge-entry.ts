import { join } from "node:path";
import { verdicts, type HostSnapshot, type Verdict } from "@cordon/contract";
import { isMiss, type Contact } from "../src/connection/contact.ts";
import { isPropagationClass } from "../src/connection/port-class.ts";
import { SensorError } from "../src/errors.ts";
import { judgeCapture, type CaptureReport } from "../src/replay/judge-capture.ts";
import { insideOf } from "./inside.ts";
import { infectedAddresses, onsetOf, type Entry } from "./manifest.ts";

/** The worst that was ever said of one machine of a capture. */
export interface Standing {
  readonly host: HostSnapshot;
  readonly worst: Verdict;
  readonly highestScore: number;
  /** When it was last suspect or infected; null where it never was. */
  readonly lastAccusedAt: number | null;
}

export type ContactKind = "any" | "heard" | "propagation";

/** One labelled capture and what judging it came to. */
export interface Judged {
  readonly entry: Entry;
  /** Null where nothing of the file could be read. */
  readonly report: CaptureReport | null;
  /** Why reading ended early or failed; null for a sound file. */
  readonly error: SensorError | null;
  /** Those that the manifest names; all, where it names none. */
  readonly accusable: readonly Standing[];
  readonly standings: readonly Standing[];
  /**
   * First contacts that became final, with how many failed: all of them; those of machines whom somebody answers, of which
   * a miss says something; and those on ports of worms.
   */
  readonly contacts: Readonly<Record<ContactKind, { readonly made: number; readonly failed: number }>>;
}

/** Judges one file as replay does, and keeps what was said in between. */
export async function judgeEntry(folder: string, entry: Entry, isDoubled = false): Promise<Judged> {
  const path = join(folder, entry.file);
  const standings = new Map<string, Standing>();
  const none = () => ({ made: 0, failed: 0 });
  const contacts = { any: none(), heard: none(), propagation: none() };
  const count = (contact: Contact, isHeard: boolean): void => {
    const isPropagation = isPropagationClass(contact.portClass);
    const kinds: readonly (ContactKind | false)[] = ["any", isHeard && "heard", isPropagation && "propagation"];
    for (const kind of kinds) {
      if (kind === false) continue;
      contacts[kind].made += 1;
      if (isMiss(contact.outcome)) contacts[kind].failed += 1;
    }
  };
  const keep = (changed: readonly HostSnapshot[], at: number): void => {
    for (const host of changed) standings.set(host.host, worse(standings.get(host.host), host, at));
  };
  try {
    const inside = await insideOf(path, entry);
    const report = await judgeCapture(path, { inside, isDoubled, changed: keep, contactConfirmed: count });
    keep(report.hosts, report.endedAt ?? 0);
    // A machine that got another key on the way (an address, then its MAC) is one machine.
    const known = new Set(report.hosts.map(({ host }) => host));
    const kept = [...standings.values()].filter(({ host, worst }) => known.has(host.host) || isAccusation(worst));
    return {
      entry,
      report,
      error: report.error,
      standings: kept,
      accusable: accusableOf(entry, kept, report),
      contacts,
    };
  } catch (error) {
    if (!(error instanceof SensorError)) throw error;
    return { entry, report: null, error, standings: [], accusable: [], contacts };
  }
}

export function isAccusation(verdict: Verdict): boolean {
  return verdicts.indexOf(verdict) >= verdicts.indexOf("suspect");
}

function worse(before: Standing | undefined, host: HostSnapshot, at: number): Standing {
  const isWorse = before === undefined || verdicts.indexOf(host.verdict) > verdicts.indexOf(before.worst);
  return {
    host,
    worst: isWorse ? host.verdict : before.worst,
    highestScore: Math.max(before?.highestScore ?? 0, host.score),
    lastAccusedAt: isAccusation(host.verdict) ? at : (before?.lastAccusedAt ?? null),
  };
}

/** Who may be accused rightly: the named machines, from their onset on. */
function accusableOf(entry: Entry, standings: readonly Standing[], report: CaptureReport): Standing[] {
  const named = new Set(infectedAddresses(entry));
  const onsetAt = (report.startedAt ?? 0) + onsetOf(entry) * 1000;
  return standings
    .filter(({ host }) => named.size === 0 || host.addresses.some((address) => named.has(address)))
    .map((standing) =>
      standing.lastAccusedAt === null || standing.lastAccusedAt >= onsetAt
        ? standing
        : { ...standing, worst: "watched", lastAccusedAt: null },
    );
}
