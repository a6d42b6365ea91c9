import { Type } from "typebox";
import { byUrgency, siteSummary, siteView } from "../incident/site-view.ts";
import { readSite, readSites } from "../incident/site-facts.ts";
import { timeTextOf } from "../incident/time-text.ts";
import { mayLookAt } from "./authorise.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { Problem, RefusalView, SiteSummary, SiteView } from "./view.ts";

/** Looking at sites. */
export function siteRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient } = parts;

  app.get(
    "/api/v1/sites",
    {
      config: { needs: "look" },
      schema: {
        summary: "Every site, the most urgent first",
        response: { 200: Type.Array(SiteSummary), 401: Problem },
      },
    },
    async (request) => {
      const now = ambient.clock.now();
      const time = timeTextOf(now, parts.timeZone);
      const looksAt = await mayLookAt(store, requireSession(request));
      const sites = (await readSites(store, now)).filter(({ id }) => looksAt(id));
      return sites.map((facts) => siteSummary(facts, time)).sort(byUrgency);
    },
  );

  app.get(
    "/api/v1/sites/:siteId",
    {
      config: { needs: "look" },
      schema: {
        summary: "A site with its hosts, strangest first",
        params: Type.Object({ siteId: Type.String() }),
        response: { 200: SiteView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const now = ambient.clock.now();
      const facts = await readSite(store, request.params.siteId, now);
      if (facts === null) throw new ProblemError("unknown-site", `there is no site ${request.params.siteId}`);
      return siteView(facts, timeTextOf(now, parts.timeZone), parts.vendorOf);
    },
  );

  app.get(
    "/api/v1/refusals",
    {
      config: { needs: "run" },
      schema: {
        summary: "Messages and connections of sensors that were not let in, newest first",
        response: { 200: Type.Array(RefusalView), 401: Problem },
      },
    },
    async () => {
      await parts.refusals.flush();
      const rows = await store.selectFrom("refusals").selectAll().orderBy("last_at", "desc").limit(1_000).execute();
      return rows.map((row) => ({
        sensorId: row.sensor_id,
        reason: row.reason,
        count: row.count,
        firstAt: row.first_at,
        lastAt: row.last_at,
        lastError: row.last_error,
      }));
    },
  );
}
