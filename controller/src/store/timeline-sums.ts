/**
 * How many rows of each kind, and by whom, the time line of a site holds: kept with each row in its transaction, for a quarter of a
 * million rows are too many to be counted for everybody who looks.
 */
import type { Rows, TimelineRow } from "./schema.ts";

// People of whom there are rows, in a list to choose from.
const peopleShown = 100;

/** Nobody: a box told it. */
const noPerson = "";

/**
 * Within the transaction that added or dropped these rows.
 *
 * @param sign whether they came or went
 */
export async function noteRows(
  rows: Rows,
  siteId: string,
  changed: readonly Pick<TimelineRow, "kind" | "person">[],
  sign: 1 | -1,
): Promise<void> {
  if (changed.length === 0) return;
  const counts = new Map<string, { kind: string; person: string; count: number }>();
  for (const { kind, person } of changed) {
    const key = `${kind} ${person ?? noPerson}`;
    const sum = counts.get(key) ?? { kind, person: person ?? noPerson, count: 0 };
    counts.set(key, { ...sum, count: sum.count + sign });
  }
  // In one order, so that two transactions do not wait for each other.
  const values = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => ({ site_id: siteId, ...sum }));
  await rows
    .insertInto("timeline_sums")
    .values(values)
    .onConflict((conflict) =>
      conflict
        .columns(["site_id", "kind", "person"])
        .doUpdateSet((build) => ({ count: build("timeline_sums.count", "+", build.ref("excluded.count")) })),
    )
    .execute();
}

/** Rows of each kind; of one person where that is named. */
export async function sumsOfKinds(rows: Rows, siteId: string, person?: string): Promise<Record<string, number>> {
  let query = rows.selectFrom("timeline_sums").where("site_id", "=", siteId).where("count", ">", 0);
  if (person !== undefined) query = query.where("person", "=", person);
  const found = await query
    .select((build) => ["kind", build.fn.sum<number>("count").as("count")])
    .groupBy("kind")
    .execute();
  return Object.fromEntries(found.map(({ kind, count }) => [kind, Number(count)]));
}

/** Who did anything at the site. */
export async function peopleOf(rows: Rows, siteId: string): Promise<string[]> {
  const found = await rows
    .selectFrom("timeline_sums")
    .select("person")
    .distinct()
    .where("site_id", "=", siteId)
    .where("person", "!=", noPerson)
    .where("count", ">", 0)
    .orderBy("person")
    .limit(peopleShown)
    .execute();
  return found.map(({ person }) => person);
}
