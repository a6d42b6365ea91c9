/**
 * What one sensor may take of the store, and how long what it told is kept. What became of containments, and who was
 * behind which port, is what is asked for months later: each has a share of its own, which nothing else that a sensor tells
 * can use up. What is dropped is counted.
 */
import { natRetentionMs } from "./nat-rows.ts";
import type { Rows, ShareRow } from "./schema.ts";

export interface RetentionLimits {
  /** Default 256 MiB of a sensor's notices of machines and its line: what they say now stands elsewhere, and these are the trail. */
  readonly historyBytes: number;
  /** Default 64 MiB of a sensor's notices of containments: some 100,000 of them. */
  readonly containmentBytes: number;
  /** Default 5,000,000 translated connections of a gateway: its office's for the whole time, at one in two seconds. */
  readonly translations: number;
  /** Default 20,000 notices of a gateway that tell how many translations were lost. */
  readonly translationLosses: number;
  /** Default 256 starts of a box; a spool holds what it has not handed over of 64 at most. */
  readonly spools: number;
  /** Default 250,000 rows of a site's time line that its box told. */
  readonly timelineRows: number;
  /** Default 90 days by when it came in, for notices of machines and lines and for spools. */
  readonly historyMs: number;
  /** Default 400 days by when it came in: a year can be looked back on. */
  readonly containmentMs: number;
  /** Default 90 days. */
  readonly translationMs: number;
  /** Default 400 days, for what a box told on the time line; what people did is kept. */
  readonly timelineMs: number;
}

const day = 24 * 3_600_000;

export const defaultRetentionLimits: RetentionLimits = {
  historyBytes: 256 * 1024 * 1024,
  containmentBytes: 64 * 1024 * 1024,
  translations: 5_000_000,
  translationLosses: 20_000,
  spools: 256,
  timelineRows: 250_000,
  historyMs: 90 * day,
  containmentMs: 400 * day,
  translationMs: natRetentionMs,
  timelineMs: 400 * day,
};

// Key, index and what else a row takes beside its text.
const rowBytes = 200;

/** What a notice counts for, by the length that the store finds. */
export const noticeBytes = (length: number): number => length + rowBytes;

/** What goes first: a machine's newest snapshot stands elsewhere. */
const kindsOf = { history: ["host", "nat", "line"], containments: ["containment", "deed"] } as const;

// More at once would hold up other sensors' messages; a batch brings 500 at most.
const rowsAtOnce = 200;
const rowsPerTrim = 1_000;
// Of a machine with a short ledger.
const usualBytes = 1_000;

type Share = ShareRow["what"];

/** Takes note of what a sensor has added; gives how much there is now. Of translations it is an upper bound: an end is no new row. */
export async function grow(rows: Rows, sensorId: string, what: Share, by: number): Promise<number> {
  const { size } = await rows
    .insertInto("shares")
    .values({ sensor_id: sensorId, what, size: by, dropped_by_age: 0, dropped_by_share: 0, dropped_at: null })
    .onConflict((conflict) =>
      conflict.columns(["sensor_id", "what"]).doUpdateSet((build) => ({ size: build("shares.size", "+", by) })),
    )
    .returning("size")
    .executeTakeFirstOrThrow();
  return Number(size);
}

export interface Dropped {
  /** Rows. */
  readonly count: number;
  readonly size: number;
}

/** Counts what was dropped of a share. */
export async function noteDropped(
  rows: Rows,
  sensorId: string,
  what: Share,
  dropped: Dropped,
  { now, why }: { readonly now: number; readonly why: "age" | "share" },
): Promise<void> {
  if (dropped.count === 0) return;
  const column = why === "age" ? "dropped_by_age" : "dropped_by_share";
  await grow(rows, sensorId, what, 0);
  await rows
    .updateTable("shares")
    .set((build) => ({
      size: build("size", "-", dropped.size),
      [column]: build(column, "+", dropped.count),
      // Age is the ordinary end of everything.
      ...(why === "share" ? { dropped_at: now } : {}),
    }))
    .where("sensor_id", "=", sensorId)
    .where("what", "=", what)
    .execute();
}

/** Drops the oldest notices of a kind: so many bytes of them, or those that came before a time. */
async function dropNotices(
  rows: Rows,
  sensorId: string,
  kind: string,
  until: { readonly bytes: number } | { readonly before: number },
): Promise<Dropped> {
  let [count, size] = [0, 0];
  const before = "before" in until ? until.before : Number.MAX_SAFE_INTEGER;
  const bytes = "bytes" in until ? until.bytes : Number.POSITIVE_INFINITY;
  while (size < bytes && count < rowsPerTrim) {
    const atOnce = Math.min(rowsAtOnce, Math.ceil((bytes - size) / usualBytes));
    const gone = await rows
      .deleteFrom("notices")
      .where((build) =>
        build(
          build.refTuple("sensor_id", "boot_id", "sequence"),
          "in",
          rows
            .selectFrom("notices")
            .select(["sensor_id", "boot_id", "sequence"])
            .where("sensor_id", "=", sensorId)
            .where("kind", "=", kind)
            .where("received_at", "<", before)
            .orderBy("received_at")
            .limit(atOnce)
            .$asTuple("sensor_id", "boot_id", "sequence"),
        ),
      )
      .returning((build) => build.fn<number>("length", ["body"]).as("length"))
      .execute();
    count += gone.length;
    size += gone.reduce((sum, { length }) => sum + noticeBytes(Number(length)), 0);
    if (gone.length < atOnce) break;
  }
  return { count, size };
}

