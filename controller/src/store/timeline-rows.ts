/**
 * The time line of a site: what happened to its machines, its line and its box, and what people did, in one table. Each row is
 * written in the transaction that stores what it tells of, so that neither stands alone.
 */
import { machineName, type HostSnapshot } from "@cordon/contract";
import { sql, type SelectQueryBuilder } from "kysely";
import { haveLine, hold } from "./host-words.ts";
import type { Database, Rows, TimelineRow } from "./schema.ts";
import { noteRows } from "./timeline-sums.ts";

/** What a row is about. `people`: what somebody looked up or set up; `line` and `box`: the state of these. */
export const timelineKinds = ["evidence", "verdict", "action", "policy", "people", "line", "box"] as const;
export type TimelineKind = (typeof timelineKinds)[number];

/** Something to tell. */
export interface TimelineFact {
  /** Names it among those of its site: told again, it is the same. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly kind: TimelineKind;
  /** What happened, in kebab case: `verdict`, `containment-asked`. */
  readonly what: string;
  /** The machine that it is about; absent where it is about none alone. */
  readonly host?: string | null;
  /** What that is called now; looked for like everything else in words. Absent: what the records know. */
  readonly name?: string;
  /** Who did it; absent where a box or its policy did. */
  readonly person?: string | null;
  /** JSON: what more there is to say. */
  readonly detail: Readonly<Record<string, unknown>>;
}

// SQLite binds at most 32,766 values.
const rowsPerStatement = 500;
// Of a detail, what somebody may look for.
const wordsLength = 600;

/**
 * Tells facts of a site, within a transaction. A time that lies ahead, by a box's wrong clock, is now: it would stand on top for ever.
 *
 * @returns how many of them were new
 */
export async function addToTimeline(
  rows: Rows,
  siteId: string,
  facts: readonly TimelineFact[],
  now: number,
): Promise<number> {
  const added = await putFacts(rows, siteId, facts, now);
  await noteRows(rows, siteId, added, 1);
  return added.length;
}

/** As `addToTimeline`, without its sums; gives what was new. */
export async function putFacts(
  rows: Rows,
  siteId: string,
  facts: readonly TimelineFact[],
  now: number,
): Promise<readonly Pick<TimelineRow, "kind" | "person">[]> {
  const added: Pick<TimelineRow, "kind" | "person">[] = [];
  for (let from = 0; from < facts.length; from += rowsPerStatement) {
    const values = facts.slice(from, from + rowsPerStatement).map((fact): TimelineRow => ({
      site_id: siteId,
      id: fact.id,
      at: Math.min(fact.at, now),
      kind: fact.kind,
      what: fact.what,
      host: fact.host ?? null,
      person: fact.person ?? null,
      detail: JSON.stringify(fact.detail),
      words: wordsOf(fact),
    }));
    const inserted = await rows
      .insertInto("timeline")
      .values(values)
      .onConflict((conflict) => conflict.columns(["site_id", "id"]).doNothing())
      .returning(["kind", "person"])
      .execute();
    added.push(...inserted);
  }
  return added;
}

/** All that a row can be found by, in small letters. */
function wordsOf({ what, host, name, person, detail }: TimelineFact): string {
  const said = Object.values(detail).filter((value) => typeof value === "string" || typeof value === "number");
  return [name, host, person, what.replaceAll("-", " "), ...said]
    .filter((word) => word !== undefined && word !== null)
    .join(" ")
    .toLowerCase()
    .slice(0, wordsLength);
}

/** Which rows are asked for; absent is all. */
export interface TimelineFilter {
  readonly kinds?: readonly TimelineKind[];
  readonly host?: string;
  readonly person?: string;
  /** From this time on, and before that one. */
  readonly from?: number;
  readonly to?: number;
  /** Found in any of a row's words, whatever its case; or the whole of a name, address or MAC that its machine has now. */
  readonly text?: string;
}

/** A place between rows: that of one of them. */
export interface TimelinePlace {
  readonly at: number;
  readonly id: string;
}

type TimelineQuery<O> = SelectQueryBuilder<Database, "timeline", O>;

/** The rows of a site that a filter lets through. */
export function filtered<O>(query: TimelineQuery<O>, siteId: string, filter: TimelineFilter): TimelineQuery<O> {
  const { kinds, host, person, from, to, text } = filter;
  let found = query.where("site_id", "=", siteId);
  if (kinds !== undefined) found = found.where("kind", "in", kinds);
  if (host !== undefined) found = found.where("host", "=", host);
  if (person !== undefined) found = found.where("person", "=", person);
  if (from !== undefined) found = found.where("at", ">=", from);
  if (to !== undefined) found = found.where("at", "<", to);
  if (text !== undefined) {
    // Rows name a machine as it was called then: whoever types its address means the machine.
    const called = sql`select hosts.host from hosts where hosts.site_id = ${siteId} and ${haveLine(sql`hosts.words`, text)}`;
    found = found.where(sql<boolean>`(${hold(sql`timeline.words`, text)} or timeline.host in (${called}))`);
  }
  return found;
}

/**
 * A page of the time line, the newest first.
 *
 * @param page what lies before (older than) or after a place, nearest to it; neither: the newest
 */
export async function readTimeline(
  rows: Rows,
  siteId: string,
  filter: TimelineFilter,
  page: { readonly limit: number; readonly before?: TimelinePlace; readonly after?: TimelinePlace },
): Promise<TimelineRow[]> {
  const { limit, before, after } = page;
  let query = filtered(rows.selectFrom("timeline").selectAll(), siteId, filter);
  // As one comparison of rows, which both stores answer from the index.
  if (before !== undefined) query = query.where(sql<boolean>`(at, id) < (${before.at}, ${before.id})`);
  if (after !== undefined) query = query.where(sql<boolean>`(at, id) > (${after.at}, ${after.id})`);
  const order = after === undefined ? "desc" : "asc";
  const found = await query.orderBy("at", order).orderBy("id", order).limit(limit).execute();
  return after === undefined ? found : found.toReversed();
}

/** One row; undefined where the site has none of that id. */
export function readTimelineRow(rows: Rows, siteId: string, id: string): Promise<TimelineRow | undefined> {
  return rows.selectFrom("timeline").selectAll().where("site_id", "=", siteId).where("id", "=", id).executeTakeFirst();
}

/** What people call these machines, as far as the records know them. */
export async function namesOfHosts(
  rows: Rows,
  siteId: string,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const asked = [...new Set(hosts.filter((host) => host !== ""))];
  if (asked.length === 0) return new Map();
  const known = await rows
    .selectFrom("hosts")
    .select(["host", "snapshot"])
    .where("site_id", "=", siteId)
    .where("host", "in", asked)
    .execute();
  return new Map(known.map(({ host, snapshot }) => [host, machineName(JSON.parse(snapshot) as HostSnapshot)]));
}
