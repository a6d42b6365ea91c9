import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { isEverything, may, sees, type Scope } from "../account/rights.ts";
import type { Store } from "../store/schema.ts";
import type { Sight } from "./event-stream.ts";
import type { ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";

/**
 * Lets a request through whose sender has the right that the route needs and sees the site that it is about. Throws
 * `no-session`, `not-allowed`, and of a site that is not seen what it throws of one that is not there: nobody can tell them apart.
 */
export async function authorise({ store }: ApiParts, request: FastifyRequest): Promise<void> {
  const session = requireSession(request);
  const { needs = "run" } = request.routeOptions.config;
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
