import { Type } from "typebox";
import { writePardon } from "../store/pardon-rows.ts";
import { writeSiteSettings } from "../store/site-wishes.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { siteChanger } from "./site-wish-parts.ts";
import { Problem, SiteView } from "./view.ts";
import { PardonWish, RemediesSetting } from "./wish-view.ts";

const response = { 200: SiteView, 401: Problem, 404: Problem, 422: Problem };

/** What cut-off machines keep, and whom the policy is to leave alone. */
export function remediesRoutes(app: Api, parts: ApiParts): void {
  const change = siteChanger(parts);

  app.put(
    "/api/v1/sites/:siteId/remedies",
    {
      config: { needs: "act" },
      schema: {
        summary: "Sets what quarantined machines still reach, and the page for their users",
        params: Type.Object({ siteId: Type.String() }),
        body: RemediesSetting,
        response,
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { remedies, portal, reason } = request.body;
      return change(siteId, author, async ({ rows, audit }) => {
        await writeSiteSettings(rows, siteId, { remedies, portal });
        await audit("remedies-set", siteId, { remedies, portal, reason });
      });
    },
  );

  app.put(
    "/api/v1/sites/:siteId/pardons/:host",
    {
      config: { needs: "act" },
      schema: {
        summary: "Has the policy leave a machine alone, which ends its probation too",
        params: Type.Object({ siteId: Type.String(), host: Type.String() }),
        body: PardonWish,
        response,
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, host } = request.params;
      const { reason, until } = request.body;
      return change(siteId, author, async ({ rows, now, audit }) => {
        if (until !== null && until <= now) throw new ProblemError("expiry-in-the-past", "until lies in the past");
        const known = await rows
          .selectFrom("hosts")
          .select("snapshot")
          .where("site_id", "=", siteId)
          .where("host", "=", host)
          .executeTakeFirst();
        if (known === undefined) throw new ProblemError("unknown-host", `there is no host ${host} on ${siteId}`);
        if ((JSON.parse(known.snapshot) as { mac: string | null }).mac !== host) {
          throw new ProblemError("host-without-mac", `${host} is no hardware address`);
        }
        await writePardon(rows, siteId, { host, author, reason, at: now, until });
        await audit("pardon-given", host, { reason, until });
      });
    },
  );
}
