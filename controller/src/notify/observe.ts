/** What the store says now of everything that a person may have to be told. Reads; changes nothing. */
import type { HostSnapshot, LineState, Notice, Reported } from "@cordon/contract";
import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "kysely";
import type { ForgottenKeeper, Withheld } from "../fleet/forgotten-keeper.ts";
import { identityTroubles } from "../incident/identity-facts.ts";
import { whyHalted } from "../rollout/update-order.ts";
import type { Rows } from "../store/schema.ts";
import type { Level } from "./mark.ts";

/** One thing that may be bad, and how it stands. */
export interface Observation {
  readonly siteId: string;
  /** `host:MAC`, `box:ID`, `line:ID`, `health:ID:CODE`. */
  readonly subject: string;
  /** Null: not known now, so whatever was known stays. */
  readonly level: Level | null;
  readonly about: About;
}

/** What sentences are made of. */
export type About =
  | { readonly kind: "host"; readonly host: string }
  | { readonly kind: "box"; readonly silentSince: number }
  | { readonly kind: "line"; readonly line: LineState | null }
  | { readonly kind: "health"; readonly text: string }
  /** It is sent no orders. */
  | { readonly kind: "withheld"; readonly withheld: Withheld };

/** The last that was said of a containment. */
export interface ContainmentNotice {
  readonly siteId: string;
  readonly notice: Notice & { readonly kind: "containment" };
}

export interface Seen {
  readonly observations: readonly Observation[];
  /** Sites of boxes that are heard: only of these is what is not observed over. */
  readonly heardSites: ReadonlySet<string>;
  readonly notices: readonly ContainmentNotice[];
  /** How many notices were not looked at, by site: more than a box has reason to send at once. */
  readonly unread: ReadonlyMap<string, number>;
}

/** Says why a box is sent none. Not of the store, which may be why. */
export type Orders = Pick<ForgottenKeeper, "withheld">;

export interface ObserveOptions {
  readonly orders: Orders;
  readonly now: number;
  /** Silence counts from here at the earliest: while nobody listened nobody was silent. */
  readonly listeningSince: number;
  /** How long a box is silent before it is told, ms. */
  readonly boxSilentMs: number;
  /** Notices received after the first and up to the second. */
  readonly noticesAfter: number;
  readonly noticesUntil: number;
  /** The newest of a box that are looked at. */
  readonly noticesAtMost: number;
  /** Accused machines of a site that are looked at, infected ones first. */
  readonly hostsAtMost: number;
}

/** As a trouble of the box by its code. */
export function withheldSubject(sensorId: string): string {
  return `health:${sensorId}:orders-withheld`;
}

const verdictLevels = {
  suspect: { name: "suspect", rank: 1 },
  infected: { name: "infected", rank: 2 },
} as const;

// The codes are the box's own words: no box has so many troubles at once.
const errorsAtMost = 16;

/** Looks at all sites; others have their turns meanwhile. */
export async function observe(rows: Rows, options: ObserveOptions): Promise<Seen> {
  const observations: Observation[] = [];
  const heardSites = new Set<string>();
  const accused = await rows
    .selectFrom(
      rows
        .selectFrom("hosts")
        .select(["site_id", "host", "verdict"])
        // By name infected comes before suspect.
        .select(sql<number>`row_number() over (partition by site_id order by verdict, host)`.as("place"))
        // Spelt out, so that the index of these is used.
        .where(sql<boolean>`verdict in ('suspect', 'infected')`)
        .as("accused"),
    )
    .select(["site_id", "host", "verdict"])
    .where("place", "<=", options.hostsAtMost)
    .execute();
  await nextTurn();
  for (const { site_id, host, verdict } of accused) {
    const level = verdictLevels[verdict as "suspect" | "infected"];
    observations.push({ siteId: site_id, subject: `host:${host}`, level, about: { kind: "host", host } });
  }
  const siteBySensor = new Map<string, string>();
  const sensors = await rows
    .selectFrom("sensors")
    .select(["id", "site_id", "state", "state_since", "line"])
    .where("retired_at", "is", null)
    .where("revoked_at", "is", null)
    .where("state", "!=", "never-seen")
    .execute();
  for (const sensor of sensors) {
    siteBySensor.set(sensor.id, sensor.site_id);
    if (sensor.state === "online") {
      heardSites.add(sensor.site_id);
      const observed = lineObservation(sensor);
      if (observed !== null) observations.push(observed);
      const withheld = options.orders.withheld(sensor.id);
      if (withheld !== null) {
        const subject = withheldSubject(sensor.id);
        const about = { kind: "withheld", withheld } as const;
        observations.push({ siteId: sensor.site_id, subject, level: { name: "error", rank: 1 }, about });
      }
      continue;
    }
    const silentSince = sensor.state_since ?? options.listeningSince;
    const isTold = options.now - Math.max(silentSince, options.listeningSince) >= options.boxSilentMs;
    observations.push({
      siteId: sensor.site_id,
      subject: `box:${sensor.id}`,
      level: isTold ? { name: "silent", rank: 1 } : null,
      about: { kind: "box", silentSince },
    });
  }
  await nextTurn();
  const troubled = await rows
    .selectFrom("reported")
    .select(["sensor_id", "body"])
    // As it was written: within a text the quotes would be escaped.
    .where("body", "like", '%"severity":"error"%')
    .execute();
  for (const { sensor_id, body } of troubled) {
    const siteId = siteBySensor.get(sensor_id);
    if (siteId === undefined || !heardSites.has(siteId)) continue;
    const errors = (JSON.parse(body) as Reported).health.filter(({ severity }) => severity === "error");
    for (const { code, text } of errors.slice(0, errorsAtMost)) {
      const subject = `health:${sensor_id}:${code}`;
      observations.push({ siteId, subject, level: { name: "error", rank: 1 }, about: { kind: "health", text } });
    }
  }
  observations.push(...(await identityObservations(rows, siteBySensor, options.now)));
  for (const { sensorId, text } of await whyHalted(rows)) {
    const siteId = siteBySensor.get(sensorId);
    const subject = `health:${sensorId}:rollout-halted`;
    const level = { name: "error", rank: 1 };
    if (siteId !== undefined) observations.push({ siteId, subject, level, about: { kind: "health", text } });
  }
  await nextTurn();
  return { observations, heardSites, ...(await noticesOf(rows, options, siteBySensor)) };
}

