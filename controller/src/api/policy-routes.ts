import { Pardon } from "@cordon/contract";
import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { readSite } from "../incident/site-facts.ts";
import { siteView } from "../incident/site-view.ts";
import { timeTextOf } from "../incident/time-text.ts";
import { deletePardon } from "../store/pardon-rows.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { PolicySetting, Problem, SiteView, WithdrawalWish } from "./view.ts";

/** What the box may do by itself, and whom it leaves alone. */
export function policyRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, keeper } = parts;

  const sensorOf = async (siteId: string): Promise<string> => {
    const sensor = await store.selectFrom("sensors").select("id").where("site_id", "=", siteId).executeTakeFirst();
    if (sensor === undefined) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
    return sensor.id;
  };

  app.put(
    "/api/v1/sites/:siteId/policy",
    {
      config: { needs: "act" },
      schema: {
        summary: "Sets what the box of a site may do by itself",
        params: Type.Object({ siteId: Type.String() }),
        body: PolicySetting,
        response: { 200: SiteView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { policy, reason } = request.body;
      await keeper.issue(await sensorOf(siteId), async (rows) => {
        await rows.updateTable("sites").set({ policy }).where("id", "=", siteId).execute();
        const detail = JSON.stringify({ policy, reason });
        await writeAudit(rows, ambient, { author, action: "policy-set", siteId, subject: siteId, detail });
      });
      parts.changed(siteId);
      const now = ambient.clock.now();
      const facts = await readSite(store, siteId, now, parts);
      if (facts === null) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
      return siteView(facts, timeTextOf(now, parts.timeZone), parts.vendorOf);
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/pardons/:host",
    {
      config: { needs: "act" },
      schema: {
        summary: "Takes a pardon back: from now on the policy holds for the machine as for any other",
        params: Type.Object({ siteId: Type.String(), host: Type.String() }),
        body: WithdrawalWish,
        response: { 200: Pardon, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, host } = request.params;
      const withdrawn = await keeper.issue(await sensorOf(siteId), async (rows) => {
        const pardon = await deletePardon(rows, siteId, host, ambient.clock.now());
        if (pardon === null) throw new ProblemError("unknown-pardon", `there is no pardon of ${host} on ${siteId}`);
        const detail = request.body.reason;
        await writeAudit(rows, ambient, { author, action: "pardon-withdrawn", siteId, subject: host, detail });
        return pardon;
      });
      parts.changed(siteId);
      return withdrawn as Pardon;
    },
  );
}
