/** The HTTP side: routes, the user interface's files, and what holds for every request. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import cookie from "@fastify/cookie";
import statics from "@fastify/static";
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyError } from "fastify";
import type { ServerCredentials } from "../tls/credentials.ts";
import { errorText, foreignCode } from "../errors.ts";
import { auditRoutes } from "./audit-routes.ts";
import { atBoxRoutes } from "./at-box-routes.ts";
import { areaRoutes } from "./area-routes.ts";
import { askRoutes, uploadRoutes } from "./ask-routes.ts";
import { barrierRoutes } from "./barrier-routes.ts";
import { findRoutes } from "./find-routes.ts";
import { particularsRoutes } from "./particulars-routes.ts";
import { boxRoutes } from "./box-routes.ts";
import { dutyRoutes } from "./duty-routes.ts";
import { identityRoutes } from "./identity-routes.ts";
import type { LanguageShelf } from "../language/language-shelf.ts";
import { languageRoutes } from "./language-routes.ts";
import { countFailedSignIn, metricsRoute, type FailedSignIns } from "./metrics-route.ts";
import { lineCutRoutes } from "./line-cut-routes.ts";
import { lookUpRoutes } from "./look-up-routes.ts";
import { remediesRoutes } from "./remedies-routes.ts";
import { containmentRoutes } from "./containment-routes.ts";
import { notificationRoutes } from "./notification-routes.ts";
import { policyRoutes } from "./policy-routes.ts";
import { presetRoutes } from "./preset-routes.ts";
import { releaseRoutes } from "./release-routes.ts";
import { rolloutRoutes } from "./rollout-routes.ts";
import { recordingRoutes } from "./recording-routes.ts";
import { recordRoutes } from "./record-routes.ts";
import { restoreRoutes } from "./restore-routes.ts";
import { reflexRoutes } from "./reflex-routes.ts";
import type { Api, ApiParts } from "./parts.ts";
import { problemFrom, problemOf, ProblemError, sendProblem } from "./problem.ts";
import { isOwnOrigin, securityHeaders, transportSecurity } from "./security.ts";
import { brokenRequests } from "./broken-requests.ts";
import { changes } from "./changing.ts";
import { description } from "./description.ts";
import { eventsRoute } from "./events-route.ts";
import { answerOnce } from "./idempotency.ts";
import { defaultRequestLimits, limitRequests, type RequestLimits } from "./request-limits.ts";
import { backupRoutes } from "./backup-routes.ts";
import { accountRoutes } from "./account-routes.ts";
import { passkeyRoutes } from "./passkey-routes.ts";
import { authorise, endWithDelegation, latestEndAtBox } from "./authorise.ts";
import { peopleRoutes } from "./people-routes.ts";
import { timelineRoutes } from "./timeline-routes.ts";
import { tokenRoutes } from "./token-routes.ts";
import { closedValidator } from "./closed-validator.ts";
import { customerRoutes } from "./customer-routes.ts";
import { invitationRoutes } from "./invitation-routes.ts";
import { sessionOf, sessionRoutes } from "./session-routes.ts";
import { siteRoutes } from "./site-routes.ts";
import { walkRoutes } from "./walk-routes.ts";

export interface ServerOptions {
  /** The built user interface. */
  readonly uiDir: string;
  readonly languages: LanguageShelf;
  /** Addresses or networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count. */
  readonly trustedProxies: readonly string[];
  /** Served by TLS; absent: without. */
  readonly credentials?: ServerCredentials | undefined;
  readonly requestLimits?: Partial<RequestLimits> | undefined;
}

// The largest body we take is a reason of 500 characters.
const bodyLimitBytes = 64 * 1024;
// Slower than any of our own pages; a connection that dawdles holds memory.
const requestTimeoutMs = 30_000;

// What Node would refuse by itself, without a word, is refused by us.
const unasked = { requireHostHeader: false } as const;

function guard(
  app: Api,
  parts: ApiParts,
  failedSignIns: FailedSignIns,
  everyAnswers: Readonly<Record<string, string>>,
): void {
  app.decorateRequest("session", null);
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(everyAnswers);
    if (request.headers.host === undefined && request.raw.httpVersion === "1.1") {
      reply.header("cache-control", "no-store");
      throw new ProblemError("bad-request", "the request names no host");
    }
    // The route that was found, not the address as written: `/%61pi/` finds the same one.
    const path = request.routeOptions.url ?? request.url;
    if (!path.startsWith("/api/") && path !== "/metrics") return;
    reply.header("cache-control", "no-store");
    if (changes(request)) {
      if (!isOwnOrigin(request.headers)) {
        throw new ProblemError("foreign-origin", `a ${request.method} from ${String(request.headers.origin)}`);
      }
      const type = request.headers["content-type"];
      // A form on another page can send three content types without asking first; JSON is none of them.
      const { takes = "application/json" } = request.routeOptions.config;
      const hasBody = request.headers["content-length"] !== undefined && request.headers["content-length"] !== "0";
      if ((type !== undefined || hasBody) && type?.split(";", 1)[0]?.trim().toLowerCase() !== takes) {
        throw new ProblemError("bad-media-type", `expected ${takes}, got ${type ?? "none"}`);
      }
    }
    request.session = await sessionOf(parts, request);
    if (request.routeOptions.config.isOpen !== true) await authorise(parts, request);
  });
  const { box } = parts;
  if (box !== null) {
    app.addHook("preHandler", async (request) => {
      if (request.routeOptions.config.isAtBox !== true) return;
      const now = parts.ambient.clock.now();
      const latest = latestEndAtBox(box.standing(), now);
      if (latest !== null) endWithDelegation(request, latest, now);
    });
  }
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemFrom(error);
    if (problem !== null) {
      countFailedSignIn(failedSignIns, problem.code);
      return sendProblem(reply, problem);
    }
    parts.ambient.log.error("a request failed", {
      method: request.method,
      url: request.url,
      code: foreignCode(error),
      error: errorText(error),
    });
    return sendProblem(reply, problemOf("internal", "see the controller's log"));
  });
}

