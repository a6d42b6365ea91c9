import type { HostSnapshot } from "@cordon/contract";
import { Type } from "typebox";
import { deleteDuty, siteWishLimits, writeDuty } from "../store/site-wishes.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { siteChanger, snapshotsOf } from "./site-wish-parts.ts";
import { Problem, SiteView } from "./view.ts";
import { DutyWish, EndWish } from "./wish-view.ts";

const params = Type.Object({ siteId: Type.String(), host: Type.String() });

/** What persons say that machines are for: watching others, looking for weak spots, fetching backups, handing over mail. */
export function dutyRoutes(app: Api, parts: ApiParts): void {
  const change = siteChanger(parts);

  app.put(
    "/api/v1/sites/:siteId/duties/:host",
    {
      config: { needs: "act" },
      schema: {
        summary: "Says what a machine is for, so that work of that kind is not weighed against it",
        params,
        body: DutyWish,
        response: { 200: SiteView, 401: Problem, 404: Problem, 409: Problem, 422: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, host } = request.params;
      const { duty, reason } = request.body;
      return change(siteId, author, async ({ rows, now, wishes, audit }) => {
        const [known] = await snapshotsOf(rows, siteId, [host]);
        if (known === undefined) throw new ProblemError("unknown-host", `there is no host ${host} on ${siteId}`);
        if (!hasMac(known)) throw new ProblemError("host-without-mac", `${host} is no hardware address`);
        const others = wishes.duties.filter((each) => each.host !== host);
        if (others.length >= siteWishLimits.duties) {
          throw new ProblemError("too-many-wishes", `${siteId} has ${others.length} duties`);
        }
        await writeDuty(rows, siteId, { host, duty, author, reason, at: now });
        await audit("duty-declared", host, { duty, reason });
      });
    },
  );

  app.delete(
    "/api/v1/sites/:siteId/duties/:host",
    {
      config: { needs: "act" },
      schema: {
        summary: "Takes back what was said of a machine: from now on it is weighed like any other",
        params,
        body: EndWish,
        response: { 200: SiteView, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { siteId, host } = request.params;
      const { reason } = request.body;
      return change(siteId, author, async ({ rows, wishes, audit }) => {
        const declared = wishes.duties.find((each) => each.host === host);
        if (declared === undefined) throw new ProblemError("unknown-duty", `nobody said what ${host} is for`);
        await deleteDuty(rows, siteId, host);
        await audit("duty-withdrawn", host, { duty: declared.duty, reason });
      });
    },
  );
}

function hasMac({ host, mac }: HostSnapshot): boolean {
  return mac === host;
}
