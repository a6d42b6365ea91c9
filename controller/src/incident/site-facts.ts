/** Reads what the store knows of sites. Rows were checked when they were written, and are trusted here. */
import type { Health, Hello, LineState, Policy, Pulse, Reported } from "@cordon/contract";
import { seriesSpanMs, seriesStepMs } from "../ingest/series.ts";
import { isWanted } from "../fleet/desired.ts";
import { readDesired } from "../fleet/adopt-report.ts";
import type { ForgottenKeeper } from "../fleet/forgotten-keeper.ts";
import { readParticulars } from "../store/particulars-rows.ts";
import { readPardons } from "../store/pardon-rows.ts";
import { readSiteWishes } from "../store/site-wishes.ts";
import { readReflexWish } from "../store/reflex-wishes.ts";
import { openContainments } from "../store/containment-rows.ts";
import type { ContainmentRow, Rows, SensorRow } from "../store/schema.ts";
import { atBoxOf } from "./at-box-facts.ts";
import type { AskedContainment } from "./containment-view.ts";
import { identityOf, identityTroubles } from "./identity-facts.ts";
import type { SnapshotBook } from "./snapshot-book.ts";
import type { SiteFacts } from "./site-view.ts";
import { spanText } from "./time-text.ts";

// A refusal a day ago is history; one within the hour is a trouble.
const refusalTroubleMs = 3_600_000;

// Where a line breaks in the middle of an upload it goes on from there: that is counted, and no trouble.
const lineFaults = ["upload-broken-off", "upload-wrong-offset"] as const;

// What a box once told too much of is told for as long as somebody may look for it.
const droppedTroubleMs = 7 * 86_400_000;
const droppedWords = {
  history: "what it told of machines and its line",
  containments: "what it told of cuts and barriers",
  translations: "its log of translated connections",
  spools: "its starts",
  timeline: "what its time line holds",
} as const;

/** What is known beside the store. */
interface Beside {
  /** Says why a box is sent no orders: the store may be why. */
  readonly keeper: { readonly forgotten: Pick<ForgottenKeeper, "trouble"> };
  readonly snapshots: SnapshotBook;
  /** Of the box that this is; null where it is the centre. */
  readonly box: { readonly contacts: SiteFacts["contacts"] } | null;
}

function parsed<T>(json: string | null | undefined): T | null {
  return json === null || json === undefined ? null : (JSON.parse(json) as T);
}

/** A containment as the records hold it. */
export function askedOf(row: ContainmentRow, now: number): AskedContainment {
  return {
    id: row.id,
    kind: row.kind,
    vector: row.vector as AskedContainment["vector"],
    host: row.host,
    reason: row.reason,
    author: row.author,
    askedAt: row.asked_at,
    expiresAt: row.expires_at,
    isDropped: !isWanted(row, now),
  };
}

async function troublesWith(rows: Rows, sensorId: string, now: number): Promise<Health[]> {
  const troubles: Health[] = [];
  const refusals = await rows
    .selectFrom("refusals")
    .selectAll()
    .where("sensor_id", "=", sensorId)
    .where("last_at", ">", now - refusalTroubleMs)
    .where("reason", "not in", [...lineFaults])
    .orderBy("count", "desc")
    .execute();
  if (refusals.length > 0) {
    troubles.push({
      code: "messages-refused",
      severity: "warning",
      since: Math.min(...refusals.map((row) => row.first_at)),
      text: `Messages of this box were refused: ${refusals
        .slice(0, 5)
        .map((row) => `${row.reason} (${row.count})`)
        .join(", ")}.`,
    });
  }
  const dropped = await rows
    .selectFrom("shares")
    .select(["what", "dropped_by_share", "dropped_at"])
    .where("sensor_id", "=", sensorId)
    .where("dropped_at", ">", now - droppedTroubleMs)
    .execute();
  for (const { what, dropped_by_share: count, dropped_at: at } of dropped) {
    troubles.push({
      code: `${what}-over-share`,
      severity: "warning",
      since: at ?? now,
      text: `This box tells more than its share of the store holds: of ${droppedWords[what]} the oldest ${Number(count) === 1 ? "one was" : `${count} were`} dropped early, last ${spanText(now - (at ?? now))} ago.`,
    });
  }
  const lost = await rows
    .selectFrom("spools")
    .select(["lost", "updated_at"])
    .where("sensor_id", "=", sensorId)
    .where("lost", ">", 0)
    .orderBy("updated_at", "desc")
    .execute();
  const [newest] = lost;
  if (newest !== undefined) {
    const count = lost.reduce((sum, row) => sum + row.lost, 0);
    troubles.push({
      code: "notices-lost",
      severity: "warning",
      since: newest.updated_at,
      text: `${count === 1 ? "1 notice" : `${count} notices`} of this box never arrived, last noticed ${spanText(now - newest.updated_at)} ago: its history has a gap.`,
    });
  }
  return troubles;
}

