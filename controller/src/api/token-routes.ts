import { Type } from "typebox";
import { createApiToken } from "../account/api-token.ts";
import { writeAudit } from "../account/audit.ts";
import { scopeOf } from "../account/people.ts";
import type { ApiTokenRow } from "../store/schema.ts";
import { CreatedToken, TokenView, TokenWish } from "./people-view.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

/** Tokens for programs. */
export function tokenRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, streams } = parts;

  app.get(
    "/api/v1/tokens",
    {
      config: { needs: "run" },
      schema: { summary: "Tokens for programs", response: { 200: Type.Array(TokenView), 401: Problem, 403: Problem } },
    },
    async () => (await store.selectFrom("api_tokens").selectAll().orderBy("created_at", "desc").execute()).map(viewOf),
  );

  app.post(
    "/api/v1/tokens",
    {
      config: { needs: "run" },
      schema: {
        summary: "Makes a token for a program; it is told once",
        body: TokenWish,
        response: { 201: CreatedToken, 401: Problem, 403: Problem, 422: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      if (request.body.expiresAt <= ambient.clock.now()) {
        throw new ProblemError("expiry-in-the-past", "expiresAt lies in the past");
      }
      const created = await store.transaction().execute(async (rows) => {
        const { id, token: secret } = await createApiToken(rows, ambient, request.body, author);
        const row = await rows.selectFrom("api_tokens").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
        return { token: viewOf(row), secret };
      });
      return reply.status(201).send(created);
    },
  );

  app.delete(
    "/api/v1/tokens/:tokenId",
    {
      config: { needs: "run" },
      schema: {
        summary: "Ends a token at once",
        params: Type.Object({ tokenId: Type.String() }),
        response: { 204: Type.Null(), 401: Problem, 403: Problem, 404: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { hash } = await store.transaction().execute(async (rows) => {
        const gone = await rows
          .deleteFrom("api_tokens")
          .where("id", "=", request.params.tokenId)
          .returning(["name", "hash"])
          .executeTakeFirst();
        if (gone === undefined) throw new ProblemError("unknown-token", "there is no such token");
        await writeAudit(rows, ambient, { author, action: "api-token-ended", subject: gone.name, detail: "" });
        return gone;
      });
      streams.endOwner(hash);
      return reply.status(204).send(null);
    },
  );
}

function viewOf(row: ApiTokenRow): TokenView {
  const { customers, sites } = scopeOf(row);
  return {
    ...{ id: row.id, name: row.name, role: row.role },
    ...{ customers: customers === null ? null : [...customers], sites: sites === null ? null : [...sites] },
    ...{ author: row.author, createdAt: row.created_at, expiresAt: row.expires_at, lastUsedAt: row.last_used_at },
  };
}
