import type { Translation } from "@cordon/contract";
import type { NatRow, Rows } from "./schema.ts";

/** How long the NAT log is kept, by when it came in. */
export const natRetentionMs = 90 * 24 * 3_600_000;

// How many rows one statement carries: SQLite binds at most 32,766 values, PostgreSQL 65,535.
const rowsPerStatement = 200;

/** Writes down beginnings and ends; either may come without the other. Repeats change nothing. */
export async function putTranslations(
  rows: Rows,
  sensorId: string,
  translations: readonly Translation[],
  now: number,
): Promise<void> {
  const byId = new Map<string, NatRow>();
  for (const translation of translations) {
    const row = byId.get(translation.id) ?? rowOf(sensorId, translation, now);
    if (translation.change === "begun") row.began_at = translation.at;
    else row.ended_at = translation.at;
    byId.set(translation.id, row);
  }
  const all = [...byId.values()];
  for (let from = 0; from < all.length; from += rowsPerStatement) {
    await rows
      .insertInto("nat_log")
      .values(all.slice(from, from + rowsPerStatement))
      .onConflict((conflict) =>
        conflict.columns(["sensor_id", "id"]).doUpdateSet((build) => ({
          began_at: build.fn.coalesce("nat_log.began_at", "excluded.began_at"),
          ended_at: build.fn.coalesce("nat_log.ended_at", "excluded.ended_at"),
        })),
      )
      .execute();
  }
}

function rowOf(sensorId: string, translation: Translation, now: number): NatRow {
  const { id, protocol, host, insideAddress, insidePort, outsideAddress, outsidePort, remoteAddress, remotePort } =
    translation;
  return {
    sensor_id: sensorId,
    id,
    began_at: null,
    ended_at: null,
    protocol,
    host,
    inside_address: insideAddress,
    inside_port: insidePort,
    outside_address: outsideAddress,
    outside_port: outsidePort,
    remote_address: remoteAddress,
    remote_port: remotePort,
    received_at: now,
  };
}

/** What a complaint from outside names; absent fields are not asked for. */
export interface NatQuestion {
  readonly sensorId: string;
  readonly outsidePort: number;
  /** Epoch milliseconds, by the sensor's clock. */
  readonly at: number;
  /** How wrong the time of the complaint may be. Default a minute: wider finds more who had the port before or after. */
  readonly withinMs?: number;
  readonly outsideAddress?: string;
  readonly protocol?: string;
  readonly remoteAddress?: string;
}

/** A page of what is found; default the first thousand. */
export interface NatPage {
  readonly limit: number;
  readonly offset: number;
}

/** Who was behind an outside port at a time, the newest first. */
export async function whoWasBehind(
  rows: Rows,
  question: NatQuestion,
  { limit, offset }: NatPage = { limit: 1000, offset: 0 },
): Promise<NatRow[]> {
  const { sensorId, outsidePort, at, withinMs = 60_000, outsideAddress, protocol, remoteAddress } = question;
  let query = rows
    .selectFrom("nat_log")
    .selectAll()
    .where("sensor_id", "=", sensorId)
    .where("outside_port", "=", outsidePort)
    // Of one without a beginning, or without an end, nobody knows how far it went.
    .where((build) => build.or([build("began_at", "is", null), build("began_at", "<=", at + withinMs)]))
    .where((build) => build.or([build("ended_at", "is", null), build("ended_at", ">=", at - withinMs)]));
  if (outsideAddress !== undefined) query = query.where("outside_address", "=", outsideAddress);
  if (protocol !== undefined) query = query.where("protocol", "=", protocol);
  if (remoteAddress !== undefined) query = query.where("remote_address", "=", remoteAddress);
  // Of databases some have those without a value first.
  return query
    .orderBy("began_at", (order) => order.desc().nullsLast())
    .orderBy("id")
    .limit(limit)
    .offset(offset)
    .execute();
}

// The box tells what it lost with the next of its notices, which come within minutes.
const lossToldWithinMs = 600_000;

/** How many translations around a time are known to have gone by untold. */
export async function translationsLost(
  rows: Rows,
  sensorId: string,
  { at, withinMs = 60_000 }: Pick<NatQuestion, "at" | "withinMs">,
): Promise<number> {
  const found = await rows
    .selectFrom("nat_losses")
    .select((build) => build.fn.sum<number | null>("lost").as("lost"))
    .where("sensor_id", "=", sensorId)
    .where("at", ">=", at - withinMs)
    .where("at", "<=", at + withinMs + lossToldWithinMs)
    .executeTakeFirst();
  return Number(found?.lost ?? 0);
}
