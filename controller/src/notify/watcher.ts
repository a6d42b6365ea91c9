/**
 * Finds what is news: compares what the store says with what was told, and writes down both what is told from now on and
 * what waits for the channels in one transaction. It goes by what is stored, so a restart in between loses and doubles nothing.
 */
import type { Ambient } from "../ambient.ts";
import { timeTextOf, type TimeText } from "../incident/time-text.ts";
import type { Rows, Store } from "../store/schema.ts";
import {
  addFinding,
  readChannels,
  readMarks,
  readSeenUntil,
  writeMark,
  writeSeenUntil,
} from "../store/notification-rows.ts";
import { takes, type Channel } from "./channel.ts";
import type { Finding } from "./finding.ts";
import { isSameMark, stepOf, type Mark, type Patience } from "./mark.ts";
import { observe, snapshotOf, type ContainmentNotice, type Observation, type Seen } from "./observe.ts";
import { containmentFinding, endFinding, hostFinding, troubleFinding } from "./words.ts";

export interface WatchLimits {
  /** How long a box is silent before it is told, ms. */
  readonly boxSilentMs: number;
  /** How long a machine has to be neither suspect nor infected for the next time to be news, ms. */
  readonly hostCalmMs: number;
  /** How long a line or a box has to be in trouble, and out of it, ms. */
  readonly troubleHoldMs: number;
  readonly troubleCalmMs: number;
  /** How far notices are left to be committed, ms: what is looked at has to be all that will ever be there. */
  readonly commitMs: number;
  /** Findings that wait for one channel; those beyond are counted. */
  readonly waitingAtMost: number;
}

export const defaultWatchLimits: WatchLimits = {
  boxSilentMs: 5 * 60_000,
  hostCalmMs: 24 * 3_600_000,
  troubleHoldMs: 60_000,
  troubleCalmMs: 5 * 60_000,
  commitMs: 5_000,
  waitingAtMost: 500,
};

export interface WatcherParts {
  readonly store: Store;
  readonly ambient: Ambient;
  /** IANA name: the zone that sentences tell times in. */
  readonly timeZone: string;
  readonly limits: WatchLimits;
}

interface Change {
  readonly siteId: string;
  readonly subject: string;
  readonly mark: Mark | null;
  /** Makes the finding where there is news. */
  readonly finding: ((rows: Rows, siteName: string) => Promise<Finding | null>) | null;
}

interface Known {
  readonly siteId: string;
  readonly subject: string;
  readonly mark: Mark;
}

