/** What the store says of rollouts and of the boxes that could have a part in one. */
import { takesUpdate, type Hello } from "@cordon/contract";
import type { RolloutBoxRow, Rows } from "../store/schema.ts";
import type { BoxPhase, PlannedBox } from "./rollout-plan.ts";

/** The boxes of a rollout. */
export function boxesOf(rows: Rows, rolloutId: string): Promise<RolloutBoxRow[]> {
  return rows
    .selectFrom("rollout_boxes")
    .selectAll()
    .where("rollout_id", "=", rolloutId)
    .orderBy("sensor_id")
    .execute();
}

/** The same as what is due goes by. */
export async function plannedBoxes(rows: Rows, rolloutId: string): Promise<PlannedBox[]> {
  const boxes = await rows
    .selectFrom("rollout_boxes")
    .innerJoin("sensors", "sensors.id", "rollout_boxes.sensor_id")
    .select(["sensor_id", "stage", "phase", "state", "state_since", "last_heard_at"])
    .where("rollout_id", "=", rolloutId)
    .orderBy("sensor_id")
    .execute();
  return boxes.map((box) => ({
    sensorId: box.sensor_id,
    stage: box.stage,
    phase: box.phase as BoxPhase,
    silentSince: box.state === "online" ? null : (box.state_since ?? box.last_heard_at ?? 0),
  }));
}

/** Boxes that have said that they follow such orders, by site: what they run, and of what kind they are. */
export async function takersOf(rows: Rows) {
  const sensors = await rows
    .selectFrom("sensors")
    .leftJoin("running_releases", "running_releases.sensor_id", "sensors.id")
    .select(["sensors.id", "sensors.site_id", "hello", "running_releases.version", "running_releases.compatible"])
    .where("retired_at", "is", null)
    .where("revoked_at", "is", null)
    .where("hello", "is not", null)
    .where("sensors.id", "not in", (build) => build.selectFrom("wipe_orders").select("sensor_id"))
    .orderBy("sensors.site_id")
    .orderBy("sensors.id")
    .execute();
  return sensors
    .filter(({ hello }) => hello !== null && (JSON.parse(hello) as Hello).takes?.includes(takesUpdate) === true)
    .map(({ id, site_id, version, compatible }) => ({ sensorId: id, siteId: site_id, version, compatible }));
}
