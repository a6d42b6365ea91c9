/** What changes of what was told, by what is seen now. Decides; reads and writes nothing but by what it hands back. */
import type { TimeText } from "../incident/time-text.ts";
import type { Rows } from "../store/schema.ts";
import { containmentSubject, type KnownMark } from "../store/notification-marks.ts";
import type { Finding } from "./finding.ts";
import { isSameMark, stepOf, type Mark, type Patience } from "./mark.ts";
import { snapshotOf, type ContainmentNotice, type Observation, type Seen } from "./observe.ts";
import { containmentFinding, endFinding, hostFinding, troubleFinding } from "./words.ts";

export interface PatienceLimits {
  /** How long a machine has to be neither suspect nor infected for the next time to be news, ms. */
  readonly hostCalmMs: number;
  /** How long a line or a box has to be in trouble, and out of it, ms. */
  readonly troubleHoldMs: number;
  readonly troubleCalmMs: number;
}

export interface Change {
  readonly siteId: string;
  readonly subject: string;
  readonly mark: Mark | null;
  /** Makes the finding where there is news. */
  readonly finding: ((rows: Rows, siteName: string) => Promise<Finding | null>) | null;
}

/** A site's and a subject's place in a map. */
export function keyOf({ siteId, subject }: { readonly siteId: string; readonly subject: string }): string {
  return `${siteId}\n${subject}`;
}

/** What stands when there is somebody to tell for the first time: known from now on, and no news. */
export function standingChanges({ observations }: Seen, now: number): Change[] {
  return observations.flatMap(({ siteId, subject, level }): Change[] => {
    if (level === null) return [];
    const mark = { told: level.name, rank: level.rank, since: now, calmSince: null };
    return [{ siteId, subject, mark, finding: null }];
  });
}

export interface ChangeOptions {
  readonly now: number;
  readonly time: TimeText;
  readonly limits: PatienceLimits;
}

/** What began, became worse and ended of all that has a state; of each site the worst first. */
export function stateChanges(
  seen: Seen,
  marks: readonly KnownMark[],
  { now, time, limits }: ChangeOptions,
): readonly Change[] {
  const known = new Map(marks.map((each) => [keyOf(each), each]));
  const observed = new Set<string>();
  const changes: { readonly rank: number; readonly change: Change }[] = [];
  for (const observation of seen.observations) {
    const { siteId, subject, level } = observation;
    const key = keyOf(observation);
    observed.add(key);
    if (level === null) continue;
    const before = known.get(key)?.mark ?? null;
    const { mark, news } = stepOf(before, level, now, patienceFor(subject, limits));
    if (isSameMark(before, mark)) continue;
    const finding = news === "raised" ? raised(observation, now, time) : null;
    changes.push({ rank: level.rank, change: { siteId, subject, mark, finding } });
  }
  for (const { siteId, subject, mark: before } of marks) {
    if (observed.has(keyOf({ siteId, subject }))) continue;
    // Of a line or a trouble whose box is silent nobody knows whether it is over.
    if (/^(line|health|box):/.test(subject) && !seen.heardSites.has(siteId)) continue;
    const { mark, news } = stepOf(before, null, now, patienceFor(subject, limits));
    if (isSameMark(before, mark)) continue;
    const finding =
      news === "ended"
        ? async (_: Rows, siteName: string) => endFinding({ siteId, siteName, at: now }, subject, before.since, time)
        : null;
    changes.push({ rank: 0, change: { siteId, subject, mark, finding } });
  }
  return changes.sort((a, b) => b.rank - a.rank).map(({ change }) => change);
}

function patienceFor(subject: string, { hostCalmMs, troubleHoldMs, troubleCalmMs }: PatienceLimits): Patience {
  if (subject.startsWith("host:")) return { holdMs: 0, calmMs: hostCalmMs };
  // Its silence has lasted already, and a box that is heard is back.
  if (subject.startsWith("box:")) return { holdMs: 0, calmMs: Math.min(troubleCalmMs, 30_000) };
  return { holdMs: troubleHoldMs, calmMs: troubleCalmMs };
}

function raised({ siteId, level, about }: Observation, now: number, time: TimeText): Change["finding"] {
  return async (rows, siteName) => {
    const place = { siteId, siteName, at: now };
    if (about.kind !== "host") return troubleFinding(place, about, time);
    const snapshot = await snapshotOf(rows, siteId, about.host);
    return snapshot === null ? null : hostFinding(place, snapshot, level?.name ?? "");
  };
}

/** What came into force or was refused, each once until it becomes something else. */
export function containmentChanges(
  notices: readonly ContainmentNotice[],
  marks: readonly KnownMark[],
  now: number,
): Change[] {
  const known = new Map(marks.map((each) => [keyOf(each), each]));
  return notices.flatMap((each): Change[] => {
    const { siteId, notice } = each;
    const subject = containmentSubject(notice.containmentId);
    const told = known.get(keyOf({ siteId, subject }))?.mark.told;
    if (notice.change === "released" || notice.change === "expired") {
      return told == null ? [] : [{ siteId, subject, mark: null, finding: null }];
    }
    if (told === notice.change) return [];
    return [
      {
        ...{ siteId, subject, mark: { told: notice.change, rank: 0, since: now, calmSince: null } },
        finding: async (rows, siteName) =>
          containmentFinding({ siteId, siteName, at: now }, each, await snapshotOf(rows, siteId, notice.host)),
      },
    ];
  });
}

/** Of each site the first so many; of what has a state the others come in the next rounds. */
export function firstOfEachSite(changes: readonly Change[], atMost: number): readonly Change[] {
  const counts = new Map<string, number>();
  return changes.filter(({ siteId }) => {
    const count = counts.get(siteId) ?? 0;
    counts.set(siteId, count + 1);
    return count < atMost;
  });
}
