import { lookUpKind, LookUpQuestion } from "@cordon/contract";
import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { viewOf } from "./ask-routes.ts";
import { AskView } from "./ask-view.ts";
import type { Api, ApiParts } from "./parts.ts";
import { sensorOf } from "./record-routes.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

// The box searches for moments; a line that is dead for half a minute comes back within this.
const patienceMs = 60_000;

/** Looking up in what a box keeps itself. */
export function lookUpRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, asks } = parts;

  app.post(
    "/api/v1/sites/:siteId/look-ups",
    {
      config: { needs: "search", isAtBox: true },
      schema: {
        summary:
          "Asks the box of a site who had which connection; the answer is fetched as that of the ask whose id is given",
        params: Type.Object({ siteId: Type.String() }),
        body: LookUpQuestion,
        response: { 201: AskView, 400: Problem, 401: Problem, 404: Problem, 409: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const question = request.body;
      const sensorId = await sensorOf(store, siteId);
      // Whom a machine talked to is nobody's business without a cause: that it was looked up is written down.
      const row = await asks.ask(sensorId, { kind: lookUpKind, question, patienceMs, author }, (rows, askId) =>
        writeAudit(rows, ambient, {
          ...{ author, action: "flow-log-asked", siteId, subject: sensorId },
          detail: JSON.stringify({ ask: askId, ...question }),
        }),
      );
      return reply.status(201).send(viewOf(row));
    },
  );
}
