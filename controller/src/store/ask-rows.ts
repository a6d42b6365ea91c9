import type { Answer } from "@cordon/contract";
import type { AskRow, Rows } from "./schema.ts";

/** How long an ask and its answer are kept, by when it was asked. */
export const askRetentionMs = 30 * 24 * 3_600_000;

/** The ask of that name; null where there is none. */
export async function readAsk(rows: Rows, askId: string): Promise<AskRow | null> {
  return (await rows.selectFrom("asks").selectAll().where("id", "=", askId).executeTakeFirst()) ?? null;
}

/** What a sensor was asked, newest first. */
export function readAsks(rows: Rows, sensorId: string, limit: number): Promise<AskRow[]> {
  return rows
    .selectFrom("asks")
    .selectAll()
    .where("sensor_id", "=", sensorId)
    .orderBy("asked_at", "desc")
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** What is not answered yet, oldest first; of one sensor or of all. */
export function readOpenAsks(rows: Rows, sensorId: string | null): Promise<AskRow[]> {
  return rows
    .selectFrom("asks")
    .selectAll()
    .where("status", "=", "open")
    .$if(sensorId !== null, (query) => query.where("sensor_id", "=", sensorId ?? ""))
    .orderBy("asked_at")
    .execute();
}

/** How an ask ended. */
export type AskEnd = Pick<Answer, "status" | "body" | "upload" | "code" | "text">;

/** Writes down how an ask ended; false where that is known already. */
export async function endAsk(rows: Rows, askId: string, end: AskEnd, now: number): Promise<boolean> {
  const { numUpdatedRows } = await rows
    .updateTable("asks")
    .set({
      status: end.status,
      code: end.code ?? null,
      text: end.text ?? null,
      body: end.body === undefined ? null : JSON.stringify(end.body),
      upload: end.upload === undefined ? null : JSON.stringify(end.upload),
      answered_at: now,
    })
    .where("id", "=", askId)
    .where("status", "=", "open")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Forgets what was asked before; gives the names of the forgotten. */
export async function forgetAsks(rows: Rows, before: number): Promise<string[]> {
  const gone = await rows.deleteFrom("asks").where("asked_at", "<", before).returning("id").execute();
  return gone.map(({ id }) => id);
}
