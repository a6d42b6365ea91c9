import { Type } from "typebox";
import { Time } from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import { minPassphraseLength, newBackupKey, type BackupKey } from "../backup/sealed-file.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

const BackupWish = Type.Object({ passphrase: Type.String({ minLength: minPassphraseLength, maxLength: 256 }) });
const BackupOffer = Type.Object({
  /** Where it is fetched, once, by the same session. */
  path: Type.String(),
  expiresAt: Time,
});

const offerLifeMs = 60_000;

/** Everything of a controller in one sealed file. It is put back by the command line: what is put back takes this one's place. */
export function backupRoutes(app: Api, { store, ambient, backup }: ApiParts): void {
  // One: whoever asks again has changed the passphrase.
  let offer: {
    readonly id: string;
    readonly session: string;
    readonly key: BackupKey;
    readonly expiresAt: number;
  } | null = null;
  let isDrawing = false;

  app.post(
    "/api/v1/backups",
    {
      config: { needs: "run" },
      schema: {
        summary: "Offers a backup sealed with a passphrase, to be fetched within a minute",
        body: BackupWish,
        response: { 201: BackupOffer, 401: Problem, 403: Problem, 409: Problem },
      },
    },
    async (request, reply) => {
      // A key takes 64 MiB and a while: one at a time.
      if (isDrawing) throw new ProblemError("still-answering", "a backup is being prepared");
      isDrawing = true;
      const key = await newBackupKey(request.body.passphrase).finally(() => (isDrawing = false));
      const expiresAt = ambient.clock.now() + offerLifeMs;
      const id = ambient.random(16).toString("hex");
      offer = { id, session: requireSession(request).hash, key, expiresAt };
      return reply.status(201).send({ path: `/api/v1/backups/${id}`, expiresAt });
    },
  );

  app.get(
    "/api/v1/backups/:backupId",
    {
      exposeHeadRoute: false,
      config: { needs: "run", answers: "application/octet-stream" },
      schema: {
        summary: "The backup that was offered, once",
        params: Type.Object({ backupId: Type.String() }),
        response: { 401: Problem, 403: Problem, 404: Problem },
      },
    },
    async (request, reply) => {
      const { author, hash } = requireSession(request);
      const taken = offer;
      const now = ambient.clock.now();
      if (taken === null || taken.id !== request.params.backupId || taken.session !== hash || taken.expiresAt <= now) {
        throw new ProblemError("unknown-backup", "it was fetched already, or is too old");
      }
      offer = null;
      await writeAudit(store, ambient, { author, action: "backup-created", detail: request.ip });
      const name = `cordon-${new Date(now).toISOString().slice(0, 10)}.backup`;
      // It is as long as it is, on whatever line.
      request.raw.setTimeout(0);
      reply.headers({
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename="${name}"`,
      });
      return reply.send((await backup(taken.key)) as never);
    },
  );
}
