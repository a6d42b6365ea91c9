import type { Answer } from "@cordon/contract";
import type { AskRow, Rows } from "./schema.ts";

/** How long an ask and its answer are kept, by when it was asked. */
export const askRetentionMs = 30 * 24 * 3_600_000;

/** How long uploaded packets are kept, by when they came: they are fetched soon, or asked for again. */
export const sliceRetentionMs = 7 * 24 * 3_600_000;

/** The ask of that name; null where there is none. */
export async function readAsk(rows: Rows, askId: string): Promise<AskRow | null> {
  return (await rows.selectFrom("asks").selectAll().where("id", "=", askId).executeTakeFirst()) ?? null;
}

/** The names of all that a sensor was asked. */
export async function readAskIds(rows: Rows, sensorId: string): Promise<ReadonlySet<string>> {
  const found = await rows.selectFrom("asks").select("id").where("sensor_id", "=", sensorId).execute();
  return new Set(found.map(({ id }) => id));
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

/** Asks of which an upload lies here: of a kind that was answered before a time, or of all that a sensor was asked. */
export async function readUploaded(
  rows: Rows,
  kind: string,
  of: { readonly answeredBefore: number } | { readonly sensorId: string },
): Promise<string[]> {
  const query = rows.selectFrom("asks").select("id").where("kind", "=", kind).where("upload", "is not", null);
  const some =
    "sensorId" in of ? query.where("sensor_id", "=", of.sensorId) : query.where("answered_at", "<", of.answeredBefore);
  return (await some.execute()).map(({ id }) => id);
}

/** Writes down that the upload of an ask is here no longer. */
export async function forgetUpload(rows: Rows, askId: string, text: string): Promise<void> {
  await rows.updateTable("asks").set({ upload: null, code: "upload-deleted", text }).where("id", "=", askId).execute();
}
