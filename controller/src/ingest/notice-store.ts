import type { Hello, LineState, Notice, Notices } from "@cordon/contract";
import { wordsOfHost } from "../store/host-words.ts";
import { putTranslations } from "../store/nat-rows.ts";
import type { HostRow, NoticeRow, Rows } from "../store/schema.ts";
import {
  defaultRetentionLimits,
  keepLosses,
  keepSpools,
  keepWithinShare,
  noticeBytes,
  type RetentionLimits,
} from "../store/shares.ts";
import type { TimelineFact } from "../store/timeline-rows.ts";
import { tellOfBox } from "../store/timeline-share.ts";
import { containmentFact, lineFact } from "./box-facts.ts";
import { largeSnapshotBytes } from "./notice-size.ts";
import { newsOf, toldOf, type Told } from "./told.ts";

/** What storing a batch came to. */
export interface BatchOutcome {
  /** Highest contiguous sequence: what the sensor may delete. */
  readonly contiguous: number;
  /** How many of the batch were new. */
  readonly added: number;
  /** How many notices of this boot are known never to come, this batch's finding included. */
  readonly lost: number;
  /** Hosts that were turned away because the site holds too many. */
  readonly hostsRefused: number;
  /** What somebody did at the box, oldest first. */
  readonly deeds: readonly DeedNotice[];
}

export interface BatchLimits {
  /** A worm that forges addresses makes a host of each; an office has a few hundred. */
  readonly hostsPerSite: number;
  /** Default 32 MiB of snapshots of a site, where large ones are among them: a page of the site reads them all. */
  readonly snapshotBytesPerSite: number;
  /** Default 2,000 of what was done at one box: wrong PINs are some five hundred, and nobody clicks as often. */
  readonly deedsPerDay: number;
  readonly retention: RetentionLimits;
}

export const defaultBatchLimits: BatchLimits = {
  hostsPerSite: 5_000,
  snapshotBytesPerSite: 32 * 1024 * 1024,
  deedsPerDay: 2_000,
  retention: defaultRetentionLimits,
};

// How many rows one statement carries: SQLite binds at most 32,766 values, PostgreSQL 65,535.
const rowsPerStatement = 200;

/** The sequences that had not come before, with what each takes. */
async function insertNew(rows: Rows, sensorId: string, batch: Notices, now: number): Promise<Map<number, number>> {
  const values = batch.notices.map((notice): NoticeRow => ({
    sensor_id: sensorId,
    boot_id: batch.bootId,
    sequence: notice.sequence,
    kind: notice.kind,
    at: notice.kind === "deed" ? whenDone(notice, now) : notice.at,
    // Translations stand in a table of their own, which forgets them in time.
    body: JSON.stringify(notice.kind === "nat" ? { ...notice, translations: [] } : notice),
    received_at: now,
  }));
  const added = new Map<number, number>();
  for (let from = 0; from < values.length; from += rowsPerStatement) {
    const inserted = await rows
      .insertInto("notices")
      .values(values.slice(from, from + rowsPerStatement))
      .onConflict((conflict) => conflict.columns(["sensor_id", "boot_id", "sequence"]).doNothing())
      .returning(["sequence", (build) => build.fn<number>("length", ["body"]).as("length")])
      .execute();
    for (const row of inserted) added.set(Number(row.sequence), noticeBytes(Number(row.length)));
  }
  return added;
}

/**
 * Moves the mark over what is committed. Sequences below `oldest` that never came are lost: the
 * spool no longer holds them, so waiting for them would hold up everything behind them for ever.
 *
 * @param added the sequences that have just come for the first time
 */
