/** Channels, messages and what became of them, as rows. Rows were checked when they were written, and are trusted here. */
import type { Channel } from "../notify/channel.ts";
import type { Message } from "../notify/message.ts";
import type { NotificationChannelRow, NotificationDeliveryRow, Rows } from "./schema.ts";
import { deleteFindings, takeFindings } from "./waiting-findings.ts";

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
    language: row.language,
    createdAt: row.created_at,
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
    language: channel.language,
    created_at: channel.createdAt,
  };
  await rows
    .insertInto("notification_channels")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}

/** Takes a channel away with all that waits for it. */
export async function deleteChannel(rows: Rows, channelId: string): Promise<void> {
  await deleteFindings(rows, channelId);
  await rows.deleteFrom("notification_deliveries").where("channel_id", "=", channelId).execute();
  await rows.deleteFrom("notification_channels").where("id", "=", channelId).execute();
}

/** Puts a message in the place of the findings that it tells. */
export async function writeMessage(
  rows: Rows,
  channelId: string,
  message: Message,
  findingIds: readonly string[],
): Promise<void> {
  await takeFindings(rows, channelId, findingIds);
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
  await deleteFindings(rows, channelId);
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

/** Forgets deliveries that were over before a time, and of each channel all but the newest of those that are over. */
export async function forgetDeliveries(rows: Rows, before: number, keepPerChannel: number): Promise<void> {
  await rows.deleteFrom("notification_deliveries").where("done_at", "<", before).execute();
  for (const { id } of await rows.selectFrom("notification_channels").select("id").execute()) {
    const ofChannel = rows
      .selectFrom("notification_deliveries")
      .where("channel_id", "=", id)
      .where("done_at", "is not", null);
    const kept = ofChannel.select("id").orderBy("done_at", "desc").orderBy("id").limit(keepPerChannel);
    await rows
      .deleteFrom("notification_deliveries")
      .where("channel_id", "=", id)
      .where("done_at", "is not", null)
      .where("id", "not in", kept)
      .execute();
  }
}
