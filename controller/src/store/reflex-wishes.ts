import type { ReflexWish } from "@cordon/contract";
import type { Rows } from "./schema.ts";

/** How the reflex of a site is to be set; null where nobody has said, which means the contract's default. */
export async function readReflexWish(rows: Rows, siteId: string): Promise<ReflexWish | null> {
  const row = await rows.selectFrom("reflex_wishes").select("body").where("site_id", "=", siteId).executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.body) as ReflexWish);
}

/** Takes the place of the wish before. */
export async function writeReflexWish(rows: Rows, siteId: string, { mode, budget, hosts }: ReflexWish): Promise<void> {
  const body = JSON.stringify({
    mode,
    budget,
    hosts: hosts.map((host) => ({ host: host.host, mode: host.mode, budget: host.budget })),
  } satisfies ReflexWish);
  await rows
    .insertInto("reflex_wishes")
    .values({ site_id: siteId, body })
    .onConflict((conflict) => conflict.column("site_id").doUpdateSet({ body }))
    .execute();
}
