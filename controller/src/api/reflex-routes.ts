import { defaultReflex, type Reported } from "@cordon/contract";
import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { readReflexWish, writeReflexWish } from "../store/reflex-wishes.ts";
import type { Rows } from "../store/schema.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { Problem, ReflexSetting, ReflexView } from "./view.ts";

async function viewOf(rows: Rows, siteId: string): Promise<{ sensorId: string; view: ReflexView }> {
  const sensor = await rows.selectFrom("sensors").select("id").where("site_id", "=", siteId).executeTakeFirst();
  if (sensor === undefined) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
  const row = await rows.selectFrom("reported").selectAll().where("sensor_id", "=", sensor.id).executeTakeFirst();
  const reported = row === undefined ? null : (JSON.parse(row.body) as Reported);
  const wish = (await readReflexWish(rows, siteId)) ?? defaultReflex;
  return {
    sensorId: sensor.id,
    view: { wish, reported: reported?.reflex ?? null, reportedAt: row?.received_at ?? null },
  };
}

/** How the reflex is set and what it does. */
export function reflexRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, keeper } = parts;
  const params = Type.Object({ siteId: Type.String() });

  app.get(
    "/api/v1/sites/:siteId/reflex",
    {
      config: { needs: "look" },
      schema: {
        summary: "Tells how the reflex is set",
        params,
        response: { 200: ReflexView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      requireSession(request);
      return (await viewOf(store, request.params.siteId)).view;
    },
  );

  app.put(
    "/api/v1/sites/:siteId/reflex",
    {
      config: { needs: "act" },
      schema: {
        summary: "Sets the reflex of a site",
        params,
        body: ReflexSetting,
        response: { 200: ReflexView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { sensorId } = await viewOf(store, siteId);
      const { reason, ...wish } = request.body;
      await keeper.issue(sensorId, async (rows) => {
        await writeReflexWish(rows, siteId, wish);
        const detail = JSON.stringify({ ...wish, reason });
        await writeAudit(rows, ambient, { author, action: "reflex-set", siteId, subject: siteId, detail });
      });
      parts.changed(siteId);
      return (await viewOf(store, siteId)).view;
    },
  );
}
