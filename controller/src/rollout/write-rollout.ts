import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError } from "../errors.ts";
import type { Rows } from "../store/schema.ts";
import { stagesOf, type BoxPhase } from "./rollout-plan.ts";
import { takersOf } from "./rollout-rows.ts";
import type { Hours } from "./window.ts";

export interface RolloutWish {
  readonly releaseId: string;
  /** The box that gets it first. */
  readonly firstBox: string;
  readonly window: Hours;
  readonly patienceMs: number;
  readonly author: string;
}

/** Writes a rollout down with its boxes. Throws `unknown-release`, `rollout-open` and `update-not-taken`. */
export async function writeRollout(rows: Rows, ambient: Ambient, id: string, wish: RolloutWish): Promise<void> {
  const now = ambient.clock.now();
  const { releaseId, firstBox, window, patienceMs, author } = wish;
  const release = await rows.selectFrom("releases").selectAll().where("id", "=", releaseId).executeTakeFirst();
  if (release === undefined || release.sha256 === null)
    throw new ControllerError("unknown-release", `there is no whole release ${releaseId}`);
  const other = await rows
    .selectFrom("rollouts")
    .innerJoin("releases", "releases.id", "rollouts.release_id")
    .select("rollouts.id")
    .where("compatible", "=", release.compatible)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  if (other !== undefined) throw new ControllerError("rollout-open", "end the one for these boxes first");
  const boxes = (await takersOf(rows)).filter(
    (box) => box.compatible === null || box.compatible === release.compatible,
  );
  if (!boxes.some(({ sensorId }) => sensorId === firstBox)) {
    throw new ControllerError(
      "update-not-taken",
      `box ${firstBox} takes no such release: withdrawn, too old, never heard, or of another kind`,
    );
  }
  await rows
    .insertInto("rollouts")
    .values({
      ...{
        id,
        release_id: releaseId,
        state: "running",
        words: "",
        failed_sensor_id: null,
        stage: 0,
        stage_since: now,
      },
      ...{ window_from: window.from, window_to: window.to, time_zone: window.timeZone, patience_ms: patienceMs },
      ...{ author, created_at: now, ended_at: null },
    })
    .execute();
  const stages = stagesOf(boxes, firstBox);
  for (const { sensorId, version } of boxes) {
    const phase: BoxPhase = version === release.version ? "same" : "listed";
    await rows
      .insertInto("rollout_boxes")
      .values({
        ...{ rollout_id: id, sensor_id: sensorId, stage: stages.get(sensorId) ?? 0, phase, words: "", at: now },
        ...{ order_id: null, not_before: null, not_after: null, fetched_bytes: null },
      })
      .execute();
  }
  await writeAudit(rows, ambient, {
    ...{ author, action: "rollout-begun", subject: id },
    detail: JSON.stringify({
      version: release.version,
      sha256: release.sha256,
      boxes: boxes.length,
      firstBox,
      window,
    }),
  });
}
