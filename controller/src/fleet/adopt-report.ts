/**
 * What becomes of the records where a sensor holds a document that they have forgotten, as after a restore from a backup: they
 * take up what it holds, and what it holds no longer has ended; what somebody has wished or taken back on the restored
 * records in the meantime is the later word, and is laid over that.
 */
import { isDeepStrictEqual } from "node:util";
import { everyContainment, isNewer, type DesiredDocument, type Reported } from "@cordon/contract";
import { openContainments } from "../store/containment-rows.ts";
import { readIssued, wasIssued } from "../store/issued-rows.ts";
import { deletePardon, readPardons, writePardon } from "../store/pardon-rows.ts";
import { readReflexWish, writeReflexWish } from "../store/reflex-wishes.ts";
import type { DesiredRow, Rows } from "../store/schema.ts";
import { adoptSiteWishes } from "./adopt-site-wishes.ts";
import {
  asTold,
  keepEnded,
  keepExpired,
  refuseTooMany,
  refuseTooManyPardons,
  reportedAuthor,
  type AdoptionLimits,
} from "./adoption-bounds.ts";
import { isWanted } from "./desired.ts";
import { saidSince } from "./said-since.ts";
import { threeWay } from "./three-way.ts";

/** What names the document that a sensor holds; epoch 0 where it holds none. */
export type Holding = Pick<Reported, "epoch" | "revision" | "issuedAt">;

/** The newest document of a sensor, or null before its first. */
export async function readDesired(rows: Rows, sensorId: string): Promise<DesiredRow | null> {
  const row = await rows
    .selectFrom("desired_documents")
    .selectAll()
    .where("sensor_id", "=", sensorId)
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Whether a sensor has reached a document of which the records know nothing: one ahead of the newest, or another one under a
 * revision that was given out twice, where the sensor says which.
 */
export async function isForgotten(
  rows: Rows,
  sensorId: string,
  { epoch, revision, issuedAt }: Holding,
  last: DesiredRow | null,
): Promise<boolean> {
  if (isNewer({ epoch, revision }, last ?? { epoch: 0, revision: 0 })) return true;
  return issuedAt !== undefined && !(await wasIssued(rows, sensorId, { epoch, revision, issuedAt }));
}

export interface Adoption {
  readonly sensorId: string;
  readonly siteId: string;
  readonly reported: Reported;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly limits: AdoptionLimits;
}

/**
 * Brings the records to what the sensor holds; see above. What the records did not know stands there as the box's word,
 * whomever it names. Throws `adoption-too-large`.
 */
export async function adoptReport(rows: Rows, adoption: Adoption): Promise<void> {
  const { sensorId, siteId, reported, now, limits } = adoption;
  await refuseTooMany(rows, sensorId, reported, limits);
  const { issuedAt, policy, pardons = [] } = reported;
  // What it holds was made from the last document that was issued before it and is still known.
  const base = issuedAt === undefined ? null : await readIssued(rows, sensorId, issuedAt);
  await adoptContainments(rows, adoption, base);
  const said = await saidSince(rows, siteId, base === null ? null : (issuedAt ?? null));
  if (!said.reflex) await adoptReflex(rows, siteId, reported, base);
  // Under an older policy the box would let go whom it holds, and a forgotten pardon would have it take others.
  const site = await rows.selectFrom("sites").select("policy").where("id", "=", siteId).executeTakeFirst();
  if (policy !== undefined && !said.policy && (base === null || base.policy === site?.policy)) {
    await rows.updateTable("sites").set({ policy }).where("id", "=", siteId).execute();
  }
  const ours = await readPardons(rows, siteId, now);
  const { taken, ended } = threeWay(ours, base && (base.pardons ?? []), pardons, ({ host }) => host);
  const added = taken.filter(({ until }) => until === null || until > now);
  refuseTooManyPardons(ours, added);
  for (const pardon of added) {
    const own = ours.find(({ host }) => host === pardon.host);
    await writePardon(rows, siteId, asTold(pardon, own));
  }
  for (const { host } of ended) await deletePardon(rows, siteId, host, now);
  await adoptSiteWishes(rows, { siteId, reported, base, said: said.barriers, now });
  await keepEnded(rows, sensorId, limits);
  await keepExpired(rows, siteId, now);
}

// How many rows one statement carries: SQLite binds at most 32,766 values, PostgreSQL 65,535.
const rowsPerStatement = 200;

async function adoptContainments(
  rows: Rows,
  { sensorId, siteId, reported, now }: Adoption,
  base: DesiredDocument | null,
): Promise<void> {
  const ending = new Set(reported.ending);
  const wished = everyContainment(reported).filter(({ id }) => !ending.has(id));
  const told = wished.map((containment) => ({
    id: containment.id,
    site_id: siteId,
    sensor_id: sensorId,
    kind: containment.kind,
    vector: containment.vector,
    host: containment.host,
    reason: containment.reason,
    author: reportedAuthor,
    asked_at: containment.startsAt,
    expires_at: containment.expiresAt,
  }));
  for (let from = 0; from < told.length; from += rowsPerStatement) {
    await rows
      .insertInto("containments")
      .values(told.slice(from, from + rowsPerStatement))
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
  }
  if (base === null) return;
  const held = new Set(wished.map(({ id }) => id));
  const before = new Set(everyContainment(base).map(({ id }) => id));
  for (const row of await openContainments(rows, sensorId)) {
    if (!isWanted(row, now) || !before.has(row.id) || held.has(row.id)) continue;
    const release_reason = "The box holds it no longer: it was released after what these records remember.";
    await rows
      .updateTable("containments")
      .set({ released_at: now, release_author: sensorId, release_reason })
      .where("id", "=", row.id)
      .execute();
  }
}

async function adoptReflex(rows: Rows, siteId: string, reported: Reported, base: DesiredDocument | null) {
  const { mode = null, budget = "usual", refusal = null, rules } = reported.reflex ?? {};
  // Where the box refuses, what it does is not what was wished.
  if (mode === null || refusal !== null) return;
  const ours = await readReflexWish(rows, siteId);
  if (base !== null && !isDeepStrictEqual(ours, base.reflex ?? null)) return;
  await writeReflexWish(rows, siteId, { mode, budget, hosts: rules ?? ours?.hosts ?? [] });
}
