import type { Health } from "@cordon/contract";
import { ControllerError } from "../errors.ts";
import { readBoxes, type BoxFacts } from "../fleet/boxes.ts";
import { identityTroubles } from "../incident/identity-facts.ts";
import { openStore } from "../store/open-store.ts";

export interface SensorListWish {
  readonly data: string;
  /** Of the store in PostgreSQL. */
  readonly store?: string;
  readonly json?: true;
}

export interface SensorShowWish extends SensorListWish {
  readonly sensorId: string;
}

/** With what its own page says of who it is, and what to do. */
interface ListedBox extends BoxFacts {
  readonly troubles: readonly Health[];
}

const columns = ["SENSOR", "SITE", "PLACEMENT", "STATE", "LAST HEARD", "TOKEN"] as const;

/** Lists every sensor. */
export async function listSensors(wish: SensorListWish, print: (line: string) => void): Promise<void> {
  const boxes = await boxesOf(wish);
  if (wish.json === true) return print(JSON.stringify(boxes));
  if (boxes.length === 0) return print("No box yet.");
  const rows = [columns, ...boxes.map(cellsOf)];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => [...(row[index] ?? "")].length)));
  for (const row of rows) {
    print(
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
  for (const { sensorId, troubles } of boxes) {
    for (const { text } of troubles) print(`\n${sensorId}: ${text}`);
  }
}

/** Shows one sensor. Throws `unknown-sensor`. */
export async function showSensor(wish: SensorShowWish, print: (line: string) => void): Promise<void> {
  const box = (await boxesOf(wish)).find(({ sensorId }) => sensorId === wish.sensorId);
  if (box === undefined) throw new ControllerError("unknown-sensor", `there is no sensor ${wish.sensorId}`);
  if (wish.json === true) return print(JSON.stringify(box));
  const [, , placement, state, heard, token] = cellsOf(box);
  const { usedFrom, expiresAt } = box.token;
  for (const [name, text] of [
    ["sensor", box.sensorId],
    ["site", `${box.siteName} (${box.siteId})`],
    ["placement", placement],
    ["state", state],
    ["last heard", heard],
    ["program", box.software ?? "not said yet"],
    ["made known", timeOf(box.enrolledAt)],
    ["certificate", box.certificateUntil === null ? "none" : `until ${timeOf(box.certificateUntil)}`],
    ["token", `${token}${usedFrom === null ? "" : `, from ${usedFrom}`}`],
    ...(box.token.state === "open" && expiresAt !== null ? [["", `good until ${timeOf(expiresAt)}`]] : []),
    ...wipeLines(box),
    ...box.troubles.map(({ text }) => ["trouble", text]),
    ...(nextStep(box) === null ? [] : [["next", nextStep(box)]]),
  ]) {
    print(`${(name ?? "").padEnd(12)} ${text}`);
  }
}

async function boxesOf(wish: SensorListWish): Promise<ListedBox[]> {
  const store = await openStore(wish.data, { url: wish.store });
  const now = Date.now();
  try {
    const boxes: ListedBox[] = [];
    for (const box of await readBoxes(store, now)) {
      const sensor = store.selectFrom("sensors").selectAll().where("id", "=", box.sensorId);
      const troubles = await identityTroubles(store, await sensor.executeTakeFirstOrThrow(), now);
      // What was taken back or out of service, its state says.
      boxes.push({ ...box, troubles: troubles.filter(({ code }) => !code.startsWith("sensor-")) });
    }
    return boxes;
  } finally {
    await store.destroy();
  }
}

function wipeLines({ wipe }: BoxFacts): (readonly [string, string])[] {
  if (wipe === null) return [];
  const { orderedAt, wipedAt, left } = wipe;
  const said =
    wipedAt === null ? `ordered ${timeOf(orderedAt)}; the box has not said that it has` : `done ${timeOf(wipedAt)}`;
  return [["wipe", said], ...left.map((text) => ["still there", text] as const)];
}

function cellsOf({ sensorId, siteName, placement, state, lastHeardAt, token }: BoxFacts): readonly string[] {
  const used = token.usedAt === null ? token.state : `used ${timeOf(token.usedAt)}`;
  return [sensorId, siteName, placement ?? "-", state, lastHeardAt === null ? "never" : timeOf(lastHeardAt), used];
}

/** What is left to a person; null where nothing is. */
function nextStep({ state, token, sensorId, troubles }: ListedBox): string | null {
  // They say it themselves.
  if (troubles.length > 0) return null;
  if (state === "retired" || state === "wiped") return null;
  // Another token would void the one on the card that is on its way.
  if (state === "revoked" && token.state === "open") return "start the box with its new card, by which it enrols anew";
  if (state === "revoked") return `give it another identity: box create … --sensor-id ${sensorId}`;
  if (state === "never-seen" && token.state === "expired") {
    return `its token is too old: make it anew with box create … --sensor-id ${sensorId}`;
  }
  return state === "never-seen"
    ? `put it into the line; from there its own page and its console say whether it finds this controller, and with the fingerprint that its label names. If not that one, make it anew with box create … --sensor-id ${sensorId}`
    : null;
}

function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")}Z`;
}
