import type { Pardon } from "@cordon/contract";
import type { Rows } from "./schema.ts";

/** Whom the policy of a site leaves alone now, by host. */
export async function readPardons(rows: Rows, siteId: string, now: number): Promise<Pardon[]> {
  const found = await rows
    .selectFrom("pardons")
    .select(["host", "author", "reason", "at", "until"])
    .where("site_id", "=", siteId)
    .where((build) => build.or([build("until", "is", null), build("until", ">", now)]))
    .orderBy("at", "desc")
    .orderBy("host")
    // What a sensor still parses; nobody pardons more machines than an office has.
    .limit(1000)
    .execute();
  return found.map(({ host, author, reason, at, until }) => ({ host, author, reason, at, until }));
}

/** Takes the place of the host's pardon before. */
export async function writePardon(rows: Rows, siteId: string, of: Pardon): Promise<void> {
  const { host, author, reason, at, until } = of;
  const pardon = { host, author, reason, at: Math.floor(at), until: until === null ? null : Math.floor(until) };
  await rows
    .insertInto("pardons")
    .values({ site_id: siteId, ...pardon })
    .onConflict((conflict) => conflict.columns(["site_id", "host"]).doUpdateSet(pardon))
    .execute();
}

/** Takes a pardon back; the pardon it was, or null where there was none. */
export async function deletePardon(rows: Rows, siteId: string, host: string, now: number): Promise<Pardon | null> {
  const pardon = (await readPardons(rows, siteId, now)).find((each) => each.host === host) ?? null;
  await rows.deleteFrom("pardons").where("site_id", "=", siteId).where("host", "=", host).execute();
  return pardon;
}