async function advance(
  rows: Rows,
  sensorId: string,
  batch: Pick<Notices, "bootId" | "oldest">,
  added: ReadonlyMap<number, number>,
  now: number,
  limits: RetentionLimits,
): Promise<{ contiguous: number; lost: number }> {
  const spool = await rows
    .selectFrom("spools")
    .select(["contiguous", "lost"])
    .where("sensor_id", "=", sensorId)
    .where("boot_id", "=", batch.bootId)
    .executeTakeFirst();
  let contiguous = spool?.contiguous ?? 0;
  // What was given up and came after all.
  const found = [...added.keys()].filter((sequence) => sequence <= contiguous).length;
  let lost = Math.max(0, (spool?.lost ?? 0) - found);
  const ofBoot = rows.selectFrom("notices").where("sensor_id", "=", sensorId).where("boot_id", "=", batch.bootId);
  if (batch.oldest > contiguous + 1) {
    const held = await ofBoot
      .select((build) => build.fn.countAll<number>().as("count"))
      .where("sequence", ">", contiguous)
      .where("sequence", "<", batch.oldest)
      .executeTakeFirstOrThrow();
    lost += batch.oldest - 1 - contiguous - Number(held.count);
    contiguous = batch.oldest - 1;
  }
  for (;;) {
    const next = await ofBoot
      .select("sequence")
      .where("sequence", ">", contiguous)
      .orderBy("sequence")
      .limit(1_000)
      .execute();
    const before = contiguous;
    for (const row of next) {
      if (Number(row.sequence) !== contiguous + 1) break;
      contiguous += 1;
    }
    if (contiguous - before < 1_000) break;
  }
  const row = { sensor_id: sensorId, boot_id: batch.bootId, contiguous, lost, updated_at: now };
  await rows
    .insertInto("spools")
    .values(row)
    .onConflict((conflict) => conflict.columns(["sensor_id", "boot_id"]).doUpdateSet(row))
    .execute();
  if (spool === undefined) await keepSpools(rows, sensorId, now, limits);
  return { contiguous, lost };
}

export type DeedNotice = Notice & { kind: "deed" };

const minuteMs = 60_000;
// Far longer than a box may act by itself; of its clock nothing is known that could say it better.
const plausibleMs = 30 * 86_400_000;

/**
 * When something was done at a box, by its clock where that can be right, and else when it became known: nothing is to be lost in
 * 1970, nor to stand before all that is still to come.
 */
export function whenDone({ at }: Pick<DeedNotice, "at">, now: number): number {
  return at > now + minuteMs || at < now - plausibleMs ? now : at;
}

type HostNotice = Notice & { kind: "host" };

/** The newest snapshot of each host; gives how many hosts were turned away, and what the snapshots say that is news. */
async function putHosts(
  rows: Rows,
  siteId: string,
  bootId: string,
  notices: readonly HostNotice[],
  now: number,
  limits: BatchLimits,
): Promise<{ readonly refused: number; readonly news: readonly TimelineFact[] }> {
  const newest = [...new Map(notices.map((notice) => [notice.host.host, notice])).values()];
  const news: TimelineFact[] = [];
  let refused = 0;
  for (let from = 0; from < newest.length; from += rowsPerStatement) {
    const some = newest.slice(from, from + rowsPerStatement);
    const { taken, known } = await withinLimit(rows, siteId, some, limits);
    refused += some.length - taken.length;
    if (taken.length === 0) continue;
    const told = new Map(taken.map(({ host: { host } }) => [host, known.get(host) ?? null]));
    for (const { sequence, at, host } of notices) {
      const before = told.get(host.host);
      if (before === undefined) continue;
      // A gap filled late is older than what was told.
      if (before !== null && before.boot_id === bootId && before.sequence >= sequence) continue;
      const last = before === null || before.told === "" ? null : (JSON.parse(before.told) as Told);
      news.push(...newsOf({ id: `${bootId}-${sequence}`, at }, host, last));
      const next = JSON.stringify(toldOf(host, last));
      told.set(host.host, { told: next, boot_id: bootId, sequence });
    }
    await upsertHosts(rows, siteId, bootId, taken, told, now);
  }
  return { refused, news };
}

type KnownHost = Pick<HostRow, "told" | "boot_id" | "sequence">;