async function factsOf(
  rows: Rows,
  site: { readonly id: string; readonly name: string; readonly policy: string },
  sensor: SensorRow,
  now: number,
  { keeper, snapshots, box }: Beside,
): Promise<SiteFacts> {
  const withheld = keeper.forgotten.trouble(sensor.id);
  const reported = await rows.selectFrom("reported").selectAll().where("sensor_id", "=", sensor.id).executeTakeFirst();
  const containments = await openContainments(rows, sensor.id);
  const series = await rows
    .selectFrom("series_points")
    .select(["at", "contacts", "packets_stopped", "infected"])
    .where("sensor_id", "=", sensor.id)
    .where("at", ">", now - seriesSpanMs)
    // A step that is not over yet would look like a fall.
    .where("at", "<=", now - seriesStepMs)
    .orderBy("at")
    .execute();
  return {
    id: site.id,
    name: site.name,
    policy: site.policy as Policy,
    sensor: {
      id: sensor.id,
      state: sensor.state,
      stateSince: sensor.state_since,
      hello: parsed<Hello>(sensor.hello),
      pulse: parsed<Pulse>(sensor.pulse),
      reported: parsed<Reported>(reported?.body),
      reportedAt: reported?.received_at ?? null,
      line: parsed<LineState>(sensor.line),
      desiredRevision: (await readDesired(rows, sensor.id))?.revision ?? 0,
      identity: await identityOf(rows, sensor),
      health: [
        ...(await identityTroubles(rows, sensor, now)),
        ...(withheld === null ? [] : [withheld]),
        ...(await troublesWith(rows, sensor.id, now)),
      ],
    },
    hosts: await snapshots.of(rows, site.id),
    containments: containments.map((row) => askedOf(row, now)),
    reflexWish: await readReflexWish(rows, site.id),
    pardons: await readPardons(rows, site.id, now),
    particulars: await readParticulars(rows, site.id),
    wishes: await readSiteWishes(rows, site.id, now),
    atBox: await atBoxOf(rows, {
      ...{ siteId: site.id, sensorId: sensor.id, now },
      reported: parsed<Reported>(reported?.body),
    }),
    contacts: box?.contacts ?? [],
    series: series.map((point) => ({
      at: point.at,
      contacts: point.contacts,
      packetsStopped: point.packets_stopped,
      infected: point.infected,
    })),
  };
}

/** The facts of one site, or null where there is none of that name. */
export async function readSite(rows: Rows, siteId: string, now: number, beside: Beside): Promise<SiteFacts | null> {
  const site = await rows.selectFrom("sites").selectAll().where("id", "=", siteId).executeTakeFirst();
  const sensor = await rows.selectFrom("sensors").selectAll().where("site_id", "=", siteId).executeTakeFirst();
  return site === undefined || sensor === undefined ? null : factsOf(rows, site, sensor, now, beside);
}

/** The facts of every site. */
export async function readSites(rows: Rows, now: number, beside: Beside): Promise<SiteFacts[]> {
  const sites = await rows.selectFrom("sites").select("id").orderBy("name").execute();
  const facts: SiteFacts[] = [];
  for (const site of sites) {
    const found = await readSite(rows, site.id, now, beside);
    if (found !== null) facts.push(found);
  }
  return facts;
}