export class Watcher {
  readonly #parts: WatcherParts;
  readonly #listeningSince: number;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
    this.#listeningSince = parts.ambient.clock.now();
  }

  /** Looks once; gives how many findings there were. */
  async look(): Promise<number> {
    const { store, ambient, limits } = this.#parts;
    const now = ambient.clock.now();
    const until = now - limits.commitMs;
    const seenUntil = await readSeenUntil(store);
    // Before the first look there was nobody to tell; a clock that went back far is begun with anew.
    const after = seenUntil === null || seenUntil > now + 60_000 ? until : seenUntil;
    const seen = await observe(store, {
      ...{ now, listeningSince: this.#listeningSince, boxSilentMs: limits.boxSilentMs },
      ...{ noticesAfter: after, noticesUntil: until },
    });
    const known = new Map((await readMarks(store)).map((each) => [keyOf(each), each]));
    const time = timeTextOf(now, this.#parts.timeZone);
    const changes = [...this.#stateChanges(seen, known, now, time), ...containmentChanges(seen.notices, known, now)];
    const isMoved = seen.notices.length > 0 || seenUntil === null || after !== seenUntil;
    if (changes.length === 0 && !isMoved) return 0;
    return store.transaction().execute(async (rows) => {
      const channels = await readChannels(rows);
      let found = 0;
      for (const { siteId, subject, mark, finding } of changes) {
        await writeMark(rows, siteId, subject, mark);
        if (finding === null) continue;
        const site = await rows.selectFrom("sites").select("name").where("id", "=", siteId).executeTakeFirst();
        const made = await finding(rows, site?.name ?? siteId);
        if (made === null) continue;
        found += 1;
        await this.#enqueue(rows, channels, made);
      }
      await writeSeenUntil(rows, Math.max(after, until));
      return found;
    });
  }

  async #enqueue(rows: Rows, channels: readonly Channel[], finding: Finding): Promise<void> {
    const { ambient, limits } = this.#parts;
    for (const channel of channels) {
      if (!takes(channel, finding)) continue;
      const id = ambient.random(16).toString("hex");
      await addFinding(rows, channel.id, { id, finding }, limits.waitingAtMost);
    }
  }

  #stateChanges(seen: Seen, known: ReadonlyMap<string, Known>, now: number, time: TimeText): Change[] {
    const changes: Change[] = [];
    const observed = new Set<string>();
    for (const observation of seen.observations) {
      const key = keyOf(observation);
      observed.add(key);
      if (observation.level === null) continue;
      const before = known.get(key)?.mark ?? null;
      const { mark, news } = stepOf(before, observation.level, now, this.#patienceFor(observation.subject));
      if (isSameMark(before, mark)) continue;
      const finding = news === "raised" ? raised(observation, now, time) : null;
      changes.push({ siteId: observation.siteId, subject: observation.subject, mark, finding });
    }
    for (const { siteId, subject, mark: before } of known.values()) {
      if (observed.has(keyOf({ siteId, subject })) || subject.startsWith("containment:")) continue;
      // Of a line or a trouble whose box is silent nobody knows whether it is over.
      if (/^(line|health|box):/.test(subject) && !seen.heardSites.has(siteId)) continue;
      const { mark, news } = stepOf(before, null, now, this.#patienceFor(subject));
      if (isSameMark(before, mark)) continue;
      const finding =
        news === "ended"
          ? async (_: Rows, siteName: string) => endFinding({ siteId, siteName, at: now }, subject, before.since, time)
          : null;
      changes.push({ siteId, subject, mark, finding });
    }
    return changes;
  }

  #patienceFor(subject: string): Patience {
    const { hostCalmMs, troubleHoldMs, troubleCalmMs } = this.#parts.limits;
    if (subject.startsWith("host:")) return { holdMs: 0, calmMs: hostCalmMs };
    // Its silence has lasted already, and a box that is heard is back.
    if (subject.startsWith("box:")) return { holdMs: 0, calmMs: Math.min(troubleCalmMs, 30_000) };
    return { holdMs: troubleHoldMs, calmMs: troubleCalmMs };
  }
}

function keyOf({ siteId, subject }: { readonly siteId: string; readonly subject: string }): string {
  return `${siteId}\n${subject}`;
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
function containmentChanges(
  notices: readonly ContainmentNotice[],
  known: ReadonlyMap<string, Known>,
  now: number,
): Change[] {
  const changes: Change[] = [];
  const toldNow = new Map<string, string | null>();
  for (const each of notices) {
    const { siteId, notice } = each;
    const subject = `containment:${notice.containmentId}`;
    const key = keyOf({ siteId, subject });
    const told = toldNow.has(key) ? toldNow.get(key) : known.get(key)?.mark.told;
    if (notice.change === "released" || notice.change === "expired") {
      toldNow.set(key, null);
      if (told != null) changes.push({ siteId, subject, mark: null, finding: null });
      continue;
    }
    if (told === notice.change) continue;
    toldNow.set(key, notice.change);
    changes.push({
      ...{ siteId, subject, mark: { told: notice.change, rank: 0, since: now, calmSince: null } },
      finding: async (rows, siteName) =>
        containmentFinding({ siteId, siteName, at: now }, each, await snapshotOf(rows, siteId, notice.host)),
    });
  }
  return changes;
}
