/**
 * Finds what is news: compares what the store says with what was told, and writes down both what is told from now on and
 * what waits for the channels in one transaction. It goes by what is stored, so a restart in between loses and doubles nothing.
 *
 * What one site says costs the others nothing: of each only so much is looked at, marked and kept waiting, in short transactions
 * between which everybody else has a turn; and where there is nobody to tell, nothing is done at all.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Ambient } from "../ambient.ts";
import { errorText } from "../errors.ts";
import { timeTextOf } from "../incident/time-text.ts";
import { readChannels } from "../store/notification-rows.ts";
import {
  containmentSubject,
  forgetProgress,
  keepContainmentMarks,
  readMarksOf,
  readSeenUntil,
  readStateMarks,
  writeMark,
  writeSeenUntil,
  type KnownMark,
} from "../store/notification-marks.ts";
import type { Rows, Store } from "../store/schema.ts";
import { addFinding, addOverflow } from "../store/waiting-findings.ts";
import {
  containmentChanges,
  firstOfEachSite,
  standingChanges,
  stateChanges,
  type Change,
  type PatienceLimits,
} from "./changes.ts";
import { takes, type Channel } from "./channel.ts";
import type { Finding } from "./finding.ts";
import { observe, type ContainmentNotice, type Orders, type Seen } from "./observe.ts";

export interface WatchLimits extends PatienceLimits {
  /** How long a box is silent before it is told, ms. */
  readonly boxSilentMs: number;
  /** How far notices are left to be committed, ms: what is looked at has to be all that will ever be there. */
  readonly commitMs: number;
  /** Findings of one site that wait for one channel; those beyond are counted. */
  readonly waitingPerSite: number;
  /** What changes of one site in a round: of states, and as many notices of containments. */
  readonly changesPerSite: number;
  /** Accused machines of a site that are looked at. */
  readonly hostsPerSite: number;
  /** Containments of a site of which it is known that they were told. */
  readonly containmentMarksPerSite: number;
  /** Changes in one transaction at most. */
  readonly changesAtOnce: number;
}

export const defaultWatchLimits: WatchLimits = {
  boxSilentMs: 5 * 60_000,
  hostCalmMs: 24 * 3_600_000,
  troubleHoldMs: 60_000,
  troubleCalmMs: 5 * 60_000,
  commitMs: 5_000,
  waitingPerSite: 200,
  changesPerSite: 200,
  hostsPerSite: 1_000,
  containmentMarksPerSite: 2_000,
  changesAtOnce: 200,
};

// A click waits for one transaction: no longer than this and one commit.
const longestTransactionMs = 20;

