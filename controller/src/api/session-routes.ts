import { Type } from "typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { writeAudit } from "../account/audit.ts";
import { consumeLoginToken } from "../account/login-link.ts";
import { closeSession, findSession, openSession, sessionLifeMs, type Session } from "../account/session.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { LoginWish, Problem, SessionView } from "./view.ts";

export const sessionCookie = "cordon-session";

/** The session of a request, or null. */
export async function sessionOf(parts: ApiParts, request: FastifyRequest): Promise<Session | null> {
  const secret = request.cookies[sessionCookie];
  return secret === undefined ? null : findSession(parts.store, parts.ambient, secret);
}

/** The session of a route that needs one. */
export function requireSession(request: FastifyRequest): Session {
  if (request.session === null) throw new ProblemError("no-session", "sign in with a login link");
  return request.session;
}

function setCookie(reply: FastifyReply, secret: string, maxAgeSeconds: number, isSecure: boolean): void {
  reply.setCookie(sessionCookie, secret, {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    // On the loopback there is no TLS; behind a proxy that speaks it there is.
    secure: isSecure,
    maxAge: maxAgeSeconds,
  });
}

/** Signing in and out. */
export function sessionRoutes(app: Api, parts: ApiParts): void {
  app.post(
    "/api/v1/session",
    {
      config: { isOpen: true },
      schema: {
        summary: "Signs in with the token of a login link, which works once",
        body: LoginWish,
        response: { 201: SessionView, 401: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      if (!parts.limiter.mayTry(request.ip)) throw new ProblemError("too-many-tries", "sign-in is paused for a minute");
      const opened = await parts.store.transaction().execute(async (rows) => {
        const author = await consumeLoginToken(rows, parts.ambient, request.body.token);
        if (author === null) return null;
        await writeAudit(rows, parts.ambient, { author, action: "session-opened", detail: request.ip });
        return openSession(rows, parts.ambient, author);
      });
      if (opened === null) {
        parts.limiter.failed(request.ip);
        throw new ProblemError("bad-login-link", "make a new one with: cordon-controller login-link create");
      }
      setCookie(reply, opened.secret, sessionLifeMs / 1000, request.protocol === "https");
      return reply.status(201).send({ author: opened.session.author, expiresAt: opened.session.expiresAt });
    },
  );

  app.get(
    "/api/v1/session",
    { schema: { summary: "Who is signed in", response: { 200: SessionView, 401: Problem } } },
    async (request) => {
      const { author, expiresAt } = requireSession(request);
      return { author, expiresAt };
    },
  );

  app.delete(
    "/api/v1/session",
    { schema: { summary: "Signs out", response: { 204: Type.Null(), 401: Problem } } },
    async (request, reply) => {
      const session = requireSession(request);
      await closeSession(parts.store, session);
      await writeAudit(parts.store, parts.ambient, {
        author: session.author,
        action: "session-closed",
        detail: request.ip,
      });
      parts.streams.endSession(session.hash);
      setCookie(reply, "", 0, request.protocol === "https");
      return reply.status(204).send(null);
    },
  );
}
