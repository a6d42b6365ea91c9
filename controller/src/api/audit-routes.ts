import { Type, type Static } from "typebox";
import { Time } from "@cordon/contract";
import type { AuditRow } from "../store/schema.ts";
import type { Api, ApiParts } from "./parts.ts";
import { Problem } from "./view.ts";

const AuditQuestion = Type.Object({
  siteId: Type.Optional(Type.String({ maxLength: 64 })),
  author: Type.Optional(Type.String({ maxLength: 200 })),
  action: Type.Optional(Type.String({ maxLength: 64 })),
  /** Lines before this number; absent: the newest. */
  before: Type.Optional(Type.Integer({ minimum: 1 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
});

const AuditEntry = Type.Object({
  number: Type.Integer(),
  at: Time,
  author: Type.String(),
  action: Type.String(),
  siteId: Type.Union([Type.String(), Type.Null()]),
  subject: Type.Union([Type.String(), Type.Null()]),
  detail: Type.String(),
  /** Of this line and the one before. */
  hash: Type.String(),
});
type AuditEntry = Static<typeof AuditEntry>;

const defaultLimit = 100;

/** Who did what. */
export function auditRoutes(app: Api, { store }: ApiParts): void {
  app.get(
    "/api/v1/audit",
    {
      config: { needs: "run" },
      schema: {
        summary: "Who did what, newest first",
        querystring: AuditQuestion,
        response: { 200: Type.Array(AuditEntry), 400: Problem, 401: Problem, 403: Problem },
      },
    },
    async (request) => {
      const { siteId, author, action, before, limit = defaultLimit } = request.query;
      let lines = store.selectFrom("audit_log").selectAll().orderBy("number", "desc").limit(limit);
      if (siteId !== undefined) lines = lines.where("site_id", "=", siteId);
      if (author !== undefined) lines = lines.where("author", "=", author);
      if (action !== undefined) lines = lines.where("action", "=", action);
      if (before !== undefined) lines = lines.where("number", "<", before);
      return (await lines.execute()).map(entryOf);
    },
  );
}

function entryOf({ number, at, author, action, site_id: siteId, subject, detail, hash }: AuditRow): AuditEntry {
  return { number, at, author, action, siteId, subject, detail, hash };
}
