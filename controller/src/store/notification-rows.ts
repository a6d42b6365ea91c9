/** Channels, what waits for them and what became of it, as rows. Rows were checked when they were written, and are trusted here. */
import type { Channel } from "../notify/channel.ts";
import type { Finding } from "../notify/finding.ts";
import type { Mark } from "../notify/mark.ts";
import type { Message } from "../notify/message.ts";
import type { NotificationChannelRow, NotificationDeliveryRow, Rows } from "./schema.ts";

function channelOf(row: NotificationChannelRow): Channel {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    settings: JSON.parse(row.settings),
    secrets: JSON.parse(row.secrets),
    leastSeverity: row.least_severity,
    quietHours: row.quiet_hours === null ? null : JSON.parse(row.quiet_hours),
    sites: row.sites === null ? null : JSON.parse(row.sites),
    isEnabled: row.is_enabled === 1,
    createdAt: row.created_at,
    overflow: row.overflow,
  } as Channel;
}

/** Every channel, by name. */
export async function readChannels(rows: Rows): Promise<Channel[]> {
  return (await rows.selectFrom("notification_channels").selectAll().orderBy("name").orderBy("id").execute()).map(
    channelOf,
  );
}

/** One channel, or null. */
export async function readChannel(rows: Rows, channelId: string): Promise<Channel | null> {
  const row = await rows.selectFrom("notification_channels").selectAll().where("id", "=", channelId).executeTakeFirst();
  return row === undefined ? null : channelOf(row);
}

/** Writes a channel, new or changed. */
export async function writeChannel(rows: Rows, channel: Channel): Promise<void> {
  const row: NotificationChannelRow = {
    id: channel.id,
    kind: channel.kind,
    name: channel.name,
    settings: JSON.stringify(channel.settings),
    secrets: JSON.stringify(channel.secrets),
    least_severity: channel.leastSeverity,
    quiet_hours: channel.quietHours === null ? null : JSON.stringify(channel.quietHours),
    sites: channel.sites === null ? null : JSON.stringify(channel.sites),
    is_enabled: channel.isEnabled ? 1 : 0,
    created_at: channel.createdAt,
    overflow: channel.overflow,
  };
  await rows
    .insertInto("notification_channels")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}

/** Takes a channel away with all that waits for it. */
export async function deleteChannel(rows: Rows, channelId: string): Promise<void> {
  await rows.deleteFrom("notification_findings").where("channel_id", "=", channelId).execute();
  await rows.deleteFrom("notification_deliveries").where("channel_id", "=", channelId).execute();
  await rows.deleteFrom("notification_channels").where("id", "=", channelId).execute();
}

/** A finding that waits to be put into a message. */
export interface WaitingFinding {
  readonly id: string;
  readonly finding: Finding;
}

/** Has a finding wait for a channel; where too many do, it is counted and not kept. */
export async function addFinding(
  rows: Rows,
  channelId: string,
  { id, finding }: WaitingFinding,
  atMost: number,
): Promise<void> {
  const held = await rows
    .selectFrom("notification_findings")
    .select((build) => build.fn.countAll<number>().as("count"))
    .where("channel_id", "=", channelId)
    .executeTakeFirstOrThrow();
  if (Number(held.count) >= atMost) {
    await rows
      .updateTable("notification_channels")
      .set((build) => ({ overflow: build("overflow", "+", 1) }))
      .where("id", "=", channelId)
      .execute();
    return;
  }
  const row = { id, channel_id: channelId, body: JSON.stringify(finding), at: finding.at };
  await rows.insertInto("notification_findings").values(row).execute();
}

/** What waits for a channel, the oldest first. */
export async function readFindings(rows: Rows, channelId: string): Promise<WaitingFinding[]> {
  const found = await rows
    .selectFrom("notification_findings")
    .select(["id", "body"])
    .where("channel_id", "=", channelId)
    .orderBy("at")
    .orderBy("id")
    .execute();
  return found.map(({ id, body }) => ({ id, finding: JSON.parse(body) as Finding }));
}

/** How many findings wait, by channel. */
export async function countFindings(rows: Rows): Promise<ReadonlyMap<string, number>> {
  const counts = await rows
    .selectFrom("notification_findings")
    .select(["channel_id", (build) => build.fn.countAll<number>().as("count")])
    .groupBy("channel_id")
    .execute();
  return new Map(counts.map(({ channel_id, count }) => [channel_id, Number(count)]));
}

