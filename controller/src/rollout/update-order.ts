/** What of a rollout goes into a box's document, and what a box says of it. */
import type { ReportedUpdate, UpdateOrder } from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import type { Rows } from "../store/schema.ts";
import { isFailed, isOrdered, type BoxPhase } from "./rollout-plan.ts";

/** The order that a sensor's document is to carry; null where what runs stays. */
export async function readUpdate(rows: Rows, sensorId: string): Promise<UpdateOrder | null> {
  const row = await rows
    .selectFrom("rollout_boxes")
    .innerJoin("rollouts", "rollouts.id", "rollout_boxes.rollout_id")
    .innerJoin("releases", "releases.id", "rollouts.release_id")
    .select(["order_id", "phase", "not_before", "not_after", "version", "sha256", "size_bytes", "rollouts.author"])
    .where("sensor_id", "=", sensorId)
    // Nobody calls back what a box is trying: it would not know what to make of it.
    .where((build) => build.or([build("rollouts.state", "=", "running"), build("phase", "=", "trying")]))
    .where("order_id", "is not", null)
    .executeTakeFirst();
  if (row === undefined || row.order_id === null || row.sha256 === null || !isOrdered(row.phase as BoxPhase))
    return null;
  return {
    id: row.order_id,
    version: row.version,
    notBefore: row.not_before ?? 0,
    notAfter: row.not_after ?? 0,
    sha256: row.sha256,
    size: row.size_bytes,
    author: row.author,
  };
}

/** The release whose bundle a sensor may fetch by that digest; null where none of its orders names it. */
export async function releaseFor(
  rows: Rows,
  sensorId: string,
  sha256: string,
): Promise<{ readonly id: string; readonly sizeBytes: number } | null> {
  const order = await readUpdate(rows, sensorId);
  if (order?.sha256 !== sha256) return null;
  const found = await rows.selectFrom("releases").select("id").where("sha256", "=", sha256).executeTakeFirst();
  return found === undefined ? null : { id: found.id, sizeBytes: order.size };
}

/** Rollouts that have stopped by themselves, by the box at which they have, and a sentence that says why. */
export async function whyHalted(rows: Rows): Promise<readonly { readonly sensorId: string; readonly text: string }[]> {
  const halted = await rows
    .selectFrom("rollouts")
    .innerJoin("releases", "releases.id", "rollouts.release_id")
    .select(["failed_sensor_id", "words", "version"])
    .where("state", "=", "halted")
    .execute();
  return halted.flatMap(({ failed_sensor_id: sensorId, words, version }) => {
    const text = `The rollout of ${version} has halted: this box did not take it. It says: ${words}`;
    return sensorId === null ? [] : [{ sensorId, text: text.slice(0, 400) }];
  });
}

const ends: Readonly<Record<string, string>> = {
  good: "release-good",
  "fell-back": "release-fell-back",
  refused: "release-refused",
};

/** Takes down what a box says; gives whether anything of a rollout has changed by it, and whether that was an end. */
export async function noteReported(
  rows: Rows,
  ambient: Ambient,
  sensor: { readonly id: string; readonly siteId: string },
  { running, order }: ReportedUpdate,
): Promise<"nothing" | "progress" | "end"> {
  const now = ambient.clock.now();
  if (running !== undefined) {
    const { version, slot, compatible = null } = running;
    const row = { sensor_id: sensor.id, version, slot, compatible, since: now };
    const known = await rows
      .selectFrom("running_releases")
      .selectAll()
      .where("sensor_id", "=", sensor.id)
      .executeTakeFirst();
    if (known?.version !== version || known.slot !== slot || known.compatible !== compatible) {
      await rows
        .insertInto("running_releases")
        .values(row)
        .onConflict((conflict) => conflict.column("sensor_id").doUpdateSet(row))
        .execute();
    }
  }
  if (order === undefined) return "nothing";
  const box = await rows
    .selectFrom("rollout_boxes")
    .selectAll()
    .where("sensor_id", "=", sensor.id)
    .where("order_id", "=", order.id)
    .executeTakeFirst();
  if (box === undefined || !isOrdered(box.phase as BoxPhase)) return "nothing";
  const { phase, words, fetchedBytes = null } = order;
  if (box.phase === phase && box.words === words && box.fetched_bytes === fetchedBytes) return "nothing";
  await rows
    .updateTable("rollout_boxes")
    .set({ phase, words, fetched_bytes: fetchedBytes, ...(box.phase === phase ? {} : { at: now }) })
    .where("rollout_id", "=", box.rollout_id)
    .where("sensor_id", "=", sensor.id)
    .execute();
  const isEnd = phase === "good" || isFailed(phase);
  if (!isEnd) return "progress";
  await writeAudit(rows, ambient, {
    ...{ author: `sensor ${sensor.id}`, action: ends[phase] ?? phase, siteId: sensor.siteId, subject: sensor.id },
    detail: JSON.stringify({ rollout: box.rollout_id, version: order.version, words }),
  });
  return "end";
}
