import { mainAddress, machineName, type HostSnapshot } from "@cordon/contract";
import { sql } from "kysely";
import { Type } from "typebox";
import { hold } from "../store/host-words.ts";
import type { Api, ApiParts } from "./parts.ts";
import { requireSession } from "./session-routes.ts";
import { FoundMachine, Problem } from "./view.ts";

const most = 30;

/** Finding a machine by what people call it, wherever it is. */
export function findRoutes(app: Api, { store }: ApiParts): void {
  app.get(
    "/api/v1/machines",
    {
      config: { needs: "look" },
      schema: {
        summary: "Machines whose name, address, MAC, owner or place holds a text, the strangest first; at most thirty",
        querystring: Type.Object({ find: Type.String({ minLength: 2, maxLength: 60 }) }),
        response: { 200: Type.Array(FoundMachine), 400: Problem, 401: Problem },
      },
    },
    async (request) => {
      const { customers, sites } = requireSession(request);
      if (customers?.length === 0 || sites?.length === 0) return [];
      const wanted = request.query.find.trim();
      const rows = await store
        .selectFrom("hosts")
        .innerJoin("sites", "sites.id", "hosts.site_id")
        .leftJoin("host_particulars", (join) =>
          join
            .onRef("host_particulars.site_id", "=", "hosts.site_id")
            .onRef("host_particulars.host", "=", "hosts.host"),
        )
        .select(["hosts.site_id", "hosts.host", "hosts.snapshot", "sites.name", "owner", "place"])
        .where(sql<boolean>`(${hold(sql`hosts.words`, wanted)} or ${hold(sql`host_particulars.words`, wanted)})`)
        // Before it is counted what was read: how many others' machines fit is nobody's business either.
        .$if(customers !== null, (query) => query.where("sites.customer_id", "in", customers ?? []))
        .$if(sites !== null, (query) => query.where("sites.id", "in", sites ?? []))
        .orderBy("hosts.score", "desc")
        .orderBy("hosts.site_id")
        .orderBy("hosts.host")
        .limit(most)
        .execute();
      return rows.map(({ site_id: siteId, host, snapshot, name: siteName, owner, place }): FoundMachine => {
        const machine = JSON.parse(snapshot) as HostSnapshot;
        const [name, address] = [machineName(machine), mainAddress(machine)];
        const where = [owner, place].filter((each) => each !== null && each !== "").join(", ");
        return { siteId, siteName, host, name, address, where, verdict: machine.verdict };
      });
    },
  );
}
