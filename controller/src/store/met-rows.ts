import type { Rows } from "./schema.ts";

/** More than a box's document carries: all of one that is told again are known again. */
const keptPerSensor = 4_000;
// How many rows one statement carries: SQLite binds at most 32,766 values, PostgreSQL 65,535.
const rowsPerStatement = 200;

/** Which of a box's own wishes these records have met before, whatever became of them since. */
export async function readMet(rows: Rows, sensorId: string): Promise<ReadonlySet<string>> {
  const met = await rows.selectFrom("met_wishes").select("wish").where("sensor_id", "=", sensorId).execute();
  return new Set(met.map(({ wish }) => wish));
}

/** Writes down that these were met, and forgets those that have not been told for longest. */
export async function writeMet(rows: Rows, sensorId: string, wishes: readonly string[], now: number): Promise<void> {
  for (let from = 0; from < wishes.length; from += rowsPerStatement) {
    await rows
      .insertInto("met_wishes")
      .values(wishes.slice(from, from + rowsPerStatement).map((wish) => ({ sensor_id: sensorId, wish, met_at: now })))
      .onConflict((conflict) => conflict.columns(["sensor_id", "wish"]).doUpdateSet({ met_at: now }))
      .execute();
  }
  const kept = rows
    .selectFrom("met_wishes")
    .select("wish")
    .where("sensor_id", "=", sensorId)
    .orderBy("met_at", "desc")
    .orderBy("wish")
    .limit(keptPerSensor);
  await rows.deleteFrom("met_wishes").where("sensor_id", "=", sensorId).where("wish", "not in", kept).execute();
}
