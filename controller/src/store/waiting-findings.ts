/** What waits for channels to be put into a message, as rows: bounded for each site, so that none has another's room. */
import { weightOf, type Finding } from "../notify/finding.ts";
import type { Rows } from "./schema.ts";

/** A finding that waits to be put into a message. */
export interface WaitingFinding {
  readonly id: string;
  readonly finding: Finding;
}

/**
 * Has a finding wait for a channel. Where so many of its site do that there is no room, the least bad of them goes, of equals the
 * oldest, be it this one; what went is counted.
 */
export async function addFinding(
  rows: Rows,
  channelId: string,
  { id, finding }: WaitingFinding,
  atMost: number,
): Promise<void> {
  const { siteId, at } = finding;
  const weight = weightOf(finding);
  const held = await rows
    .selectFrom("notification_findings")
    .select((build) => build.fn.countAll<number>().as("count"))
    .where("channel_id", "=", channelId)
    .where("site_id", "=", siteId)
    .executeTakeFirstOrThrow();
  if (Number(held.count) >= atMost) {
    await addOverflow(rows, channelId, siteId, 1);
    const least = await rows
      .selectFrom("notification_findings")
      .select(["id", "weight"])
      .where("channel_id", "=", channelId)
      .where("site_id", "=", siteId)
      .orderBy("weight")
      .orderBy("at")
      .orderBy("id")
      .limit(1)
      .executeTakeFirst();
    if (least === undefined || least.weight > weight) return;
    await rows.deleteFrom("notification_findings").where("id", "=", least.id).execute();
  }
  const row = { id, channel_id: channelId, site_id: siteId, weight, body: JSON.stringify(finding), at };
  await rows.insertInto("notification_findings").values(row).execute();
}

/** Counts what a channel is not told of a site one by one. */
export async function addOverflow(rows: Rows, channelId: string, siteId: string, count: number): Promise<void> {
  await rows
    .insertInto("notification_overflows")
    .values({ channel_id: channelId, site_id: siteId, count })
    .onConflict((conflict) =>
      conflict
        .columns(["channel_id", "site_id"])
        .doUpdateSet((build) => ({ count: build("notification_overflows.count", "+", count) })),
    )
    .execute();
}

/** What waits for a channel and is at least as bad, the oldest first. */
export async function readFindings(rows: Rows, channelId: string, leastWeight: number): Promise<WaitingFinding[]> {
  const found = await rows
    .selectFrom("notification_findings")
    .select(["id", "body"])
    .where("channel_id", "=", channelId)
    .where("weight", ">=", leastWeight)
    .orderBy("at")
    .orderBy("id")
    .execute();
  return found.map(({ id, body }) => ({ id, finding: JSON.parse(body) as Finding }));
}

/** What a channel had no room for since its last message, by site. */
export interface Overflow {
  readonly siteName: string;
  readonly count: number;
}

/** What a channel had no room for. */
export async function readOverflows(rows: Rows, channelId: string): Promise<Overflow[]> {
  const found = await rows
    .selectFrom("notification_overflows")
    .innerJoin("sites", "sites.id", "notification_overflows.site_id")
    .select(["sites.name", "notification_overflows.count"])
    .where("notification_overflows.channel_id", "=", channelId)
    .orderBy("sites.name")
    .execute();
  return found.map(({ name, count }) => ({ siteName: name, count: Number(count) }));
}

/** How many findings wait, by channel; those that there was no room for as well. */
export async function countFindings(rows: Rows): Promise<ReadonlyMap<string, number>> {
  const waiting = await rows
    .selectFrom("notification_findings")
    .select(["channel_id", (build) => build.fn.countAll<number>().as("count")])
    .groupBy("channel_id")
    .execute();
  const beyond = await rows
    .selectFrom("notification_overflows")
    .select(["channel_id", (build) => build.fn.sum<number>("count").as("count")])
    .groupBy("channel_id")
    .execute();
  const counts = new Map<string, number>();
  for (const { channel_id, count } of [...waiting, ...beyond]) {
    counts.set(channel_id, (counts.get(channel_id) ?? 0) + Number(count));
  }
  return counts;
}

/** Takes away what is told now, and what was counted beside it. */
export async function takeFindings(rows: Rows, channelId: string, findingIds: readonly string[]): Promise<void> {
  // In parts: a statement binds only so many values.
  for (let from = 0; from < findingIds.length; from += 200) {
    await rows
      .deleteFrom("notification_findings")
      .where("id", "in", findingIds.slice(from, from + 200))
      .execute();
  }
  await rows.deleteFrom("notification_overflows").where("channel_id", "=", channelId).execute();
}

/** Takes away all that waits for a channel. */
export async function deleteFindings(rows: Rows, channelId: string): Promise<void> {
  await rows.deleteFrom("notification_findings").where("channel_id", "=", channelId).execute();
  await rows.deleteFrom("notification_overflows").where("channel_id", "=", channelId).execute();
}
