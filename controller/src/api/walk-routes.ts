import { Type } from "typebox";
import type { WalkStanding } from "../fleet/walk-keeper.ts";
import { walkObstacle } from "../fleet/walk-offer.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";
import { WalkView, type WalkStandingView } from "./walk-view.ts";

const ofSite = Type.Object({ siteId: Type.String() });
const ofWalk = Type.Object({ siteId: Type.String(), walkId: Type.String() });

/** Walks: somebody pulls cables, and the box says whose each was. What is new comes as events `walk-changed`. */
export function walkRoutes(app: Api, parts: ApiParts): void {
  const { store, walks } = parts;

  const view = async (siteId: string): Promise<WalkView> => {
    const sensor = await store
      .selectFrom("sensors")
      .select(["state", "hello"])
      .where("site_id", "=", siteId)
      .executeTakeFirst();
    if (sensor === undefined) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
    const standing = walks.of(siteId);
    return { obstacle: walkObstacle(sensor), walk: standing === null ? null : standingView(standing) };
  };

  app.get(
    "/api/v1/sites/:siteId/walk",
    {
      config: { needs: "look" },
      schema: {
        summary: "Whether the box can say whose cable is pulled, and what it says now",
        params: ofSite,
        response: { 200: WalkView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      requireSession(request);
      return view(request.params.siteId);
    },
  );

  app.post(
    "/api/v1/sites/:siteId/walk",
    {
      config: { needs: "act", isAtBox: true },
      schema: {
        summary:
          "Has the box ask its machines whether they are there, for ten minutes at most; joins a walk that goes on",
        params: ofSite,
        response: { 200: WalkView, 401: Problem, 404: Problem, 409: Problem, 429: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      await view(siteId);
      await walks.arm(siteId, author);
      return view(siteId);
    },
  );

  app.put(
    "/api/v1/sites/:siteId/walk/:walkId",
    {
      config: { needs: "act", isAtBox: true },
      schema: {
        summary: "Says that somebody still looks: a walk that nobody looks at ends within half a minute",
        params: ofWalk,
        response: { 200: WalkView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      requireSession(request);
      const { siteId, walkId } = request.params;
      if (!walks.keep(siteId, walkId)) throw new ProblemError("unknown-walk", `${walkId} does not go on`);
      return view(siteId);
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/walk/:walkId",
    {
      config: { needs: "act", isAtBox: true },
      schema: {
        summary: "Ends a walk, for everybody who looks",
        params: ofWalk,
        response: { 200: WalkView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, walkId } = request.params;
      if (!(await walks.stop(siteId, walkId, author))) {
        throw new ProblemError("unknown-walk", `${walkId} does not go on`);
      }
      return view(siteId);
    },
  );
}

function standingView({ word, behindMs, toldAt, ...standing }: WalkStanding): WalkStandingView {
  const ours = (at: number): number => Math.round(at + behindMs);
  return {
    ...standing,
    isArmed: word?.isArmed ?? false,
    endsAt: word === null ? null : ours(word.endsAt),
    machines: (word?.machines ?? []).map((machine) => ({ ...machine, since: ours(machine.since) })),
    others: word?.others ?? 0,
    findings: (word?.findings ?? []).map((finding) => ({
      ...finding,
      at: ours(finding.at),
      heardAt: finding.heardAt === null ? null : ours(finding.heardAt),
      toldAt: toldAt.get(finding.id) ?? ours(finding.at),
    })),
  };
}
