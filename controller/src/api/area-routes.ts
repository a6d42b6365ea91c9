import { machineName } from "@cordon/contract";
import { Type } from "typebox";
import type { Rows } from "../store/schema.ts";
import {
  deleteArea,
  deleteSiteWish,
  siteWishLimits,
  writeArea,
  writeSiteWish,
  type SiteWishes,
} from "../store/site-wishes.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { endOf, siteChanger, snapshotsOf, unique } from "./site-wish-parts.ts";
import { Problem, SiteView } from "./view.ts";
import { AreaCutWish, AreaSetting, EndWish } from "./wish-view.ts";

const response = { 200: SiteView, 401: Problem, 404: Problem, 409: Problem, 422: Problem };

function areaOf(wishes: SiteWishes, siteId: string, areaId: string): SiteWishes["areas"][number] {
  const area = wishes.areas.find(({ id }) => id === areaId);
  if (area === undefined) throw new ProblemError("unknown-area", `there is no area ${areaId} on ${siteId}`);
  return area;
}

/** Refuses where any of the machines was declared a server. */
async function refuseServers(rows: Rows, siteId: string, name: string, macs: readonly string[]): Promise<void> {
  const servers = (await snapshotsOf(rows, siteId, macs)).filter(({ role }) => role.declared === true);
  if (servers.length === 0) return;
  const named = servers.map((host) => `${machineName(host)} (${host.role.name})`).join(", ");
  throw new ProblemError("server-unconfirmed", `declared servers in ${name}: ${named}`);
}

/** Parts of a site, named by a person, and cutting them off. */
export function areaRoutes(app: Api, parts: ApiParts): void {
  const change = siteChanger(parts);
  const { ambient } = parts;
  const site = Type.Object({ siteId: Type.String() });
  const ofArea = Type.Object({ siteId: Type.String(), areaId: Type.String() });

  app.post(
    "/api/v1/sites/:siteId/areas",
    {
      config: { needs: "act" },
      schema: { summary: "Names an area of a site", params: site, body: AreaSetting, response },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { name, reason } = request.body;
      return change(siteId, author, async ({ rows, wishes, audit }) => {
        if (wishes.areas.length >= siteWishLimits.areas) {
          throw new ProblemError("too-many-wishes", `${siteId} has ${wishes.areas.length} areas`);
        }
        const id = `r-${ambient.random(8).toString("hex")}`;
        const hosts = unique(request.body.hosts);
        await writeArea(rows, siteId, { id, name, hosts });
        await audit("area-named", id, { name, hosts, reason });
      });
    },
  );

  app.put(
    "/api/v1/sites/:siteId/areas/:areaId",
    {
      config: { needs: "act" },
      schema: { summary: "Changes an area, and whatever is asked for it", params: ofArea, body: AreaSetting, response },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, areaId } = request.params;
      const { name, reason } = request.body;
      return change(siteId, author, async ({ rows, wishes, audit }) => {
        const before = areaOf(wishes, siteId, areaId);
        const hosts = unique(request.body.hosts);
        const isCut = wishes.areaCuts.some(({ area, from }) => area === areaId && from === "internet");
        if (isCut && request.body.isConfirmed !== true) {
          const joining = hosts.filter((host) => !before.hosts.includes(host));
          await refuseServers(rows, siteId, name, joining);
        }
        await writeArea(rows, siteId, { id: areaId, name, hosts });
        await audit("area-changed", areaId, { name, hosts, reason });
      });
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/areas/:areaId",
    {
      config: { needs: "act" },
      schema: { summary: "Forgets an area for which nothing is asked", params: ofArea, body: EndWish, response },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, areaId } = request.params;
      return change(siteId, author, async ({ rows, wishes, audit }) => {
        const { name } = areaOf(wishes, siteId, areaId);
        if ([...wishes.barriers, ...wishes.areaCuts].some(({ area }) => area === areaId)) {
          throw new ProblemError("area-in-use", `something is asked for ${name}: release it first`);
        }
        await deleteArea(rows, siteId, areaId);
        await audit("area-forgotten", areaId, { name, reason: request.body.reason });
      });
    },
  );

  app.post(
    "/api/v1/sites/:siteId/area-cuts",
    {
      config: { needs: "act", isAtBox: true },
      schema: { summary: "Asks that an area is cut off", params: site, body: AreaCutWish, response },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { area, from, reason, isConfirmed } = request.body;
      return change(siteId, author, async ({ rows, now, wishes, audit }) => {
        const { hosts, name } = areaOf(wishes, siteId, area);
        const expiresAt = endOf(request.body, now);
        if (isConfirmed !== true) await refuseServers(rows, siteId, name, hosts);
        const same = wishes.areaCuts.find((cut) => cut.area === area && cut.from === from);
        if (same !== undefined) throw new ProblemError("already-asked", `${same.id} asks for the same`);
        if (wishes.areaCuts.length >= siteWishLimits.areaCuts) {
          throw new ProblemError("too-many-wishes", `${siteId} has ${wishes.areaCuts.length} cuts of areas`);
        }
        const id = `x-${ambient.random(8).toString("hex")}`;
        await writeSiteWish(rows, siteId, {
          kind: "area-cut",
          body: { id, reason, author, startsAt: now, expiresAt, area, from },
        });
        await audit("area-cut-asked", id, { area, name, from, reason, expiresAt });
      });
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/area-cuts/:cutId",
    {
      config: { needs: "act", isAtBox: true },
      schema: {
        summary: "Ends the cut of an area",
        params: Type.Object({ siteId: Type.String(), cutId: Type.String() }),
        body: EndWish,
        response,
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, cutId } = request.params;
      return change(siteId, author, async ({ rows, wishes, audit }) => {
        const cut = wishes.areaCuts.find(({ id }) => id === cutId);
        if (cut === undefined) throw new ProblemError("already-released", `${cutId} was released or has ended`);
        await deleteSiteWish(rows, siteId, cutId);
        await audit("area-cut-released", cutId, { area: cut.area, from: cut.from, reason: request.body.reason });
      });
    },
  );
}
