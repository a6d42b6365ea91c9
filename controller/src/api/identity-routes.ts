import { Type } from "typebox";
import { ControllerError } from "../errors.ts";
import { withdraw } from "../fleet/withdrawal.ts";
import { readSite } from "../incident/site-facts.ts";
import { siteView } from "../incident/site-view.ts";
import { timeTextOf } from "../incident/time-text.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { IdentityWithdrawal, Problem, SiteView } from "./view.ts";

/** Who the box of a site is. */
export function identityRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient } = parts;

  app.post(
    "/api/v1/sites/:siteId/withdrawals",
    {
      config: { needs: "withdraw" },
      schema: {
        summary:
          "Takes the identity of a site's box back, until it enrols anew or for good; its connection ends at once",
        params: Type.Object({ siteId: Type.String() }),
        body: IdentityWithdrawal,
        response: { 200: SiteView, 401: Problem, 404: Problem, 409: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const sensor = await store.selectFrom("sensors").select("id").where("site_id", "=", siteId).executeTakeFirst();
      if (sensor === undefined) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
      try {
        await withdraw(store, ambient, { ...request.body, sensorId: sensor.id, author }, parts.revocations);
      } catch (error) {
        if (!(error instanceof ControllerError) || error.code !== "already-withdrawn") throw error;
        throw new ProblemError("already-withdrawn", error.message);
      }
      await parts.withdrawn();
      parts.changed(siteId);
      const now = ambient.clock.now();
      const facts = await readSite(store, siteId, now, parts);
      if (facts === null) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
      return siteView(facts, timeTextOf(now, parts.timeZone), parts.vendorOf);
    },
  );
}
