/** What the store says now of everything that a person may have to be told. Reads; changes nothing. */
import type { HostSnapshot, LineState, Notice, Reported } from "@cordon/contract";
import { sql } from "kysely";
import { identityTroubles } from "../incident/identity-facts.ts";
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
  | { readonly kind: "health"; readonly text: string };

export interface ContainmentNotice {
  readonly siteId: string;
  readonly notice: Notice & { readonly kind: "containment" };
}

export interface Seen {
  readonly observations: readonly Observation[];
  /** Sites of boxes that are heard: only of these is what is not observed over. */
  readonly heardSites: ReadonlySet<string>;
  readonly notices: readonly ContainmentNotice[];
}

export interface ObserveOptions {
  readonly now: number;
  /** Silence counts from here at the earliest: while nobody listened nobody was silent. */
  readonly listeningSince: number;
  /** How long a box is silent before it is told, ms. */
  readonly boxSilentMs: number;
  /** Notices received after the first and up to the second. */
  readonly noticesAfter: number;
  readonly noticesUntil: number;
}

const verdictLevels = {
  suspect: { name: "suspect", rank: 1 },
  infected: { name: "infected", rank: 2 },
} as const;

/** Looks at all sites. */
export async function observe(rows: Rows, options: ObserveOptions): Promise<Seen> {
  const observations: Observation[] = [];
  const heardSites = new Set<string>();
  const accused = await rows
    .selectFrom("hosts")
    .select(["site_id", "host", "verdict"])
    // Spelt out, so that the index of these is used.
    .where(sql<boolean>`verdict in ('suspect', 'infected')`)
    .execute();
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
  const troubled = await rows
    .selectFrom("reported")
    .select(["sensor_id", "body"])
    // As it was written: within a text the quotes would be escaped.
    .where("body", "like", '%"severity":"error"%')
    .execute();
  for (const { sensor_id, body } of troubled) {
    const siteId = siteBySensor.get(sensor_id);
    if (siteId === undefined || !heardSites.has(siteId)) continue;
    for (const { code, severity, text } of (JSON.parse(body) as Reported).health) {
      if (severity !== "error") continue;
      const subject = `health:${sensor_id}:${code}`;
      observations.push({ siteId, subject, level: { name: "error", rank: 1 }, about: { kind: "health", text } });
    }
  }
  observations.push(...(await identityObservations(rows, siteBySensor, options.now)));
  return { observations, heardSites, notices: await noticesOf(rows, options, siteBySensor) };
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
  options: ObserveOptions,
  siteBySensor: ReadonlyMap<string, string>,
): Promise<ContainmentNotice[]> {
  const found = await rows
    .selectFrom("notices")
    .select(["sensor_id", "body"])
    // Spelt out, so that the index of these notices is used.
    .where(sql<boolean>`kind = 'containment'`)
    .where("received_at", ">", options.noticesAfter)
    .where("received_at", "<=", options.noticesUntil)
    .orderBy("received_at")
    .orderBy("at")
    .orderBy("sequence")
    .execute();
  return found.flatMap(({ sensor_id, body }) => {
    const siteId = siteBySensor.get(sensor_id);
    const notice = JSON.parse(body) as ContainmentNotice["notice"];
    return siteId === undefined ? [] : [{ siteId, notice }];
  });
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
