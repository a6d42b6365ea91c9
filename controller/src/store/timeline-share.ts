import type { Rows } from "./schema.ts";
import { defaultRetentionLimits, grow, noteDropped, type Dropped, type RetentionLimits } from "./shares.ts";
import { addToTimeline, type TimelineFact } from "./timeline-rows.ts";
import { noteRows } from "./timeline-sums.ts";

// A batch brings so many at most, and everybody else waits meanwhile.
const rowsAtOnce = 1_000;

/** Drops the oldest that the box told. What people did stays, as in the audit log. */
async function dropOldest(rows: Rows, siteId: string, count: number, before: number): Promise<Dropped> {
  const gone = await rows
    .deleteFrom("timeline")
    .where("site_id", "=", siteId)
    .where("id", "in", (build) =>
      build
        .selectFrom("timeline")
        .select("id")
        .where("site_id", "=", siteId)
        .where("person", "is", null)
        .where("at", "<", before)
        .orderBy("at")
        .limit(count),
    )
    .returning(["kind", "person"])
    .execute();
  await noteRows(rows, siteId, gone, -1);
  return { count: gone.length, size: gone.length };
}

/** Tells what a box told on the time line of its site, within its transaction, and keeps that within its share. */
export async function tellOfBox(
  rows: Rows,
  sensor: { readonly id: string; readonly siteId: string },
  facts: readonly TimelineFact[],
  now: number,
  limits: RetentionLimits = defaultRetentionLimits,
): Promise<void> {
  if (facts.length === 0) return;
  const added = await addToTimeline(rows, sensor.siteId, facts, now);
  if (added === 0) return;
  const over = (await grow(rows, sensor.id, "timeline", added)) - limits.timelineRows;
  if (over <= 0) return;
  // Some room at once: the next fact need not drop one.
  const dropped = await dropOldest(
    rows,
    sensor.siteId,
    over + Math.min(rowsAtOnce, Math.ceil(limits.timelineRows / 100)),
    now + 1,
  );
  await noteDropped(rows, sensor.id, "timeline", dropped, { now, why: "share" });
}

/** Drops what a box told too long ago; true where there may be more. */
export async function forgetOldTimeline(
  rows: Rows,
  sensorId: string,
  now: number,
  limits: RetentionLimits,
): Promise<boolean> {
  const sensor = await rows.selectFrom("sensors").select("site_id").where("id", "=", sensorId).executeTakeFirst();
  if (sensor === undefined) return false;
  const dropped = await dropOldest(rows, sensor.site_id, rowsAtOnce, now - limits.timelineMs);
  await noteDropped(rows, sensorId, "timeline", dropped, { now, why: "age" });
  return dropped.count >= rowsAtOnce;
}