/** Those that the site knows already, and others as far as there is room. */
async function withinLimit(
  rows: Rows,
  siteId: string,
  notices: readonly HostNotice[],
  limits: BatchLimits,
): Promise<{ readonly taken: readonly HostNotice[]; readonly known: ReadonlyMap<string, KnownHost> }> {
  const fitting = (await hasRoomFor(rows, siteId, notices, limits)) ? notices : notices.filter((one) => !isLarge(one));
  if (fitting.length === 0) return { taken: fitting, known: new Map() };
  const keys = fitting.map(({ host }) => host.host);
  const ofSite = rows.selectFrom("hosts").where("site_id", "=", siteId);
  const found = await ofSite.select(["host", "told", "boot_id", "sequence"]).where("host", "in", keys).execute();
  const known = new Map(found.map((row) => [row.host, { ...row, sequence: Number(row.sequence) }]));
  if (known.size === fitting.length) return { taken: fitting, known };
  const held = await ofSite.select((build) => build.fn.countAll<number>().as("count")).executeTakeFirstOrThrow();
  let room = limits.hostsPerSite - Number(held.count);
  return { taken: fitting.filter(({ host }) => known.has(host.host) || room-- > 0), known };
}

function isLarge({ host }: HostNotice): boolean {
  return JSON.stringify(host).length > largeSnapshotBytes;
}

/** Whether large snapshots may come to what the site has. Small ones are bounded by their number. */
async function hasRoomFor(
  rows: Rows,
  siteId: string,
  notices: readonly HostNotice[],
  limits: BatchLimits,
): Promise<boolean> {
  const bytes = notices.filter(isLarge).reduce((sum, { host }) => sum + JSON.stringify(host).length, 0);
  if (bytes === 0) return true;
  const held = await rows
    .selectFrom("hosts")
    .select((build) => build.fn.sum<number | null>(build.fn("length", ["snapshot"])).as("bytes"))
    .where("site_id", "=", siteId)
    .executeTakeFirst();
  return Number(held?.bytes ?? 0) + bytes <= limits.snapshotBytesPerSite;
}

async function upsertHosts(
  rows: Rows,
  siteId: string,
  bootId: string,
  notices: readonly HostNotice[],
  told: ReadonlyMap<string, KnownHost | null>,
  now: number,
): Promise<void> {
  const values = notices.map(({ host, sequence }): HostRow => ({
    site_id: siteId,
    host: host.host,
    verdict: host.verdict,
    score: host.score,
    last_seen_at: host.lastSeenAt,
    snapshot: JSON.stringify(host),
    boot_id: bootId,
    sequence,
    updated_at: now,
    told: told.get(host.host)?.told ?? "",
    words: wordsOfHost(host),
  }));
  await rows
    .insertInto("hosts")
    .values(values)
    .onConflict((conflict) =>
      conflict
        .columns(["site_id", "host"])
        .doUpdateSet((build) => ({
          verdict: build.ref("excluded.verdict"),
          score: build.ref("excluded.score"),
          last_seen_at: build.ref("excluded.last_seen_at"),
          snapshot: build.ref("excluded.snapshot"),
          boot_id: build.ref("excluded.boot_id"),
          sequence: build.ref("excluded.sequence"),
          updated_at: build.ref("excluded.updated_at"),
          told: build.ref("excluded.told"),
          words: build.ref("excluded.words"),
        }))
        // A gap filled late: the newer snapshot stays.
        .where((build) =>
          build.or([
            build("hosts.boot_id", "!=", build.ref("excluded.boot_id")),
            build("hosts.sequence", "<", build.ref("excluded.sequence")),
          ]),
        ),
    )
    .execute();
}

