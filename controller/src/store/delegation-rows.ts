import type { DocumentName } from "@cordon/contract";
import type { DelegationRow, Rows } from "./schema.ts";

/** What was last delegated to a sensor; null where nothing ever was. */
export async function readDelegation(rows: Rows, sensorId: string): Promise<DelegationRow | null> {
  const row = await rows.selectFrom("delegations").selectAll().where("sensor_id", "=", sensorId).executeTakeFirst();
  return row ?? null;
}

/** Takes the place of what was delegated to that sensor before. */
export async function writeDelegation(rows: Rows, row: DelegationRow): Promise<void> {
  await rows
    .insertInto("delegations")
    .values(row)
    .onConflict((conflict) => conflict.column("sensor_id").doUpdateSet(row))
    .execute();
}

/** The last document of a box's own key that was taken into what is wished for here; null where there was none. */
export async function readAnswered(rows: Rows, sensorId: string): Promise<DocumentName | null> {
  const row = await rows.selectFrom("handed_back").selectAll().where("sensor_id", "=", sensorId).executeTakeFirst();
  return row === undefined ? null : { epoch: row.epoch, revision: row.revision, issuedAt: row.issued_at };
}

/** Writes down that such a document was taken up. */
export async function writeAnswered(rows: Rows, sensorId: string, name: DocumentName): Promise<void> {
  const row = { sensor_id: sensorId, epoch: name.epoch, revision: name.revision, issued_at: name.issuedAt };
  await rows
    .insertInto("handed_back")
    .values(row)
    .onConflict((conflict) => conflict.column("sensor_id").doUpdateSet(row))
    .execute();
}
