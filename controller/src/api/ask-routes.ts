import { packetSliceKind, type UploadReceipt } from "@cordon/contract";
import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { readAsk, readAsks } from "../store/ask-rows.ts";
import type { AskRow } from "../store/schema.ts";
import { AskBody, AskQuestion, AskView } from "./ask-view.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { sensorOf } from "./record-routes.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

const shownAsks = 50;
const defaultPatienceMs = 30_000;

/** Asking a box for what it knows now. */
export function askRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, asks, shelf } = parts;
  const ofSite = Type.Object({ siteId: Type.String() });
  const ofAsk = Type.Object({ siteId: Type.String(), askId: Type.String() });

  const find = async (siteId: string, askId: string): Promise<AskRow> => {
    const sensorId = await sensorOf(store, siteId);
    const row = await readAsk(store, askId);
    if (row?.sensor_id !== sensorId) throw new ProblemError("unknown-ask", `there is no ask ${askId} on ${siteId}`);
    return row;
  };

  app.post(
    "/api/v1/sites/:siteId/asks",
    {
      config: { needs: "act" },
      schema: {
        summary: "Asks the box of a site; the answer is fetched under the id that is given",
        params: ofSite,
        body: AskBody,
        response: { 201: AskView, 401: Problem, 404: Problem, 409: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { kind, patienceMs = defaultPatienceMs } = request.body;
      const sensorId = await sensorOf(store, siteId);
      const row = await asks.ask(sensorId, { kind, question: {}, patienceMs, author }, (rows, askId) =>
        writeAudit(rows, ambient, {
          author,
          action: "sensor-asked",
          siteId,
          subject: sensorId,
          detail: `${kind} ${askId}`,
        }),
      );
      return reply.status(201).send(viewOf(row));
    },
  );

  app.get(
    "/api/v1/sites/:siteId/asks",
    {
      config: { needs: "search" },
      schema: {
        summary: "What the box of a site was asked, newest first",
        params: ofSite,
        response: { 200: Type.Array(AskView), 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      requireSession(request);
      const sensorId = await sensorOf(store, request.params.siteId);
      return (await readAsks(store, sensorId, shownAsks)).map(viewOf);
    },
  );

  app.get(
    "/api/v1/sites/:siteId/asks/:askId",
    {
      config: { needs: "search", isAtBox: true },
      schema: {
        summary: "An ask and its answer; waits for it where asked to",
        params: ofAsk,
        querystring: AskQuestion,
        response: { 200: AskView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      requireSession(request);
      const { siteId, askId } = request.params;
      const row = await find(siteId, askId);
      const { waitMs = 0 } = request.query;
      if (row.status !== "open" || waitMs === 0) return viewOf(row);
      return viewOf(await asks.outcome(askId, AbortSignal.timeout(waitMs)).catch(() => row));
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/asks/:askId",
    {
      config: { needs: "act" },
      schema: {
        summary: "Ends an ask that is open",
        params: ofAsk,
        response: { 200: AskView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      requireSession(request);
      const { siteId, askId } = request.params;
      await find(siteId, askId);
      await asks.cancel(askId);
      return viewOf(await find(siteId, askId));
    },
  );

  app.get(
    "/api/v1/sites/:siteId/asks/:askId/upload",
    {
      config: { needs: "record", answers: "application/octet-stream" },
      schema: { summary: "An answer that was uploaded, as it came", params: ofAsk, response: { 404: Problem } },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { siteId, askId } = request.params;
      const row = await find(siteId, askId);
      const receipt = row.upload === null ? null : (JSON.parse(row.upload) as UploadReceipt);
      if (receipt === null || !(await shelf.holds(askId, receipt))) {
        throw new ProblemError("no-upload", `nothing was uploaded for ${askId}`);
      }
      // Whose packets were whose is nobody's business without a cause: that they were fetched is written down.
      await writeAudit(store, ambient, {
        ...{ author, action: "upload-fetched", siteId, subject: row.sensor_id },
        detail: JSON.stringify({ ask: askId, kind: row.kind, ...receipt }),
      });
      // Never shown as a page of ours: it was made elsewhere.
      reply.headers({
        "content-type": receipt.contentType,
        "content-length": receipt.sizeBytes,
        // By its ending a double click finds the program.
        "content-disposition": `attachment; filename="${row.kind}-${askId}${row.kind === packetSliceKind ? ".pcapng" : ""}"`,
      });
      return reply.send(shelf.read(askId, receipt) as never);
    },
  );
}

/** Deleting an answer that was uploaded. */
export function uploadRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, asks } = parts;
  app.delete(
    "/api/v1/sites/:siteId/asks/:askId/upload",
    {
      config: { needs: "record" },
      schema: {
        summary: "Deletes an answer that was uploaded, before its time is over",
        params: Type.Object({ siteId: Type.String(), askId: Type.String() }),
        response: { 200: AskView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, askId } = request.params;
      const sensorId = await sensorOf(store, siteId);
      const row = await readAsk(store, askId);
      if (row?.sensor_id !== sensorId) throw new ProblemError("unknown-ask", `there is no ask ${askId} on ${siteId}`);
      if (row.upload === null) throw new ProblemError("no-upload", `nothing was uploaded for ${askId}`);
      await asks.deleteUpload(askId, `${author} deleted the file.`);
      await writeAudit(store, ambient, {
        ...{ author, action: "upload-deleted", siteId, subject: sensorId },
        detail: JSON.stringify({ ask: askId, kind: row.kind }),
      });
      return viewOf((await readAsk(store, askId)) ?? row);
    },
  );
}

/** An ask as the API shows it. */
export function viewOf(row: AskRow): AskView {
  return {
    id: row.id,
    kind: row.kind,
    author: row.author,
    askedAt: row.asked_at,
    deadline: row.deadline,
    status: row.status,
    answeredAt: row.answered_at,
    code: row.code,
    text: row.text,
    body: row.body === null ? null : (JSON.parse(row.body) as unknown),
    upload: row.upload === null ? null : (JSON.parse(row.upload) as UploadReceipt),
  };
}
