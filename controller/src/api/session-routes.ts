import { Type } from "typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { writeAudit } from "../account/audit.ts";
import { findApiToken } from "../account/api-token.ts";
import { consumeLoginToken, lookAtLoginToken } from "../account/login-link.ts";
import { findGuest } from "../account/people.ts";
import { wrongPin } from "../account/pin.ts";
import { may, rights } from "../account/rights.ts";
import { closeSession, findSession, openSession, type Session } from "../account/session.ts";
import type { PersonRow, Rows } from "../store/schema.ts";
import { isOwnAddress, sourceOf } from "../broker/source.ts";
import { rightsAtBox } from "./authorise.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { LoginLinkView, LoginLinkWish, LoginWish, Problem, SessionView } from "./view.ts";

export const sessionCookie = "cordon-session";

function tokenOf(request: FastifyRequest): string | undefined {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
}

/** The token, or else the cookie, that a request comes with; null where it comes with neither. */
export function secretOf(request: FastifyRequest): string | null {
  return tokenOf(request) ?? request.cookies[sessionCookie] ?? null;
}

/** The session of a request, or null. */
export async function sessionOf({ store, ambient }: ApiParts, request: FastifyRequest): Promise<Session | null> {
  const secret = secretOf(request);
  if (secret === null) return null;
  return tokenOf(request) === undefined ? findSession(store, ambient, secret) : findApiToken(store, ambient, secret);
}

/** The session of a route that needs one. */
export function requireSession(request: FastifyRequest): Session {
  if (request.session === null) throw new ProblemError("no-session", "sign in");
  return request.session;
}

/** Lets somebody in: opens a session, writes it down, and hands its secret to the browser. */
export async function letIn(
  parts: ApiParts,
  rows: Rows,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  person: PersonRow | "pin" | null,
): Promise<SessionView> {
  const { session, secret } = await openSession(rows, parts.ambient, person);
  const { author, expiresAt } = session;
  await writeAudit(rows, parts.ambient, { author, action: "session-opened", detail: request.ip });
  setCookie(reply, secret, (expiresAt - parts.ambient.clock.now()) / 1000, isSecure(request, parts));
  return sessionView(session, parts);
}

function sessionView({ author, role, expiresAt }: Session, { box }: Pick<ApiParts, "box">): SessionView {
  const there = box === null ? rights : rightsAtBox;
  return { author, role, rights: there.filter((right) => may(role, right)), expiresAt };
}

/**
 * Limits tries by where they come from. A proxy of this machine that does not say for whom it speaks stands for everybody: there accounts
 * have their own limits alone.
 */
export function limitedBy(
  { limiter }: Pick<ApiParts, "limiter">,
  { ip }: Pick<FastifyRequest, "ip">,
): { readonly begin: () => (() => void) | null } {
  const source = sourceOf(ip);
  return { begin: () => (isOwnAddress(source) ? () => undefined : limiter.begin(source)) };
}

const tooMany = () => new ProblemError("too-many-tries", "sign-in is paused for a minute");

/** Whose name, password and code these are. Throws `bad-sign-in`, `too-many-tries`, `account-locked`. */
export async function byCredentials(
  parts: Pick<ApiParts, "limiter" | "signIn">,
  request: Pick<FastifyRequest, "ip">,
  credentials: { readonly name: string; readonly password: string; readonly code: string },
): Promise<PersonRow> {
  const succeeded = limitedBy(parts, request).begin();
  if (succeeded === null) throw tooMany();
  const outcome = await parts.signIn.try(credentials, sourceOf(request.ip));
  if (outcome.kind === "busy") throw tooMany();
  if (outcome.kind === "locked") throw new ProblemError("account-locked", "sign-in to this account is paused");
  if (outcome.kind === "refused") throw new ProblemError("bad-sign-in", "nobody is told which of them is wrong");
  succeeded();
  return outcome.person;
}

/** Whether the browser speaks TLS, to us or to a proxy in front. */
function isSecure({ protocol, headers }: FastifyRequest, { publicUrl }: Pick<ApiParts, "publicUrl">): boolean {
  return protocol === "https" || publicUrl() === `https://${headers.host ?? ""}`;
}

function setCookie(reply: FastifyReply, secret: string, maxAgeSeconds: number, hasTls: boolean): void {
  reply.setCookie(sessionCookie, secret, {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    // On the loopback there is no TLS; behind a proxy that speaks it there is.
    secure: hasTls,
    maxAge: Math.ceil(maxAgeSeconds),
  });
}

