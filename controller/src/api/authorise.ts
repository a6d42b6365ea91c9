import { createHash } from "node:crypto";
import type { BoxStanding } from "@cordon/contract";
import type { FastifyRequest } from "fastify";
import { isEverything, may, sees, type Right, type Scope } from "../account/rights.ts";
import type { Store } from "../store/schema.ts";
import type { Sight } from "./event-stream.ts";
import type { ApiParts, BoxPlace } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";

/**
 * Lets a request through whose sender has the right that the route needs and sees the site that it is about. Throws
 * `no-session`, `not-allowed`, and of a site that is not seen what it throws of one that is not there: nobody can tell them apart.
 */
export async function authorise({ store, box, ambient }: ApiParts, request: FastifyRequest): Promise<void> {
  const session = requireSession(request);
  const { needs = "run" } = request.routeOptions.config;
  if (box !== null) authoriseAtBox(box, request, needs, ambient.clock.now());
  // What concerns the controller as a whole is for who sees the whole.
  const isAllowed = may(session.role, needs) && (needs !== "run" || isEverything(session));
  if (!isAllowed) throw new ProblemError("not-allowed", `a ${session.role} has no right to ${needs}`);
  const { siteId } = (request.params ?? {}) as { readonly siteId?: string };
  if (siteId === undefined || isEverything(session)) return;
  const site = await store
    .selectFrom("sites")
    .select(["id", "customer_id"])
    .where("id", "=", siteId)
    .executeTakeFirst();
  if (site === undefined || !sees(session, site)) {
    throw new ProblemError("unknown-site", `there is no site ${siteId}`);
  }
}

/** The rights that there are at a box: what it shows and finds in its own log, and what was delegated to it. */
export const rightsAtBox: readonly Right[] = ["look", "act", "search"];

const reading = new Set(["GET", "HEAD"]);

/** Throws `not-at-box`, `not-delegated`. */
function authoriseAtBox({ standing, used }: BoxPlace, request: FastifyRequest, needs: Right, now: number): void {
  used();
  const { isAtBox = false } = request.routeOptions.config;
  const isReading = reading.has(request.method);
  const isShown = isAtBox || (isReading && needs === "look");
  if (!rightsAtBox.includes(needs) || !isShown) {
    throw new ProblemError("not-at-box", `${request.method} ${request.routeOptions.url ?? ""}`);
  }
  const isOver = needs === "act" && !isReading && latestEndAtBox(standing(), now) === null;
  // Looking up changes nothing, and is needed most where the line is dead for long: it ends where the PIN is not trusted any more.
  if (isOver || (needs === "search" && standing().delegation?.may.length === 0)) {
    throw new ProblemError("not-delegated", "what it may do by itself is renewed whenever it hears the centre");
  }
}

/** Until when what is asked for at a box may hold; null where nothing may be asked for there. */
export function latestEndAtBox({ delegation, held, base }: BoxStanding, now: number): number | null {
  if (delegation === null || held === null || base === null) return null;
  return delegation.may.length > 0 && delegation.notAfter > now ? delegation.notAfter : null;
}

// As long as the centre leaves a machine alone that was released.
const pardonMs = 24 * 3_600_000;

/** Has what is asked for at a box end with what was delegated to it, where nobody has said that it ends sooner. */
export function endWithDelegation(
  { method, body }: Pick<FastifyRequest, "method" | "body">,
  latest: number,
  now: number,
): void {
  if (typeof body !== "object" || body === null) return;
  const fields = body as Record<string, unknown>;
  for (const field of ["expiresAt", "pardonUntil", "until"]) {
    const asked = fields[field];
    if (asked === null || (typeof asked === "number" && asked > latest)) fields[field] = latest;
  }
  // Releasing a machine pardons it, for as long as may be.
  if (method === "DELETE") fields["pardonUntil"] ??= Math.min(latest, now + pardonMs);
}

/** Which sites somebody sees, as they are now. */
export async function mayLookAt(store: Store, scope: Scope): Promise<Sight> {
  if (isEverything(scope)) return { name: "all", sees: () => true };
  const sites = await store.selectFrom("sites").select(["id", "customer_id"]).execute();
  const seen = new Set(sites.filter((site) => sees(scope, site)).map(({ id }) => id));
  const name = createHash("sha256")
    .update(JSON.stringify([...seen].toSorted()))
    .digest("hex")
    .slice(0, 16);
  return { name, sees: (siteId) => seen.has(siteId) };
}
