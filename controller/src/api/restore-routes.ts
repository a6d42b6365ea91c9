import { Readable } from "node:stream";
import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { maxRestorePartBytes } from "../backup/restore-desk.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { RestoreContent, RestoreStanding } from "./restore-view.ts";
import { Problem } from "./view.ts";

const Passphrase = Type.Object({ passphrase: Type.String({ minLength: 1, maxLength: 256 }) });
const octets = "application/octet-stream" as const;

/** A backup from the page: brought by parts, read to its end, and put back in place of what runs. */
export function restoreRoutes(app: Api, { store, ambient, restore }: ApiParts): void {
  const params = Type.Object({ restoreId: Type.String() });
  const refusals = { 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem };

  app.get(
    "/api/v1/restores",
    {
      config: { needs: "run" },
      schema: {
        summary: "Whether a backup can be put back from here, and why the last one was not",
        response: { 200: RestoreStanding, 401: Problem, 403: Problem },
      },
    },
    () => ({
      isOffered: restore?.isOffered ?? false,
      command: `cordon-controller backup restore --data ${restore?.dataDir ?? "DATA"} --input FILE`,
      partBytes: maxRestorePartBytes,
      failed: restore?.failed ?? null,
    }),
  );

  if (restore === null) return;

  app.post(
    "/api/v1/restores",
    {
      config: { needs: "run" },
      schema: {
        summary: "Begins to take a backup in; what was begun before is thrown away",
        body: Type.Object({ sizeBytes: Type.Integer({ minimum: 1 }) }),
        response: { 201: Type.Object({ id: Type.String() }), ...refusals, 413: Problem, 507: Problem },
      },
    },
    async (request, reply) =>
      reply.status(201).send({ id: await restore.begin(requireSession(request).hash, request.body.sizeBytes) }),
  );

  app.put(
    "/api/v1/restores/:restoreId/parts/:offset",
    {
      config: { needs: "run", takes: octets },
      bodyLimit: maxRestorePartBytes,
      schema: {
        summary: "Takes the next part of it, as bytes",
        consumes: [octets],
        params: Type.Object({ restoreId: Type.String(), offset: Type.String({ pattern: "^\\d{1,15}$" }) }),
        response: { 204: Type.Null(), ...refusals, 400: Problem, 413: Problem },
      },
    },
    async (request, reply) => {
      if (!(request.body instanceof Readable)) throw new ProblemError("bad-request", "a part is bytes");
      const part = await partOf(request.body);
      const { restoreId, offset } = request.params;
      await restore.take(restoreId, requireSession(request).hash, Number(offset), part);
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/v1/restores/:restoreId/check",
    {
      config: { needs: "run" },
      schema: {
        summary: "Reads it to its end and says what it would bring back; changes nothing",
        params,
        body: Passphrase,
        response: { 200: RestoreContent, ...refusals },
      },
    },
    async (request) => {
      const { begin, rows, counts } = await restore.check(
        request.params.restoreId,
        requireSession(request).hash,
        request.body.passphrase,
      );
      const { createdAt, software } = begin;
      return { createdAt, software, rows, sites: counts["sites"] ?? 0, people: counts["people"] ?? 0 };
    },
  );

  app.post(
    "/api/v1/restores/:restoreId/begin",
    {
      config: { needs: "run" },
      schema: {
        summary:
          "Ends this controller, puts the backup in place of its data and starts it again; everybody signs in anew",
        params,
        body: Passphrase,
        response: { 202: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      const { author, hash } = requireSession(request);
      const { restoreId } = request.params;
      const begin = await restore.order(restoreId, hash, request.body.passphrase, author);
      await writeAudit(store, ambient, { author, action: "backup-restore-asked", detail: request.ip });
      // Whoever asked is answered before.
      reply.raw.once("close", begin);
      return reply.status(202).send(null);
    },
  );

  app.delete(
    "/api/v1/restores/:restoreId",
    {
      config: { needs: "run" },
      schema: {
        summary: "Throws away what was brought",
        params,
        response: { 204: Type.Null(), 401: Problem, 403: Problem },
      },
    },
    async (_, reply) => {
      await restore.forget();
      return reply.status(204).send(null);
    },
  );
}

async function partOf(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxRestorePartBytes) throw new ProblemError("body-too-large", `more than ${maxRestorePartBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
