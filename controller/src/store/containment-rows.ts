import type { ContainmentRow, Rows } from "./schema.ts";

/** Every containment of a sensor that was not yet seen to be gone, oldest first. */
export function openContainments(rows: Rows, sensorId: string): Promise<ContainmentRow[]> {
  return rows
    .selectFrom("containments")
    .selectAll()
    .where("sensor_id", "=", sensorId)
    .where("ended_at", "is", null)
    .orderBy("asked_at")
    .orderBy("id")
    .execute();
}

/** When the next wanted containment of any sensor but these ends by itself; null where none does. */
export async function nextExpiry(rows: Rows, butFor: readonly string[]): Promise<number | null> {
  const row = await rows
    .selectFrom("containments")
    .select((build) => build.fn.min("expires_at").as("at"))
    .where("ended_at", "is", null)
    .where("dropped_revision", "is", null)
    .where("expires_at", "is not", null)
    .$if(butFor.length > 0, (query) => query.where("sensor_id", "not in", [...butFor]))
    .executeTakeFirst();
  return row?.at ?? null;
}

/** Sensors with a containment whose end has passed while the document still carries it. */
export async function sensorsWithExpired(rows: Rows, now: number): Promise<string[]> {
  const found = await rows
    .selectFrom("containments")
    .select("sensor_id")
    .distinct()
    .where("ended_at", "is", null)
    .where("dropped_revision", "is", null)
    .where("expires_at", "<=", now)
    .execute();
  return found.map((row) => row.sensor_id);
}