/** Throws `not-at-box` where this is no box, `bad-pin` `pin-locked` and `pin-busy`; each try that fails is written down. */
async function letInByPin(
  parts: ApiParts,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  pin: string,
): Promise<SessionView> {
  const { box, store, ambient } = parts;
  if (box === null) throw new ProblemError("bad-sign-in", "PINs are for boxes");
  const source = sourceOf(exchange.request.ip);
  const outcome = await box.pin.try(pin, source);
  if (outcome.kind === "in") return letIn(parts, store, exchange, "pin");
  if (outcome.kind === "busy") throw new ProblemError("pin-busy", "one try from each address");
  const seconds = outcome.kind === "locked" ? Math.ceil((outcome.until - ambient.clock.now()) / 1000) : 0;
  if (outcome.kind === "refused" || outcome.isNew) {
    box.wrongPin({ source, at: ambient.clock.now() });
    const detail = JSON.stringify({ from: exchange.request.ip, ...(seconds > 0 ? { lockedForSeconds: seconds } : {}) });
    await writeAudit(store, ambient, { author: wrongPin, action: "pin-refused", siteId: box.siteId, detail });
  }
  if (outcome.kind === "locked") throw new ProblemError("pin-locked", `try again in ${seconds} s`);
  throw new ProblemError("bad-pin", `${outcome.triesLeft} more before it waits`);
}

/** A token cannot be guessed: whoever has one is let in, however many others fail. */
function badLink(parts: ApiParts, request: FastifyRequest): ProblemError {
  if (limitedBy(parts, request).begin() === null) return tooMany();
  return new ProblemError("bad-login-link", "make a new one with: cordon-controller login-link create");
}

/** Signing in and out. */
export function sessionRoutes(app: Api, parts: ApiParts): void {
  app.post(
    "/api/v1/session",
    {
      config: { isOpen: true },
      schema: {
        summary: "Signs in by name, password and code, or with the token of a login link",
        body: LoginWish,
        response: { 201: SessionView, 401: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const exchange = { request, reply };
      if ("pin" in body) return reply.status(201).send(await letInByPin(parts, exchange, body.pin));
      if (!("token" in body)) {
        const person = await byCredentials(parts, request, body);
        return reply.status(201).send(await letIn(parts, parts.store, exchange, person));
      }
      const opened = await parts.store.transaction().execute(async (rows) => {
        if ((await consumeLoginToken(rows, parts.ambient, body.token)) !== null)
          return letIn(parts, rows, exchange, null);
        const guest = await findGuest(rows, parts.ambient, body.token);
        return guest === null ? null : letIn(parts, rows, exchange, guest);
      });
      if (opened === null) throw badLink(parts, request);
      return reply.status(201).send(opened);
    },
  );

  app.post(
    "/api/v1/session/look",
    {
      config: { isOpen: true },
      schema: {
        summary: "Whom a login link lets in, and until when; it is not used up",
        body: LoginLinkWish,
        response: { 200: LoginLinkView, 401: Problem, 429: Problem },
      },
    },
    async (request) => {
      const { store, ambient } = parts;
      const { token } = request.body;
      const own = await lookAtLoginToken(store, ambient, token);
      if (own !== null) return { kind: "operator" as const, ...own };
      const guest = await findGuest(store, ambient, token);
      if (guest === null) throw badLink(parts, request);
      return { kind: "guest" as const, name: guest.name, until: guest.expires_at };
    },
  );

  app.get(
    "/api/v1/session",
    {
      config: { needs: "look" },
      schema: { summary: "Who is signed in", response: { 200: SessionView, 401: Problem } },
    },
    async (request) => {
      return sessionView(requireSession(request), parts);
    },
  );

  app.delete(
    "/api/v1/session",
    {
      config: { needs: "look", isAtBox: true },
      schema: { summary: "Signs out", response: { 204: Type.Null(), 401: Problem } },
    },
    async (request, reply) => {
      const session = requireSession(request);
      await closeSession(parts.store, session);
      await writeAudit(parts.store, parts.ambient, {
        author: session.author,
        action: "session-closed",
        detail: request.ip,
      });
      parts.streams.endSession(session.hash);
      setCookie(reply, "", 0, isSecure(request, parts));
      return reply.status(204).send(null);
    },
  );
}