function lineObservation(sensor: { id: string; site_id: string; line: string | null }): Observation | null {
  const line = sensor.line === null ? null : (JSON.parse(sensor.line) as LineState);
  const name = line?.state === "dead" ? "dead" : line?.trouble?.kind === "walled" ? "walled" : null;
  const about = { kind: "line", line } as const;
  if (name === null) return null;
  return { siteId: sensor.site_id, subject: `line:${sensor.id}`, level: { name, rank: 1 }, about };
}

// As long as the pages call it an error.
const refusedWithinMs = 7 * 86_400_000;

/** Troubles that the controller has with who a box is: a copied card or disk, a key that is not known. */
async function identityObservations(
  rows: Rows,
  siteBySensor: ReadonlyMap<string, string>,
  now: number,
): Promise<Observation[]> {
  const sensors = await rows
    .selectFrom("sensors")
    .selectAll()
    .where("id", "in", (build) =>
      build
        .selectFrom("refusals")
        .select("sensor_id")
        .where("reason", "in", ["token-used", "identity-in-two-places", "key-unknown"])
        .where("last_at", ">", now - refusedWithinMs),
    )
    .execute();
  const observations: Observation[] = [];
  for (const sensor of sensors) {
    const siteId = siteBySensor.get(sensor.id);
    if (siteId === undefined) continue;
    for (const { code, severity, text } of await identityTroubles(rows, sensor, now)) {
      if (severity !== "error") continue;
      const subject = `health:${sensor.id}:${code}`;
      observations.push({ siteId, subject, level: { name: "error", rank: 1 }, about: { kind: "health", text } });
    }
  }
  return observations;
}

async function noticesOf(
  rows: Rows,
  { noticesAfter, noticesUntil, noticesAtMost }: ObserveOptions,
  siteBySensor: ReadonlyMap<string, string>,
): Promise<Pick<Seen, "notices" | "unread">> {
  // Each has its turn: what one sends keeps nobody else's waiting.
  const heard = await rows
    .selectFrom("sensors")
    .select("id")
    .where((build) =>
      build.exists(
        build
          .selectFrom("notices")
          .select(sql`1`.as("one"))
          .whereRef("notices.sensor_id", "=", "sensors.id")
          .where("kind", "=", "containment")
          .where("received_at", ">", noticesAfter)
          .where("received_at", "<=", noticesUntil),
      ),
    )
    .execute();
  const notices: ContainmentNotice[] = [];
  const unread = new Map<string, number>();
  for (const { id } of heard) {
    const siteId = siteBySensor.get(id);
    if (siteId === undefined) continue;
    const ofSensor = rows
      .selectFrom("notices")
      .where("sensor_id", "=", id)
      .where("kind", "=", "containment")
      .where("received_at", ">", noticesAfter)
      .where("received_at", "<=", noticesUntil);
    const newest = await ofSensor
      .select("body")
      .orderBy("received_at", "desc")
      .orderBy("at", "desc")
      .orderBy("sequence", "desc")
      .limit(noticesAtMost)
      .execute();
    const last = new Map<string, ContainmentNotice["notice"]>();
    for (const { body } of newest) {
      const notice = JSON.parse(body) as ContainmentNotice["notice"];
      if (!last.has(notice.containmentId)) last.set(notice.containmentId, notice);
    }
    notices.push(...[...last.values()].reverse().map((notice) => ({ siteId, notice })));
    if (newest.length === noticesAtMost) {
      const all = await ofSensor.select((build) => build.fn.countAll<number>().as("count")).executeTakeFirstOrThrow();
      if (Number(all.count) > noticesAtMost) unread.set(siteId, Number(all.count) - noticesAtMost);
    }
    await nextTurn();
  }
  return { notices, unread };
}

/** The last snapshot of a machine, or null. */
export async function snapshotOf(rows: Rows, siteId: string, host: string): Promise<HostSnapshot | null> {
  const row = await rows
    .selectFrom("hosts")
    .select("snapshot")
    .where("site_id", "=", siteId)
    .where("host", "=", host)
    .executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.snapshot) as HostSnapshot);
}