/** Puts a message in the place of the findings that it tells. */
export async function writeMessage(
  rows: Rows,
  channelId: string,
  message: Message,
  findingIds: readonly string[],
): Promise<void> {
  // In parts: a statement binds only so many values.
  for (let from = 0; from < findingIds.length; from += 200) {
    await rows
      .deleteFrom("notification_findings")
      .where("id", "in", findingIds.slice(from, from + 200))
      .execute();
  }
  await rows.updateTable("notification_channels").set({ overflow: 0 }).where("id", "=", channelId).execute();
  await rows
    .insertInto("notification_deliveries")
    .values({
      id: message.id,
      channel_id: channelId,
      severity: message.severity,
      title: message.title,
      body: JSON.stringify(message),
      is_test: message.isTest ? 1 : 0,
      state: "waiting",
      tries: 0,
      created_at: message.at,
      due_at: message.at,
      done_at: null,
      answer: null,
    })
    .execute();
}

export interface WaitingDelivery {
  readonly id: string;
  readonly channelId: string;
  readonly message: Message;
  readonly tries: number;
  readonly createdAt: number;
  readonly dueAt: number;
}

/** Deliveries that are not over, the oldest first. */
export async function readWaiting(rows: Rows): Promise<WaitingDelivery[]> {
  const found = await rows
    .selectFrom("notification_deliveries")
    .selectAll()
    .where("state", "=", "waiting")
    .orderBy("created_at")
    .execute();
  return found.map((row) => ({
    id: row.id,
    channelId: row.channel_id,
    message: JSON.parse(row.body) as Message,
    tries: row.tries,
    createdAt: row.created_at,
    dueAt: row.due_at,
  }));
}

export type DeliveryEnd = Pick<NotificationDeliveryRow, "state" | "tries" | "due_at" | "done_at" | "answer">;

/** Writes down what became of a try. */
export async function writeTry(rows: Rows, deliveryId: string, end: DeliveryEnd): Promise<void> {
  await rows.updateTable("notification_deliveries").set(end).where("id", "=", deliveryId).execute();
}

/** What waits for a channel is sent now, or no more. */
export async function hasten(rows: Rows, channelId: string, now: number): Promise<void> {
  await rows
    .updateTable("notification_deliveries")
    .set({ due_at: now })
    .where("channel_id", "=", channelId)
    .where("state", "=", "waiting")
    .execute();
}

/** Ends what waits for a channel without having been delivered. */
export async function giveUp(rows: Rows, channelId: string, now: number, answer: string): Promise<void> {
  await rows.deleteFrom("notification_findings").where("channel_id", "=", channelId).execute();
  await rows
    .updateTable("notification_deliveries")
    .set({ state: "given-up", done_at: now, answer })
    .where("channel_id", "=", channelId)
    .where("state", "=", "waiting")
    .execute();
}

/** The last deliveries of all channels, the newest first, without what they said. */
export async function readDeliveries(rows: Rows, limit: number): Promise<Omit<NotificationDeliveryRow, "body">[]> {
  return rows
    .selectFrom("notification_deliveries")
    .select([
      ...(["id", "channel_id", "severity", "title", "is_test", "state", "tries"] as const),
      ...(["created_at", "due_at", "done_at", "answer"] as const),
    ])
    .orderBy("created_at", "desc")
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Forgets deliveries that were over before a time. */
export async function forgetDeliveries(rows: Rows, before: number): Promise<void> {
  await rows.deleteFrom("notification_deliveries").where("done_at", "<", before).execute();
}

/** What was told, by site and subject. */
export async function readMarks(
  rows: Rows,
): Promise<readonly { readonly siteId: string; readonly subject: string; readonly mark: Mark }[]> {
  const found = await rows.selectFrom("notification_marks").selectAll().execute();
  return found.map((row) => ({
    siteId: row.site_id,
    subject: row.subject,
    mark: { told: row.told, rank: row.rank, since: row.since, calmSince: row.calm_since },
  }));
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

/** Up to when notices were looked at, by the controller's clock; null before the first look. */
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
