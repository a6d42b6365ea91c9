import type { Readable } from "node:stream";
import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { manifestOf } from "../rollout/bundle-manifest.ts";
import type { ReleaseShelf } from "../rollout/release-shelf.ts";
import type { ReleaseRow, Rows } from "../store/schema.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { partBytesAtMost, ReleaseNaming, ReleaseView, ReleaseWish } from "./rollout-view.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

const params = Type.Object({ releaseId: Type.String({ maxLength: 64 }) });
// Two kinds of box, and of each what runs, what ran before and what comes.
const releasesAtMost = 12;
const shape = /^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$/;

/** Releases for boxes: bundles are uploaded in parts, so that a line that breaks costs one part. */
export function releaseRoutes(app: Api, { store, ambient }: ApiParts, shelf: ReleaseShelf): void {
  const viewOf = async (rows: Rows, row: ReleaseRow): Promise<ReleaseView> => ({
    id: row.id,
    ...{ version: row.version, compatible: row.compatible, sizeBytes: row.size_bytes, sha256: row.sha256 },
    receivedBytes: await shelf.receivedBytes(row.id),
    ...{ author: row.author, createdAt: row.created_at },
    isInUse: await isInUse(rows, row.id),
  });
  const wanted = async (rows: Rows, id: string): Promise<ReleaseRow> => {
    const row = await rows.selectFrom("releases").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) throw new ProblemError("unknown-release", `there is no release ${id}`);
    return row;
  };

  app.get(
    "/api/v1/releases",
    {
      config: { needs: "run" },
      schema: { summary: "Releases for boxes, newest first", response: { 200: Type.Array(ReleaseView), 401: Problem } },
    },
    async () => {
      const rows = await store.selectFrom("releases").selectAll().orderBy("created_at", "desc").execute();
      return Promise.all(rows.map((row) => viewOf(store, row)));
    },
  );

  app.post(
    "/api/v1/releases",
    {
      config: { needs: "run" },
      schema: {
        summary: "Announces a bundle; its parts are put after that",
        body: ReleaseWish,
        response: { 201: ReleaseView, 401: Problem, 403: Problem, 409: Problem, 507: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { sizeBytes } = request.body;
      const all = await store.selectFrom("releases").selectAll().execute();
      // Whoever announces another has given up the one before.
      for (const draft of all.filter(({ sha256, author: by }) => sha256 === null && by === author)) {
        await shelf.remove(draft.id);
        await store.deleteFrom("releases").where("id", "=", draft.id).where("sha256", "is", null).execute();
      }
      if (all.filter(({ sha256 }) => sha256 !== null).length >= releasesAtMost) {
        throw new ProblemError("too-many-releases", `there are ${releasesAtMost}: delete one that no box needs`);
      }
      await shelf.makeRoom(sizeBytes);
      const row: ReleaseRow = {
        ...{ id: ambient.random(8).toString("hex"), version: "", compatible: "", size_bytes: sizeBytes, sha256: null },
        ...{ author, created_at: ambient.clock.now() },
      };
      await store.insertInto("releases").values(row).execute();
      return reply.status(201).send(await viewOf(store, row));
    },
  );

  app.put(
    "/api/v1/releases/:releaseId/parts/:offset",
    {
      config: { needs: "run", takes: "application/octet-stream" },
      bodyLimit: partBytesAtMost,
      schema: {
        summary: "The next part of a bundle, of 2 MiB at most, as it is",
        params: Type.Object({ ...params.properties, offset: Type.Integer({ minimum: 0 }) }),
        response: {
          200: Type.Object({ receivedBytes: Type.Integer() }),
          ...{ 401: Problem, 403: Problem, 404: Problem, 409: Problem, 413: Problem, 507: Problem },
        },
      },
    },
    async (request) => {
      const { releaseId, offset } = request.params;
      const { author, sha256, size_bytes: sizeBytes } = await wanted(store, releaseId);
      if (sha256 !== null || author !== requireSession(request).author)
        throw new ProblemError("unknown-release", "it is whole, or somebody else uploads it");
      const length = Number(request.headers["content-length"] ?? Number.NaN);
      const source = request.body as Readable | undefined;
      if (source === undefined || !(length > 0)) throw new ProblemError("bad-request", "there is no part");
      if (length > partBytesAtMost)
        throw new ProblemError("body-too-large", `a part has ${partBytesAtMost} bytes at most`);
      return { receivedBytes: await shelf.append(releaseId, offset, source, sizeBytes) };
    },
  );

  app.post(
    "/api/v1/releases/:releaseId/whole",
    {
      config: { needs: "run" },
      schema: {
        summary: "Says that all of a bundle was put",
        params,
        body: ReleaseNaming,
        response: { 200: ReleaseView, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { releaseId } = request.params;
      const row = await wanted(store, releaseId);
      if (row.sha256 !== null) return viewOf(store, row);
      if ((await shelf.receivedBytes(releaseId)) !== row.size_bytes)
        throw new ProblemError(
          "release-unfinished",
          `${await shelf.receivedBytes(releaseId)} of ${row.size_bytes} bytes`,
        );
      const said = (await manifestOf(shelf.draftPath(releaseId))) ?? request.body;
      const { version, compatible } = said;
      if (version === undefined || compatible === undefined || !shape.test(version) || compatible.length > 64)
        throw new ProblemError("release-unnamed", "no version and no kind of box could be read");
      const sha256 = await shelf.complete(releaseId);
      const other = await store.selectFrom("releases").select("id").where("sha256", "=", sha256).executeTakeFirst();
      const isRight = request.body.sha256 === undefined || request.body.sha256 === sha256;
      if (!isRight || other !== undefined) {
        await shelf.remove(releaseId);
        await store.deleteFrom("releases").where("id", "=", releaseId).execute();
        if (!isRight) throw new ProblemError("release-damaged", `its digest is ${sha256}`);
        return viewOf(store, await wanted(store, other?.id ?? ""));
      }
      const namesake = await store
        .selectFrom("releases")
        .select("sha256")
        .where("version", "=", version)
        .where("compatible", "=", compatible)
        .where("sha256", "is not", null)
        .executeTakeFirst();
      if (namesake !== undefined) {
        await shelf.remove(releaseId);
        await store.deleteFrom("releases").where("id", "=", releaseId).execute();
        throw new ProblemError(
          "release-version-taken",
          `${version} for ${compatible} is ${namesake.sha256}, and this is ${sha256}: build it with a higher --release`,
        );
      }
      await store.transaction().execute(async (rows) => {
        await rows.updateTable("releases").set({ version, compatible, sha256 }).where("id", "=", releaseId).execute();
        const detail = JSON.stringify({ version, compatible, sha256, sizeBytes: row.size_bytes });
        await writeAudit(rows, ambient, { author, action: "release-added", subject: releaseId, detail });
      });
      return viewOf(store, await wanted(store, releaseId));
    },
  );

  app.delete(
    "/api/v1/releases/:releaseId",
    {
      config: { needs: "run" },
      schema: {
        summary: "Takes a release away; what runs on boxes stays",
        params,
        response: { 204: Type.Null(), 401: Problem, 403: Problem, 404: Problem, 409: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { releaseId } = request.params;
      await store.transaction().execute(async (rows) => {
        const { version, sha256 } = await wanted(rows, releaseId);
        if (await isInUse(rows, releaseId))
          throw new ProblemError("release-in-use", `end the rollout of ${version} first`);
        const over = rows.selectFrom("rollouts").select("id").where("release_id", "=", releaseId);
        await rows.deleteFrom("rollout_boxes").where("rollout_id", "in", over).execute();
        await rows.deleteFrom("rollouts").where("release_id", "=", releaseId).execute();
        await rows.deleteFrom("releases").where("id", "=", releaseId).execute();
        const detail = JSON.stringify({ version, sha256 });
        await writeAudit(rows, ambient, { author, action: "release-deleted", subject: releaseId, detail });
      });
      await shelf.remove(releaseId);
      return reply.status(204).send(null);
    },
  );
}

/** Whether a rollout that has not ended names it. */
async function isInUse(rows: Rows, releaseId: string): Promise<boolean> {
  const open = rows
    .selectFrom("rollouts")
    .select("id")
    .where("release_id", "=", releaseId)
    .where("ended_at", "is", null);
  return (await open.executeTakeFirst()) !== undefined;
}
