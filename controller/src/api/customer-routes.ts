import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { CustomerView, CustomerWish, SiteOwnerWish } from "./people-view.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

/** Whose the sites are: by customers people are kept apart. */
export function customerRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, changed, streams } = parts;

  const views = async (): Promise<CustomerView[]> => {
    const customers = await store.selectFrom("customers").selectAll().orderBy("name").execute();
    const sites = await store.selectFrom("sites").select(["id", "customer_id"]).orderBy("id").execute();
    return customers.map(({ id, name, created_at: createdAt }) => ({
      ...{ id, name, createdAt },
      sites: sites.filter(({ customer_id: customer }) => customer === id).map((site) => site.id),
    }));
  };

  app.get(
    "/api/v1/customers",
    {
      config: { needs: "run" },
      schema: { summary: "Customers with their sites", response: { 200: Type.Array(CustomerView), 401: Problem } },
    },
    views,
  );

  app.post(
    "/api/v1/customers",
    {
      config: { needs: "run" },
      schema: {
        summary: "Adds a customer",
        body: CustomerWish,
        response: { 201: CustomerView, 401: Problem, 403: Problem, 409: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { name } = request.body;
      const id = ambient.random(9).toString("base64url");
      const createdAt = ambient.clock.now();
      await store.transaction().execute(async (rows) => {
        const added = await rows
          .insertInto("customers")
          .values({ id, name, created_at: createdAt })
          .onConflict((conflict) => conflict.column("name").doNothing())
          .returning("id")
          .executeTakeFirst();
        if (added === undefined) throw new ProblemError("name-taken", `${name} is taken`);
        await writeAudit(rows, ambient, { author, action: "customer-added", subject: id, detail: name });
      });
      return reply.status(201).send({ id, name, createdAt, sites: [] });
    },
  );

  app.delete(
    "/api/v1/customers/:customerId",
    {
      config: { needs: "run" },
      schema: {
        summary: "Removes a customer who has no sites any more",
        params: Type.Object({ customerId: Type.String() }),
        response: { 204: Type.Null(), 401: Problem, 403: Problem, 404: Problem, 409: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { customerId: id } = request.params;
      await store.transaction().execute(async (rows) => {
        const site = await rows.selectFrom("sites").select("id").where("customer_id", "=", id).executeTakeFirst();
        if (site !== undefined) throw new ProblemError("customer-in-use", `${site.id} belongs to this customer`);
        const gone = await rows.deleteFrom("customers").where("id", "=", id).returning("name").executeTakeFirst();
        if (gone === undefined) throw new ProblemError("unknown-customer", `there is no customer ${id}`);
        await writeAudit(rows, ambient, { author, action: "customer-removed", subject: id, detail: gone.name });
      });
      return reply.status(204).send(null);
    },
  );

  app.put(
    "/api/v1/sites/:siteId/customer",
    {
      config: { needs: "run" },
      schema: {
        summary: "Says whose a site is",
        params: Type.Object({ siteId: Type.String() }),
        body: SiteOwnerWish,
        response: { 204: Type.Null(), 401: Problem, 403: Problem, 404: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { siteId } = request.params;
      const { customer } = request.body;
      await store.transaction().execute(async (rows) => {
        const known =
          customer === null ||
          (await rows.selectFrom("customers").select("id").where("id", "=", customer).executeTakeFirst()) !== undefined;
        if (!known) throw new ProblemError("unknown-customer", `there is no customer ${customer}`);
        const set = await rows
          .updateTable("sites")
          .set({ customer_id: customer })
          .where("id", "=", siteId)
          .returning("id")
          .executeTakeFirst();
        if (set === undefined) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
        await writeAudit(rows, ambient, { author, action: "site-assigned", siteId, detail: customer ?? "" });
      });
      await streams.endOutdated();
      changed(siteId);
      return reply.status(204).send(null);
    },
  );
}