/** Drops the oldest translations: so many, and of those that came before a time. */
async function dropTranslations(
  rows: Rows,
  sensorId: string,
  count: number,
  before: number = Number.MAX_SAFE_INTEGER,
): Promise<Dropped> {
  const gone = await rows
    .deleteFrom("nat_log")
    .where((build) =>
      build(
        build.refTuple("sensor_id", "id"),
        "in",
        rows
          .selectFrom("nat_log")
          .select(["sensor_id", "id"])
          .where("sensor_id", "=", sensorId)
          .where("received_at", "<", before)
          .orderBy("received_at")
          .limit(Math.ceil(count))
          .$asTuple("sensor_id", "id"),
      ),
    )
    .executeTakeFirst();
  return { count: Number(gone.numDeletedRows), size: Number(gone.numDeletedRows) };
}

/** What a batch brought. */
export interface Grown {
  /** Bytes, by {@link noticeBytes}. */
  readonly history: number;
  readonly containments: number;
  /** Beginnings and ends. */
  readonly translations: number;
}

/** Takes note of what a sensor has added, within the transaction that adds it, and keeps it within its share. */
export async function keepWithinShare(
  rows: Rows,
  sensorId: string,
  grown: Grown,
  now: number,
  limits: RetentionLimits = defaultRetentionLimits,
): Promise<void> {
  const bounds = { history: limits.historyBytes, containments: limits.containmentBytes } as const;
  for (const what of ["history", "containments"] as const) {
    if (grown[what] === 0) continue;
    let over = (await grow(rows, sensorId, what, grown[what])) - bounds[what];
    for (const kind of kindsOf[what]) {
      if (over <= 0) break;
      const dropped = await dropNotices(rows, sensorId, kind, { bytes: over });
      await noteDropped(rows, sensorId, what, dropped, { now, why: "share" });
      over -= dropped.size;
    }
  }
  if (grown.translations === 0) return;
  const most = await grow(rows, sensorId, "translations", grown.translations);
  if (most <= limits.translations) return;
  // An end is told of a row that is there, so that there are fewer; counted anew once in a share's worth of them.
  const held = await rows
    .selectFrom("nat_log")
    .select((build) => build.fn.countAll<number>().as("count"))
    .where("sensor_id", "=", sensorId)
    .executeTakeFirstOrThrow();
  const over = Number(held.count) - limits.translations;
  // Some room at once, so that the next batch need not count again.
  const dropped =
    over <= 0 ? { count: 0, size: 0 } : await dropTranslations(rows, sensorId, over + limits.translations / 100);
  await rows
    .updateTable("shares")
    .set({ size: Number(held.count) })
    .where("sensor_id", "=", sensorId)
    .where("what", "=", "translations")
    .execute();
  await noteDropped(rows, sensorId, "translations", dropped, { now, why: "share" });
}

/** Drops of a sensor what was kept long enough; true where there may be more. */
export async function forgetOld(
  rows: Rows,
  sensorId: string,
  now: number,
  limits: RetentionLimits = defaultRetentionLimits,
): Promise<boolean> {
  const ages = { history: limits.historyMs, containments: limits.containmentMs } as const;
  let isMore = false;
  for (const what of ["history", "containments"] as const) {
    for (const kind of kindsOf[what]) {
      const dropped = await dropNotices(rows, sensorId, kind, { before: now - ages[what] });
      await noteDropped(rows, sensorId, what, dropped, { now, why: "age" });
      isMore ||= dropped.count >= rowsPerTrim;
    }
  }
  const before = now - limits.translationMs;
  const gone = await dropTranslations(rows, sensorId, rowsPerTrim, before);
  await noteDropped(rows, sensorId, "translations", gone, { now, why: "age" });
  // What was lost is told by the sensor's clock, which may be wrong by more than it matters here.
  await rows.deleteFrom("nat_losses").where("sensor_id", "=", sensorId).where("at", "<", before).execute();
  isMore ||= gone.count >= rowsPerTrim;
  return isMore;
}

/** Keeps the newest starts of a box that are known. A box that comes back with an older one begins anew there. */
export async function keepSpools(
  rows: Rows,
  sensorId: string,
  now: number,
  limits: RetentionLimits = defaultRetentionLimits,
): Promise<void> {
  const oldest = await rows
    .selectFrom("spools")
    .select("updated_at")
    .where("sensor_id", "=", sensorId)
    .orderBy("updated_at", "desc")
    .orderBy("boot_id")
    .offset(limits.spools)
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return;
  const kept = rows
    .selectFrom("spools")
    .select("boot_id")
    .where("sensor_id", "=", sensorId)
    .orderBy("updated_at", "desc")
    .orderBy("boot_id")
    .limit(limits.spools);
  const gone = await rows
    .deleteFrom("spools")
    .where("sensor_id", "=", sensorId)
    .where("boot_id", "not in", kept)
    .executeTakeFirst();
  const count = Number(gone.numDeletedRows);
  await noteDropped(rows, sensorId, "spools", { count, size: 0 }, { now, why: "share" });
}

/** Bounds how often a gateway may have told of what it lost; the latest by its own clock are kept. */
export async function keepLosses(
  rows: Rows,
  sensorId: string,
  limits: RetentionLimits = defaultRetentionLimits,
): Promise<void> {
  const oldest = await rows
    .selectFrom("nat_losses")
    .select("at")
    .where("sensor_id", "=", sensorId)
    .orderBy("at", "desc")
    .offset(limits.translationLosses)
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return;
  await rows.deleteFrom("nat_losses").where("sensor_id", "=", sensorId).where("at", "<=", oldest.at).execute();
}
