import { machineName, BarrierWay, whyNoException, type Barrier } from "@cordon/contract";
import { Type } from "typebox";
import { deleteSiteWish, siteWishLimits, writeSiteSettings, writeSiteWish } from "../store/site-wishes.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { endOf, siteChanger, snapshotsOf, unique, type ChangeContext } from "./site-wish-parts.ts";
import { Problem, SiteView } from "./view.ts";
import { BarrierSetting } from "./wish-view.ts";

/** Ways of spreading shut for a site or an area. */
export function barrierRoutes(app: Api, parts: ApiParts): void {
  const change = siteChanger(parts);

  app.put(
    "/api/v1/sites/:siteId/barriers/:way",
    {
      config: { needs: "act", isAtBox: true },
      schema: {
        summary: "Opens a way of spreading, counts on it, or shuts it, for a site or one of its areas",
        params: Type.Object({ siteId: Type.String(), way: BarrierWay }),
        body: BarrierSetting,
        response: { 200: SiteView, 401: Problem, 404: Problem, 409: Problem, 422: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, way } = request.params;
      return change(siteId, author, (context) => setBarrier(context, way, request.body, parts));
    },
  );
}

/** Throws `already-released`, `unknown-area`, `exception-refused`, `resolvers-missing`, `too-many-wishes`. */
export async function setBarrier(
  { rows, siteId, author, now, wishes, audit }: ChangeContext,
  way: Barrier["way"],
  setting: BarrierSetting,
  { ambient, box }: Pick<ApiParts, "ambient" | "box">,
): Promise<void> {
  const { mode, reason, area = null } = setting;
  const before = wishes.barriers.filter((barrier) => barrier.way === way && barrier.area === area);
  if (mode === "off") {
    if (before.length === 0) throw new ProblemError("already-released", `${way} is open`);
    for (const { id } of before) await deleteSiteWish(rows, siteId, id);
    return audit("barrier-released", way, { way, area, reason });
  }
  if (area !== null && !wishes.areas.some(({ id }) => id === area)) {
    throw new ProblemError("unknown-area", `there is no area ${area} on ${siteId}`);
  }
  const expiresAt = endOf(setting, now);
  const exceptions = unique(setting.exceptions);
  for (const host of await snapshotsOf(rows, siteId, exceptions)) {
    const why = whyNoException(host);
    if (why !== null) throw new ProblemError("exception-refused", `${machineName(host)}: ${why}`);
  }
  if (way === "dns") {
    const resolvers = setting.resolvers === undefined || box !== null ? wishes.resolvers : unique(setting.resolvers);
    if (resolvers.length === 0) {
      throw new ProblemError("resolvers-missing", "without a resolver nobody could ask for any name");
    }
    if (box === null) await writeSiteSettings(rows, siteId, { resolvers });
  }
  if (wishes.barriers.length - before.length >= siteWishLimits.barriers) {
    throw new ProblemError("too-many-wishes", `${siteId} has ${wishes.barriers.length} barriers`);
  }
  // The sensor counts by id, from when it held the barrier in its mode: another mode is another barrier.
  // What the centre has wished for a box may end and not change.
  const same = box === null ? before.find((barrier) => barrier.mode === mode) : undefined;
  for (const { id } of before) if (id !== same?.id) await deleteSiteWish(rows, siteId, id);
  const id = same?.id ?? `b-${ambient.random(8).toString("hex")}`;
  const startsAt = same?.startsAt ?? now;
  await writeSiteWish(rows, siteId, {
    kind: "barrier",
    body: { id, reason, author, startsAt, expiresAt, way, mode, area, exceptions },
  });
  return audit("barrier-set", id, { way, mode, area, exceptions, reason, expiresAt });
}
