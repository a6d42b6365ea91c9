import type { HostView } from "../api/view.ts";
import { linesOf } from "./host-words.ts";
import type { Rows } from "./schema.ts";

/** How many photos one site keeps: each is up to 200 KiB. */
export const photosOfSite = 200;

/** What people wrote about the machines of a site, by host. */
export async function readParticulars(
  rows: Rows,
  siteId: string,
): Promise<ReadonlyMap<string, NonNullable<HostView["particulars"]>>> {
  const found = await rows.selectFrom("host_particulars").selectAll().where("site_id", "=", siteId).execute();
  return new Map(
    found.map(({ host, owner, phone, place, note, author, at, photo_at: photoAt }) => [
      host,
      { owner, phone, place, note, author, at, photoAt },
    ]),
  );
}

/** Takes the place of what was written before; the photo stays. */
export async function writeParticulars(
  rows: Rows,
  siteId: string,
  host: string,
  written: Omit<NonNullable<HostView["particulars"]>, "photoAt">,
): Promise<void> {
  const { owner, phone, place, note, author } = written;
  const fields = { owner, phone, place, note, author, at: written.at, words: linesOf([owner, place]) };
  await rows
    .insertInto("host_particulars")
    .values({ site_id: siteId, host, ...fields, photo_at: null })
    .onConflict((conflict) => conflict.columns(["site_id", "host"]).doUpdateSet(fields))
    .execute();
}

/** Keeps a photo, or with null takes it away. */
export async function writePhoto(
  rows: Rows,
  of: { readonly siteId: string; readonly host: string; readonly author: string; readonly at: number },
  jpeg: Buffer | null,
): Promise<void> {
  const key = { site_id: of.siteId, host: of.host };
  const photoAt = jpeg === null ? null : of.at;
  await rows
    .insertInto("host_particulars")
    .values({
      ...{ ...key, owner: "", phone: "", place: "", note: "", words: "" },
      ...{ author: of.author, at: of.at, photo_at: photoAt },
    })
    .onConflict((conflict) => conflict.columns(["site_id", "host"]).doUpdateSet({ photo_at: photoAt }))
    .execute();
  await rows.deleteFrom("host_photos").where("site_id", "=", of.siteId).where("host", "=", of.host).execute();
  if (jpeg === null) return;
  await rows
    .insertInto("host_photos")
    .values({ ...key, jpeg: jpeg.toString("base64") })
    .execute();
}

/** The photo of a machine; null where there is none. */
export async function readPhoto(rows: Rows, siteId: string, host: string): Promise<Buffer | null> {
  const found = await rows
    .selectFrom("host_photos")
    .select("jpeg")
    .where("site_id", "=", siteId)
    .where("host", "=", host)
    .executeTakeFirst();
  return found === undefined ? null : Buffer.from(found.jpeg, "base64");
}

/** How many other machines of the site have one. */
export async function countOtherPhotos(rows: Rows, siteId: string, host: string): Promise<number> {
  const { count } = await rows
    .selectFrom("host_photos")
    .select((build) => build.fn.countAll<number>().as("count"))
    .where("site_id", "=", siteId)
    .where("host", "!=", host)
    .executeTakeFirstOrThrow();
  return Number(count);
}
