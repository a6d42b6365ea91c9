import { Type } from "typebox";
import { deleteSiteWish, writeSiteWish } from "../store/site-wishes.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { endOf, siteChanger } from "./site-wish-parts.ts";
import { Problem, SiteView } from "./view.ts";
import { EndWish, LineCutWish } from "./wish-view.ts";

const response = { 200: SiteView, 401: Problem, 404: Problem, 409: Problem, 422: Problem };

/** The line cut for everybody, and put back into service. */
export function lineCutRoutes(app: Api, parts: ApiParts): void {
  const change = siteChanger(parts);
  const params = Type.Object({ siteId: Type.String() });

  app.put(
    "/api/v1/sites/:siteId/line-cut",
    {
      config: { needs: "act", isAtBox: true },
      schema: { summary: "Asks that the line is cut for everybody", params, body: LineCutWish, response },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { reason, isConfirmed } = request.body;
      return change(siteId, author, async ({ rows, now, wishes, audit }) => {
        if (isConfirmed !== true) throw new ProblemError("line-cut-unconfirmed", "nothing passes the line for anybody");
        const expiresAt = endOf(request.body, now);
        if (wishes.lineCut !== null) throw new ProblemError("already-asked", `${wishes.lineCut.id} asks for the same`);
        const id = `l-${parts.ambient.random(8).toString("hex")}`;
        await writeSiteWish(rows, siteId, { kind: "line-cut", body: { id, reason, author, startsAt: now, expiresAt } });
        await audit("line-cut-asked", id, { reason, expiresAt });
      });
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/line-cut",
    {
      config: { needs: "act", isAtBox: true },
      schema: { summary: "Puts the line back into service", params, body: EndWish, response },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      return change(siteId, author, async ({ rows, wishes, audit }) => {
        if (wishes.lineCut === null) throw new ProblemError("already-released", "the line is not cut");
        await deleteSiteWish(rows, siteId, wishes.lineCut.id);
        await audit("line-cut-released", wishes.lineCut.id, { reason: request.body.reason });
      });
    },
  );
}