/** Takes note of the line, and gives what is news of it. */
async function takeLine(
  rows: Rows,
  sensorId: string,
  id: string,
  { at, line }: Notice & { kind: "line" },
): Promise<readonly TimelineFact[]> {
  const told = await rows
    .selectFrom("sensors")
    .select(["line_at", "line_told"])
    .where("id", "=", sensorId)
    .executeTakeFirst();
  // A spool that drains after an outage tells old news of the line; the report has newer.
  if (at >= (told?.line_at ?? 0)) await putLine(rows, sensorId, line, at);
  const fact = lineFact(id, at, line, told?.line_told == null ? null : (JSON.parse(told.line_told) as LineState));
  if (fact === null) return [];
  await rows
    .updateTable("sensors")
    .set({ line_told: JSON.stringify(line) })
    .where("id", "=", sensorId)
    .execute();
  return [fact];
}

/** Writes down what a sensor last said of its line. */
export async function putLine(rows: Rows, sensorId: string, line: LineState, at: number): Promise<void> {
  await rows
    .updateTable("sensors")
    .set({ line: JSON.stringify(line), line_at: at })
    .where("id", "=", sensorId)
    .execute();
}

/**
 * Takes in, within a transaction, what a sensor says of its spool: what it will not send any more and never came is lost.
 */
export async function accountFor(
  rows: Rows,
  sensorId: string,
  spooled: NonNullable<Hello["spooled"]>,
  now: number,
  { retention: limits }: BatchLimits = defaultBatchLimits,
): Promise<void> {
  const known = await rows
    .selectFrom("spools")
    .select(["boot_id", "contiguous"])
    .where("sensor_id", "=", sensorId)
    .execute();
  const contiguousByBoot = new Map(known.map((row) => [row.boot_id, Number(row.contiguous)]));
  for (const { bootId, oldest } of spooled) {
    if (oldest - 1 <= (contiguousByBoot.get(bootId) ?? 0)) continue;
    await advance(rows, sensorId, { bootId, oldest }, new Map(), now, limits);
  }
}

/** Stores a batch within a transaction. Repeats change nothing. */
export async function storeBatch(
  rows: Rows,
  sensor: { readonly id: string; readonly siteId: string },
  batch: Notices,
  now: number,
  limits: BatchLimits = defaultBatchLimits,
): Promise<BatchOutcome> {
  const added = await insertNew(rows, sensor.id, batch, now);
  const grown = { history: 0, containments: 0, translations: 0 };
  let hasLost = false;
  const hosts: HostNotice[] = [];
  const facts: TimelineFact[] = [];
  const deeds: DeedNotice[] = [];
  const applied = new Set<number>();
  for (const notice of [...batch.notices].sort((a, b) => a.sequence - b.sequence)) {
    const bytes = added.get(notice.sequence);
    if (bytes === undefined || applied.has(notice.sequence)) continue;
    applied.add(notice.sequence);
    grown[notice.kind === "containment" || notice.kind === "deed" ? "containments" : "history"] += bytes;
    if (notice.kind === "host") {
      hosts.push(notice);
    } else if (notice.kind === "deed") {
      deeds.push(notice);
    } else if (notice.kind === "nat") {
      await putTranslations(rows, sensor.id, notice.translations, now);
      grown.translations += notice.translations.length;
      if (notice.lost > 0) {
        await rows
          .insertInto("nat_losses")
          .values({ sensor_id: sensor.id, at: notice.at, lost: notice.lost })
          .execute();
        hasLost = true;
      }
    } else {
      const id = `${batch.bootId}-${notice.sequence}`;
      if (notice.kind === "containment") facts.push(containmentFact(id, notice));
      else facts.push(...(await takeLine(rows, sensor.id, id, notice)));
    }
  }
  const { refused: hostsRefused, news } = await putHosts(rows, sensor.siteId, batch.bootId, hosts, now, limits);
  await tellOfBox(rows, sensor, [...facts, ...news], now, limits.retention);
  const { contiguous, lost } = await advance(rows, sensor.id, batch, added, now, limits.retention);
  await keepWithinShare(rows, sensor.id, grown, now, limits.retention);
  if (hasLost) await keepLosses(rows, sensor.id, limits.retention);
  return { contiguous, added: added.size, lost, hostsRefused, deeds };
}
