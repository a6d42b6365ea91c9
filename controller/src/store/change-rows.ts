import type { NoticeRow, Rows } from "./schema.ts";

/** Where a page ends: time and sequence of its last row. */
export interface PageEnd {
  readonly at: number;
  readonly sequence: number;
}

/** Notices of what became of containments, the newest first. */
export async function readChanges(
  rows: Rows,
  sensorId: string,
  { limit, before }: { readonly limit: number; readonly before: PageEnd | null },
): Promise<Pick<NoticeRow, "boot_id" | "sequence" | "at" | "body">[]> {
  let query = rows
    .selectFrom("notices")
    .select(["boot_id", "sequence", "at", "body"])
    .where("sensor_id", "=", sensorId)
    .where("kind", "=", "containment");
  if (before !== null) {
    const { at, sequence } = before;
    query = query.where((build) =>
      build.or([build("at", "<", at), build.and([build("at", "=", at), build("sequence", "<", sequence)])]),
    );
  }
  return query.orderBy("at", "desc").orderBy("sequence", "desc").limit(limit).execute();
}