async function serveUi(app: Api, uiDir: string): Promise<void> {
  const isBuilt = existsSync(join(uiDir, "index.html"));
  if (isBuilt) {
    // What is packed beside it is sent so to whoever takes it.
    await app.register(statics, {
      ...{ root: uiDir, wildcard: true, cacheControl: false, etag: true, preCompressed: true },
      // Scripts of two releases do not go together: a browser asks whether those it has are today's.
      setHeaders: (reply) => void reply.header("cache-control", "no-cache"),
    });
  }
  app.setNotFoundHandler(async (request, reply) => {
    const [path = ""] = request.url.split("?");
    // A machine's page may end like a file's name, by its address; only whoever goes to a page asks for one.
    const isPageAsked = !/\.[a-z0-9]+$/i.test(path) || (request.headers.accept ?? "").includes("text/html");
    const isPage = request.method === "GET" && !path.startsWith("/api/") && isPageAsked;
    // The interface has routes of its own: /login, /sites/…
    if (isBuilt && isPage) return reply.header("cache-control", "no-cache").sendFile("index.html");
    if (isPage) return sendProblem(reply, problemOf("not-ready", "the user interface has not been built"));
    return sendProblem(reply, problemOf("unknown-route", `${request.method} ${request.url.slice(0, 200)}`));
  });
}

/** Builds the server; `listen` and `close` are the caller's. */
export async function buildServer(parts: ApiParts, options: ServerOptions): Promise<Api> {
  // A browser that has been told so once shows a box's warning as one that nobody can go past.
  const isTlsForGood = options.credentials !== undefined && parts.box === null;
  const everyAnswers = { ...securityHeaders, ...(isTlsForGood ? transportSecurity : {}) };
  const app = fastify({
    // The same in all that matters here; its type is another.
    ...({ https: options.credentials === undefined ? null : { ...options.credentials, ...unasked } } as object),
    http: unasked,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    // Streams are ended before; what else still runs then has had its time.
    forceCloseConnections: true,
    logger: false,
    ...brokenRequests(everyAnswers),
    // Else the address of the peer itself: a header would let anybody pick the one that tries are counted by.
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
  }).withTypeProvider<TypeBoxTypeProvider>() as Api;
  // Of these nothing has to be met (RFC 9110 10.1.1).
  app.server.on("checkExpectation", (request, response) => app.server.emit("request", request, response));
  app.setValidatorCompiler(closedValidator);
  // Answers are made of checked values; the schemas of answers are for the reader of the description.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  await app.register(cookie);
  await app.register(swagger, description(parts.software));
  const failedSignIns: FailedSignIns = new Map();
  guard(app, parts, failedSignIns, everyAnswers);
  // Within a plugin, so that the description, which collects routes as they are added, is ready first.
  await app.register(async (routes) => {
    const api: Api = routes.withTypeProvider<TypeBoxTypeProvider>();
    // Whoever takes bytes reads them as they come, and no further than is good.
    api.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
    limitRequests(api, parts.ambient, { ...defaultRequestLimits, ...options.requestLimits });
    answerOnce(api, parts);
    sessionRoutes(api, parts);
    passkeyRoutes(api, parts);
    invitationRoutes(api, parts);
    accountRoutes(api, parts);
    backupRoutes(api, parts);
    restoreRoutes(api, parts);
    peopleRoutes(api, parts);
    customerRoutes(api, parts);
    tokenRoutes(api, parts);
    siteRoutes(api, parts);
    containmentRoutes(api, parts);
    reflexRoutes(api, parts);
    policyRoutes(api, parts);
    presetRoutes(api, parts);
    barrierRoutes(api, parts);
    areaRoutes(api, parts);
    lineCutRoutes(api, parts);
    remediesRoutes(api, parts);
    dutyRoutes(api, parts);
    particularsRoutes(api, parts);
    findRoutes(api, parts);
    identityRoutes(api, parts);
    if (parts.boxes !== null) boxRoutes(api, parts, parts.boxes);
    if (parts.releases !== null) {
      releaseRoutes(api, parts, parts.releases.shelf);
      rolloutRoutes(api, parts, parts.releases.rollouts);
    }
    recordRoutes(api, parts);
    timelineRoutes(api, parts);
    askRoutes(api, parts);
    uploadRoutes(api, parts);
    lookUpRoutes(api, parts);
    walkRoutes(api, parts);
    recordingRoutes(api, parts);
    auditRoutes(api, parts);
    metricsRoute(api, parts, failedSignIns);
    notificationRoutes(api, parts);
    languageRoutes(api, options.languages);
    atBoxRoutes(api, parts);
    api.get("/api/v1/openapi.json", { config: { needs: "look" }, schema: { hide: true } }, async () => app.swagger());
    eventsRoute(api, parts);
    api.get("/health", { config: { isOpen: true }, schema: { hide: true } }, async () => {
      await parts.store.selectFrom("sites").select("id").limit(1).execute();
      return { state: "ok", software: parts.software };
    });
  });
  await serveUi(app, options.uiDir);
  return app;
}
