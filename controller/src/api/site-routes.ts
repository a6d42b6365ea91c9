import { mainAddress } from "@cordon/contract";
import { Type } from "typebox";
import { byUrgency, siteSummary, siteView } from "../incident/site-view.ts";
import { readSite, readSites } from "../incident/site-facts.ts";
import { timeTextOf } from "../incident/time-text.ts";
import { HostEditions } from "./host-editions.ts";
import { mayLookAt } from "./authorise.ts";
import type { Rows } from "../store/schema.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { sensorOf } from "./record-routes.ts";
import { requireSession } from "./session-routes.ts";
import { Problem, RefusalView, SiteSummary, SiteView, type HostView } from "./view.ts";

// Up to so many machines the whole of it is no burden.
const wholeSite = 500;

const SiteQuestion = Type.Object({
  /**
   * Of a site with many machines all but this one come without ledger, and with as much of names and addresses as their rows show:
   * of thousands of them the rest is most of the answer. Empty names none; absent: all come whole.
   */
  ledgerOf: Type.Optional(Type.String({ maxLength: 64 })),
  /**
   * Of a site with many machines only so many come, the strangest, and the one of `ledgerOf`; what is said of the site, its counts
   * among it, is of all of them. For whoever wants to see something before thousands of machines are sent and read.
   */
  rowsAtMost: Type.Optional(Type.Integer({ minimum: 1, maximum: 5_000 })),
  /** The `hostsEdition` of an answer to the same `ledgerOf`: only machines that look otherwise since then come. */
  hostsSince: Type.Optional(Type.String({ maxLength: 200 })),
});

/** A machine as its row shows it. Whoever looks at `ledgerOf` also sees to whom its addresses went. */
function rowOf(host: HostView, ledgerOf: string): HostView {
  const { addressTimes, names, several: _, ...rest } = host;
  const isHeir = addressTimes?.some(({ from }) => from !== undefined && from === ledgerOf) ?? false;
  const main = mainAddress(host);
  return {
    ...rest,
    isShort: true,
    addresses: main === null ? [] : [main],
    evidence: [],
    ...(addressTimes !== undefined && isHeir ? { addressTimes } : {}),
    // What it is called, where it has not said so by DHCP.
    ...(names !== undefined && host.name === null ? { names } : {}),
  };
}

/** Looking at sites. */
export function siteRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient } = parts;
  const editions = new HostEditions(() => ambient.random(8).toString("hex"));

  app.get(
    "/api/v1/sites",
    {
      config: { needs: "look" },
      schema: {
        summary: "Every site, the most urgent first",
        response: { 200: Type.Array(SiteSummary), 401: Problem },
      },
    },
    async (request) => {
      const now = ambient.clock.now();
      const time = timeTextOf(now, parts.timeZone);
      const sight = await mayLookAt(store, requireSession(request));
      const sites = (await readSites(store, now, parts)).filter(({ id }) => sight.sees(id));
      return sites.map((facts) => siteSummary(facts, time)).sort(byUrgency);
    },
  );

  app.get(
    "/api/v1/sites/:siteId",
    {
      config: { needs: "look" },
      schema: {
        summary: "A site with its hosts, strangest first",
        params: Type.Object({ siteId: Type.String() }),
        querystring: SiteQuestion,
        response: { 200: SiteView, 400: Problem, 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      const now = ambient.clock.now();
      const facts = await readSite(store, request.params.siteId, now, parts);
      if (facts === null) throw new ProblemError("unknown-site", `there is no site ${request.params.siteId}`);
      const view = siteView(facts, timeTextOf(now, parts.timeZone), parts.vendorOf);
      const { ledgerOf, hostsSince, rowsAtMost } = request.query;
      if (ledgerOf === undefined || view.hosts.length <= wholeSite) return view;
      const shown = (host: HostView) => (host.host === ledgerOf ? host : rowOf(host, ledgerOf));
      if (rowsAtMost !== undefined) {
        const first = view.hosts.filter(({ host }, place) => place < rowsAtMost || host === ledgerOf);
        return { ...view, hosts: first.map(shown) };
      }
      // An edition is one of a ledger: of another one the rows look otherwise.
      const [since, sinceLedger = ""] = (hostsSince ?? "").split(/ (.*)/s);
      const { edition, changed, gone } = editions.changes(
        view.id,
        view.hosts,
        sinceLedger === ledgerOf ? since : undefined,
      );
      const told = changed === null ? view.hosts : view.hosts.filter(({ host }) => changed.has(host));
      return {
        ...view,
        hosts: told.map(shown),
        hostsEdition: `${edition} ${ledgerOf}`,
        ...(changed === null ? {} : { hostsGone: [...gone] }),
      };
    },
  );

  app.get(
    "/api/v1/refusals",
    {
      config: { needs: "run" },
      schema: {
        summary: "Messages and connections of sensors that were not let in, newest first",
        response: { 200: Type.Array(RefusalView), 401: Problem },
      },
    },
    async () => {
      await parts.refusals.flush();
      return readRefusals(store, null);
    },
  );

  app.get(
    "/api/v1/sites/:siteId/refusals",
    {
      config: { needs: "look" },
      schema: {
        summary: "What the box of a site sent, or asked for, and was not let in, newest first",
        params: Type.Object({ siteId: Type.String() }),
        response: { 200: Type.Array(RefusalView), 401: Problem, 404: Problem },
      },
    },
    async (request) => {
      await parts.refusals.flush();
      return readRefusals(store, await sensorOf(store, request.params.siteId));
    },
  );
}

/** @param sensorId null means of everybody, and of who is nobody */
async function readRefusals(rows: Rows, sensorId: string | null): Promise<RefusalView[]> {
  const found = await rows
    .selectFrom("refusals")
    .leftJoin("sensors", "sensors.id", "refusals.sensor_id")
    .selectAll("refusals")
    .select("sensors.site_id")
    .$if(sensorId !== null, (query) => query.where("sensor_id", "=", sensorId ?? ""))
    .orderBy("last_at", "desc")
    .limit(1_000)
    .execute();
  return found.map((row) => ({
    sensorId: row.sensor_id,
    siteId: row.site_id,
    reason: row.reason,
    count: row.count,
    firstAt: row.first_at,
    lastAt: row.last_at,
    lastError: row.last_error,
  }));
}
