/** The time line at a glance, by sums that the store makes. */
import { sql } from "kysely";
import type { Rows } from "./schema.ts";
import { filtered, type TimelineFilter } from "./timeline-rows.ts";
import { sumsOfKinds } from "./timeline-sums.ts";

const dayMs = 86_400_000;
// Evidence of a machine so long before it was found infected began that.
const buildUpMs = 3_600_000;

/** Rows of each kind, whatever kinds the filter names. */
export async function countKinds(rows: Rows, siteId: string, filter: TimelineFilter): Promise<Record<string, number>> {
  const { kinds: _, ...rest } = filter;
  const { person, ...others } = rest;
  if (Object.values(others).every((each) => each === undefined)) return sumsOfKinds(rows, siteId, person);
  // As an expression the kind is in no index: else all rows are gone through in its order, to look for those of one machine.
  const kind = sql<string>`kind || ''`;
  const found = await filtered(rows.selectFrom("timeline"), siteId, rest)
    .select([kind.as("kind"), sql<number>`count(*)`.as("count")])
    .groupBy(kind)
    .execute();
  return Object.fromEntries(found.map(({ kind: each, count }) => [each, Number(count)]));
}

export interface Story {
  readonly beganAt: number;
  readonly host: string;
  readonly infected: number;
  readonly lastInfectedAt: number;
  readonly cutAt: number | null;
}

/** The last day on which machines were found infected, within the filter's time. Null where none was. */
export async function storyOf(rows: Rows, siteId: string, { from, to, host }: TimelineFilter): Promise<Story | null> {
  const within = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const ofHost = { ...within, ...(host === undefined ? {} : { host }), kinds: ["verdict"] as const };
  const verdicts = filtered(rows.selectFrom("timeline"), siteId, ofHost).where("what", "=", "verdict-infected");
  const last = await verdicts.select("at").orderBy("at", "desc").limit(1).executeTakeFirst();
  if (last === undefined) return null;
  const since = from ?? last.at - dayMs;
  const ofDay = verdicts.where("at", ">=", since);
  const first = await ofDay.select(["at", "host"]).orderBy("at").limit(1).executeTakeFirst();
  const infected = await ofDay.select("host").distinct().limit(1_000).execute();
  if (first?.host == null) return null;
  const hosts = infected.flatMap((row) => row.host ?? []);
  const evidence = await filtered(rows.selectFrom("timeline"), siteId, { host: first.host, kinds: ["evidence"] })
    .select((build) => build.fn.min("at").as("at"))
    .where("at", ">=", first.at - buildUpMs)
    .where("at", "<=", first.at)
    .executeTakeFirst();
  const beganAt = evidence?.at ?? first.at;
  const cut = await filtered(rows.selectFrom("timeline"), siteId, { ...within, kinds: ["action"] })
    .select((build) => build.fn.min("at").as("at"))
    .where("what", "=", "containment-in-force")
    .where("at", ">=", beganAt)
    .where("host", "in", hosts)
    .executeTakeFirst();
  return { beganAt, host: first.host, infected: hosts.length, lastInfectedAt: last.at, cutAt: cut?.at ?? null };
}

/** How much happened in a step of the overview. */
export interface OverviewMark {
  readonly step: number;
  readonly kind: string;
  readonly what: string;
  readonly count: number;
}

export interface Overview {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly marks: readonly OverviewMark[];
}

/** How much happened when: within the filter's time, else within the last day, so far as there is anything. */
export async function overviewOf(
  rows: Rows,
  siteId: string,
  filter: TimelineFilter,
  { steps, now }: { readonly steps: number; readonly now: number },
): Promise<Overview> {
  const to = filter.to ?? now;
  const { kinds: _, ...rest } = filter;
  const oldest =
    filter.from === undefined
      ? await filtered(rows.selectFrom("timeline"), siteId, { ...rest, from: to - dayMs, to: to + 1 })
          .select((build) => build.fn.min("at").as("at"))
          .executeTakeFirst()
      : undefined;
  const from = Math.min(filter.from ?? oldest?.at ?? to - dayMs, to - steps);
  const step = sql<number>`floor((at - ${from}) * ${steps} / ${to + 1 - from})`;
  // Only of what has a state is it told which: else there would be a mark for each text.
  const what = sql<string>`case when kind in ('verdict', 'line') then what else '' end`;
  const found = await filtered(rows.selectFrom("timeline"), siteId, { ...rest, from, to: to + 1 })
    .select([step.as("step"), "kind", what.as("state"), sql<number>`count(*)`.as("count")])
    .groupBy([sql`1`, sql`2`, sql`3`])
    .execute();
  return {
    ...{ from, to, steps },
    marks: found.map((row) => ({ step: Number(row.step), kind: row.kind, what: row.state, count: Number(row.count) })),
  };
}
