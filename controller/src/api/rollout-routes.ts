import { Type } from "typebox";
import { isTimeZone } from "../notify/quiet-hours.ts";
import { stageNames, type BoxPhase } from "../rollout/rollout-plan.ts";
import type { RolloutKeeper } from "../rollout/rollout-keeper.ts";
import type { Rows } from "../store/schema.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { RolloutState, RolloutView, RolloutWish } from "./rollout-view.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

const hourMs = 3_600_000;
// Those before are in the audit log.
const rolloutsShown = 10;

/** Releases on their way to the fleet, in stages. */
export function rolloutRoutes(app: Api, { store }: ApiParts, rollouts: RolloutKeeper): void {
  app.get(
    "/api/v1/rollouts",
    {
      config: { needs: "run" },
      schema: { summary: "The last rollouts, newest first", response: { 200: Type.Array(RolloutView), 401: Problem } },
    },
    () => viewsOf(store),
  );

  app.post(
    "/api/v1/rollouts",
    {
      config: { needs: "run" },
      schema: {
        summary: "Has boxes get a release: one, its site, a tenth, all",
        body: RolloutWish,
        response: {
          201: Type.Object({ id: Type.String() }),
          401: Problem,
          403: Problem,
          404: Problem,
          409: Problem,
          422: Problem,
        },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { patienceHours, ...wish } = request.body;
      if (!isTimeZone(wish.window.timeZone)) throw new ProblemError("bad-window", wish.window.timeZone);
      const id = await rollouts.begin({ ...wish, patienceMs: patienceHours * hourMs, author });
      return reply.status(201).send({ id });
    },
  );

  app.put(
    "/api/v1/rollouts/:rolloutId/state",
    {
      config: { needs: "run" },
      schema: {
        summary: "Pauses a rollout, ends it, or has it go on; orders that no box tries yet are taken back",
        params: Type.Object({ rolloutId: Type.String({ maxLength: 64 }) }),
        body: RolloutState,
        response: { 204: Type.Null(), 401: Problem, 403: Problem, 404: Problem, 409: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { state, failed = "leave-out" } = request.body;
      await rollouts.set(request.params.rolloutId, state, author, failed);
      return reply.status(204).send(null);
    },
  );
}

async function viewsOf(rows: Rows): Promise<RolloutView[]> {
  const found = await rows
    .selectFrom("rollouts")
    .innerJoin("releases", "releases.id", "rollouts.release_id")
    .selectAll("rollouts")
    .select(["version", "compatible", "size_bytes"])
    .orderBy("rollouts.created_at", "desc")
    .limit(rolloutsShown)
    .execute();
  return Promise.all(
    found.map(async (rollout): Promise<RolloutView> => {
      const boxes = await rows
        .selectFrom("rollout_boxes")
        .innerJoin("sensors", "sensors.id", "rollout_boxes.sensor_id")
        .innerJoin("sites", "sites.id", "sensors.site_id")
        .leftJoin("running_releases", "running_releases.sensor_id", "rollout_boxes.sensor_id")
        .selectAll("rollout_boxes")
        .select([
          "sensors.site_id",
          "sensors.state as heard",
          "sites.name as site_name",
          "running_releases.version as runs",
        ])
        .where("rollout_id", "=", rollout.id)
        .orderBy("stage")
        .orderBy("sites.name")
        .orderBy("rollout_boxes.sensor_id")
        .execute();
      return {
        ...{ id: rollout.id, version: rollout.version, compatible: rollout.compatible },
        state: rollout.state as RolloutView["state"],
        haltedAt: rollout.failed_sensor_id,
        stage: stageNames[rollout.stage] ?? "all",
        window: { from: rollout.window_from, to: rollout.window_to, timeZone: rollout.time_zone },
        patienceHours: rollout.patience_ms / hourMs,
        ...{ author: rollout.author, createdAt: rollout.created_at, endedAt: rollout.ended_at },
        boxes: boxes.map((box) => ({
          ...{ sensorId: box.sensor_id, siteId: box.site_id, siteName: box.site_name, words: box.words, at: box.at },
          stage: stageNames[box.stage] ?? "all",
          phase: box.phase as BoxPhase,
          ...{ notBefore: box.not_before, notAfter: box.not_after },
          fetchedPercent:
            box.fetched_bytes === null ? null : Math.floor((100 * box.fetched_bytes) / Math.max(1, rollout.size_bytes)),
          isHeard: box.heard === "online",
          runs: box.runs,
        })),
      };
    }),
  );
}