export interface WatcherParts {
  readonly store: Store;
  readonly ambient: Ambient;
  /** IANA name: the zone that sentences tell times in. */
  readonly timeZone: string;
  readonly orders: Orders;
  readonly limits: WatchLimits;
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
    const { store, ambient, limits, timeZone, orders } = this.#parts;
    const seenUntil = await readSeenUntil(store);
    const channels = await readChannels(store);
    if (!channels.some(({ isEnabled }) => isEnabled)) {
      if (seenUntil !== null) await store.transaction().execute(forgetProgress);
      return 0;
    }
    const now = ambient.clock.now();
    const until = now - limits.commitMs;
    // What came before there was anybody to tell is told to nobody; a clock that went back far is begun with anew.
    const after = seenUntil === null || seenUntil > now + 60_000 ? until : seenUntil;
    const seen = await observe(store, {
      orders,
      ...{ now, listeningSince: this.#listeningSince, boxSilentMs: limits.boxSilentMs },
      ...{ noticesAfter: after, noticesUntil: until },
      ...{ noticesAtMost: limits.changesPerSite, hostsAtMost: limits.hostsPerSite },
    });
    if (seenUntil === null) return this.#write(standingChanges(seen, now), seen, now);
    const marks = await readStateMarks(store);
    await nextTurn();
    const time = timeTextOf(now, timeZone);
    const changes = [
      ...firstOfEachSite(stateChanges(seen, marks, { now, time, limits }), limits.changesPerSite),
      ...containmentChanges(seen.notices, await this.#marksOf(seen.notices), now),
    ];
    const isMoved = seen.notices.length > 0 || after !== seenUntil;
    if (changes.length === 0 && !isMoved) return 0;
    return this.#write(changes, seen, Math.max(after, until));
  }

  async #marksOf(notices: readonly ContainmentNotice[]): Promise<readonly KnownMark[]> {
    const subjects = new Map<string, string[]>();
    for (const { siteId, notice } of notices) {
      const ofSite = subjects.get(siteId) ?? [];
      ofSite.push(containmentSubject(notice.containmentId));
      subjects.set(siteId, ofSite);
    }
    const marks: KnownMark[] = [];
    for (const [siteId, ofSite] of subjects) {
      marks.push(...(await readMarksOf(this.#parts.store, siteId, ofSite)));
      await nextTurn();
    }
    return marks;
  }

  /** Writes all down, how far was looked with the last of it: what is looked at again after a fault has its mark already. */
  async #write(changes: readonly Change[], { unread }: Seen, seenUntil: number): Promise<number> {
    const { store, limits } = this.#parts;
    let found = 0;
    let from = 0;
    let isDone = false;
    while (!isDone) {
      const part = changes.slice(from, from + limits.changesAtOnce);
      const written = await store.transaction().execute(async (rows) => {
        const channels = await readChannels(rows);
        const some = await this.#writeSome(rows, channels, part);
        if (from + some.count < changes.length) return some;
        for (const [siteId, count] of unread) {
          for (const { id } of channels.filter((channel) => takes(channel, { severity: "critical", siteId }))) {
            await addOverflow(rows, id, siteId, count);
          }
        }
        await writeSeenUntil(rows, seenUntil);
        return some;
      });
      found += written.found;
      from += written.count;
      isDone = from >= changes.length;
      // A database within the process answers without ever letting anybody else have a turn.
      await nextTurn();
    }
    return found;
  }

  /** Writes changes until the time for them is over, one at least. */
  async #writeSome(
    rows: Rows,
    channels: readonly Channel[],
    changes: readonly Change[],
  ): Promise<{ readonly count: number; readonly found: number }> {
    const endsAt = performance.now() + longestTransactionMs;
    const names = new Map<string, string>();
    const contained = new Set<string>();
    let [count, found] = [0, 0];
    for (const { siteId, subject, mark, finding } of changes) {
      await writeMark(rows, siteId, subject, mark);
      if (subject.startsWith(containmentSubject(""))) contained.add(siteId);
      count += 1;
      if (finding !== null) {
        const name = names.get(siteId) ?? (await nameOf(rows, siteId));
        names.set(siteId, name);
        // Whatever it is that cannot be said of one site, the others are told.
        const made = await finding(rows, name).catch((error: unknown) => {
          this.#parts.ambient.log.error("cannot say what was found", { siteId, subject, error: errorText(error) });
          return null;
        });
        if (made !== null) {
          found += 1;
          await this.#enqueue(rows, channels, made);
        }
      }
      if (performance.now() >= endsAt) break;
    }
    for (const siteId of contained) {
      await keepContainmentMarks(rows, siteId, this.#parts.limits.containmentMarksPerSite);
    }
    return { count, found };
  }

  async #enqueue(rows: Rows, channels: readonly Channel[], finding: Finding): Promise<void> {
    const { ambient, limits } = this.#parts;
    for (const channel of channels) {
      if (!takes(channel, finding)) continue;
      const id = ambient.random(16).toString("hex");
      await addFinding(rows, channel.id, { id, finding }, limits.waitingPerSite);
    }
  }
}

async function nameOf(rows: Rows, siteId: string): Promise<string> {
  const site = await rows.selectFrom("sites").select("name").where("id", "=", siteId).executeTakeFirst();
  return site?.name ?? siteId;
}
