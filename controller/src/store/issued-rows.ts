/**
 * Which documents were issued to a sensor. Put back to a backup a controller issues revisions again that it has issued
 * before; by the time at which they were issued its own and those that it has forgotten are told apart.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import type { DesiredDocument } from "@cordon/contract";
import type { ExpressionBuilder } from "kysely";
import type { Database, IssuedRow, Rows } from "./schema.ts";

/** What names a document that was issued. */
export interface Issued {
  readonly epoch: number;
  readonly revision: number;
  readonly issuedAt: number;
}

/** How many are known of each sensor; a box is never further behind than the wishes that were made while it was away. */
const knownPerSensor = 256;
/** How many of those with what they said. */
const textsPerSensor = 16;

/**
 * Writes down that a document was issued, and forgets the oldest.
 *
 * @param document its text; null of one that is known by its report alone
 * @param beganAt when this program began: what was issued last before that is what a backup may have held
 */
export async function writeIssued(
  rows: Rows,
  sensorId: string,
  { epoch, revision, issuedAt }: Issued,
  document: string | null,
  beganAt: number,
): Promise<void> {
  const packed = document === null ? null : gzipSync(document).toString("base64");
  await rows
    .insertInto("issued_documents")
    .values({ sensor_id: sensorId, epoch, revision, issued_at: issuedAt, packed })
    .onConflict((conflict) => conflict.columns(["sensor_id", "epoch", "revision", "issued_at"]).doNothing())
    .execute();
  const oldest = await nth(rows, sensorId, knownPerSensor);
  if (oldest !== undefined) {
    await rows.deleteFrom("issued_documents").where("sensor_id", "=", sensorId).where(isUpTo(oldest)).execute();
  }
  const oldestText = await nth(rows, sensorId, textsPerSensor);
  if (oldestText === undefined) return;
  await rows
    .updateTable("issued_documents")
    .set({ packed: null })
    .where("sensor_id", "=", sensorId)
    .where(isUpTo(oldestText))
    .where("packed", "is not", null)
    .where("issued_at", "<>", (build) =>
      build
        .selectFrom("issued_documents")
        .select((of) => of.fn.coalesce(of.fn.max("issued_at"), of.lit(0)).as("at"))
        .where("sensor_id", "=", sensorId)
        .where("packed", "is not", null)
        .where("issued_at", "<", beganAt),
    )
    .execute();
}

/** Whether a document was issued by us, as far as we know: what is older than all that we remember is taken for ours. */
export async function wasIssued(rows: Rows, sensorId: string, { epoch, revision, issuedAt }: Issued): Promise<boolean> {
  const found = await rows
    .selectFrom("issued_documents")
    .select("epoch")
    .where("sensor_id", "=", sensorId)
    .where("epoch", "=", epoch)
    .where("revision", "=", revision)
    .where("issued_at", "=", issuedAt)
    .executeTakeFirst();
  if (found !== undefined) return true;
  const first = await rows
    .selectFrom("issued_documents")
    .select(["epoch", "revision", "issued_at"])
    .where("sensor_id", "=", sensorId)
    .orderBy("epoch")
    .orderBy("revision")
    .orderBy("issued_at")
    .limit(1)
    .executeTakeFirst();
  if (first === undefined) return false;
  if (epoch !== first.epoch) return epoch < first.epoch;
  if (revision !== first.revision) return revision < first.revision;
  return issuedAt < first.issued_at;
}

/** The newest document that we issued up to a time and of which we know what it said; null where there is none. */
export async function readIssued(rows: Rows, sensorId: string, at: number): Promise<DesiredDocument | null> {
  const row = await rows
    .selectFrom("issued_documents")
    .select("packed")
    .where("sensor_id", "=", sensorId)
    .where("packed", "is not", null)
    .where("issued_at", "<=", at)
    .orderBy("epoch", "desc")
    .orderBy("revision", "desc")
    .orderBy("issued_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.packed == null ? null : documentIn(row.packed);
}

/** What a document said that is named; null where that is not known any more. */
export async function readNamed(rows: Rows, sensorId: string, of: Issued): Promise<DesiredDocument | null> {
  const row = await rows
    .selectFrom("issued_documents")
    .select("packed")
    .where("sensor_id", "=", sensorId)
    .where("epoch", "=", of.epoch)
    .where("revision", "=", of.revision)
    .where("issued_at", "=", of.issuedAt)
    .executeTakeFirst();
  return row?.packed == null ? null : documentIn(row.packed);
}

function documentIn(packed: string): DesiredDocument {
  return JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString("utf8")) as DesiredDocument;
}

type Place = Pick<IssuedRow, "epoch" | "revision">;

/** The one that is so many below the newest. */
function nth(rows: Rows, sensorId: string, below: number): Promise<Place | undefined> {
  return rows
    .selectFrom("issued_documents")
    .select(["epoch", "revision"])
    .where("sensor_id", "=", sensorId)
    .orderBy("epoch", "desc")
    .orderBy("revision", "desc")
    .limit(1)
    .offset(below)
    .executeTakeFirst();
}

function isUpTo({ epoch, revision }: Place) {
  return (build: ExpressionBuilder<Database, "issued_documents">) =>
    build.or([build("epoch", "<", epoch), build.and([build("epoch", "=", epoch), build("revision", "<=", revision)])]);
}
