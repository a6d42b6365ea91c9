import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { settle } from "../store/two-words-rows.ts";
import { DelegationSetting, PlaceView } from "./at-box-view.ts";
import { latestEndAtBox } from "./authorise.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { sensorOf } from "./record-routes.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

/** Boxes that are their own centre for a time: where this is, what they may, and what was said at two places. */
export function atBoxRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, box, delegations } = parts;

  app.get(
    "/api/v1/place",
    {
      config: { isOpen: true },
      schema: { summary: "Whether this is the centre, or a box that is its own", response: { 200: PlaceView } },
    },
    async (): Promise<PlaceView> => {
      if (box === null) return { kind: "centre" };
      const standing = box.standing();
      const actsUntil = latestEndAtBox(standing, ambient.clock.now());
      const { siteId, siteName, contacts } = box;
      const isSomebodyNamed = contacts.length > 0;
      return { kind: "box", siteId, siteName, isSomebodyNamed, awaySince: standing.awaySince, actsUntil };
    },
  );

  app.put(
    "/api/v1/sites/:siteId/delegation",
    {
      config: { needs: "withdraw" },
      schema: {
        summary: "Lets a box be its own centre while its line is dead, or lets it no longer",
        params: Type.Object({ siteId: Type.String() }),
        body: DelegationSetting,
        response: { 204: Type.Null(), 401: Problem, 404: Problem, 409: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { isAllowed, reason } = request.body;
      const sensorId = await sensorOf(store, siteId);
      if (delegations === null) throw new ProblemError("not-at-box", "nobody delegates to himself");
      await delegations.allow(sensorId, isAllowed, { author, siteId, reason });
      parts.changed(siteId);
      return reply.status(204).send(null);
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/two-words/:wordsId",
    {
      config: { needs: "act" },
      schema: {
        summary: "Leaves as it is what was said differently at the box and at the centre",
        params: Type.Object({ siteId: Type.String(), wordsId: Type.String() }),
        response: { 204: Type.Null(), 401: Problem, 404: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { siteId, wordsId } = request.params;
      await store.transaction().execute(async (rows) => {
        if (!(await settle(rows, { siteId, id: wordsId }, ambient.clock.now()))) {
          throw new ProblemError("unknown-words", `there is nothing to decide by the name of ${wordsId}`);
        }
        await writeAudit(rows, ambient, { author, action: "two-words-settled", siteId, subject: wordsId, detail: "" });
      });
      parts.changed(siteId);
      return reply.status(204).send(null);
    },
  );
}
