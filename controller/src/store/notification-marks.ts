/** What was told, so that it is told once, and how far was looked, as rows. */
import type { ExpressionBuilder } from "kysely";
import type { Mark } from "../notify/mark.ts";
import type { Database, NotificationMarkRow, Rows } from "./schema.ts";

/** What was told of one thing. */
export interface KnownMark {
  readonly siteId: string;
  readonly subject: string;
  readonly mark: Mark;
}

const containmentPrefix = "containment:";
// The first text after all that begin with it.
const afterContainments = "containment;";

/** What was told of a containment is marked under this. */
export const containmentSubject = (containmentId: string): string => containmentPrefix + containmentId;

const isContainment = (build: ExpressionBuilder<Database, "notification_marks">) =>
  build.and([build("subject", ">=", containmentPrefix), build("subject", "<", afterContainments)]);

function knownMark(row: NotificationMarkRow): KnownMark {
  const { told, rank, since } = row;
  return { siteId: row.site_id, subject: row.subject, mark: { told, rank, since, calmSince: row.calm_since } };
}

/** What was told of all that has a state: machines, boxes, lines, health. */
export async function readStateMarks(rows: Rows): Promise<KnownMark[]> {
  const found = await rows
    .selectFrom("notification_marks")
    .selectAll()
    .where((build) => build.or([build("subject", "<", containmentPrefix), build("subject", ">=", afterContainments)]))
    .execute();
  return found.map(knownMark);
}

/** What was told of some subjects of a site; a few hundred at most. */
export async function readMarksOf(rows: Rows, siteId: string, subjects: readonly string[]): Promise<KnownMark[]> {
  if (subjects.length === 0) return [];
  const found = await rows
    .selectFrom("notification_marks")
    .selectAll()
    .where("site_id", "=", siteId)
    .where("subject", "in", subjects)
    .execute();
  return found.map(knownMark);
}

/** Writes a mark down, or takes it away. */
export async function writeMark(rows: Rows, siteId: string, subject: string, mark: Mark | null): Promise<void> {
  if (mark === null) {
    await rows.deleteFrom("notification_marks").where("site_id", "=", siteId).where("subject", "=", subject).execute();
    return;
  }
  const { told, rank, since, calmSince } = mark;
  const row = { site_id: siteId, subject, told, rank, since, calm_since: calmSince };
  await rows
    .insertInto("notification_marks")
    .values(row)
    .onConflict((conflict) => conflict.columns(["site_id", "subject"]).doUpdateSet(row))
    .execute();
}

/**
 * Keeps the newest marks of a site's containments. Whether they ended is known by what the box says alone, so that nothing else
 * bounds them; all others are bounded by the machines, boxes and lines that there are.
 */
export async function keepContainmentMarks(rows: Rows, siteId: string, atMost: number): Promise<void> {
  const held = await rows
    .selectFrom("notification_marks")
    .select((build) => build.fn.countAll<number>().as("count"))
    .where("site_id", "=", siteId)
    .where(isContainment)
    .executeTakeFirstOrThrow();
  const over = Number(held.count) - atMost;
  if (over <= 0) return;
  const oldest = rows
    .selectFrom("notification_marks")
    .select("subject")
    .where("site_id", "=", siteId)
    .where(isContainment)
    .orderBy("since")
    .orderBy("subject")
    .limit(over);
  await rows.deleteFrom("notification_marks").where("site_id", "=", siteId).where("subject", "in", oldest).execute();
}

/** Forgets what was told of containments before a time. */
export async function forgetContainmentMarks(rows: Rows, before: number): Promise<void> {
  await rows.deleteFrom("notification_marks").where(isContainment).where("since", "<", before).execute();
}

/** Forgets all that was told and how far was looked: who is told next begins anew. */
export async function forgetProgress(rows: Rows): Promise<void> {
  await rows.deleteFrom("notification_progress").execute();
  await rows.deleteFrom("notification_marks").execute();
}

/** Up to when notices were looked at, by the controller's clock; null where nobody has been told anything. */
export async function readSeenUntil(rows: Rows): Promise<number | null> {
  const row = await rows.selectFrom("notification_progress").select("seen_until").executeTakeFirst();
  return row?.seen_until ?? null;
}

export async function writeSeenUntil(rows: Rows, seenUntil: number): Promise<void> {
  const row = { id: 1, seen_until: seenUntil };
  await rows
    .insertInto("notification_progress")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}
