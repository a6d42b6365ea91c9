import type { Ambient } from "../ambient.ts";
import type { TwoWords } from "../fleet/meeting.ts";
import type { Rows } from "./schema.ts";

export interface TwoWordsOfSite extends TwoWords {
  readonly id: string;
  readonly host: string | null;
  readonly at: number;
}

const mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
/** A page shows no more, and nobody decides so many. */
const shownPerSite = 100;

/** Writes down that two places disagree. What was found before of the same matter gives way. */
export async function writeTwoWords(rows: Rows, ambient: Ambient, siteId: string, body: TwoWords): Promise<void> {
  const now = ambient.clock.now();
  const before = (await openTwoWords(rows, siteId)).filter(({ about }) => about === body.about);
  for (const { id } of before) await settle(rows, { siteId, id }, now);
  await rows
    .insertInto("two_words")
    .values({
      ...{ id: `w-${ambient.random(8).toString("hex")}`, site_id: siteId, at: now, body: JSON.stringify(body) },
      ...{ host: mac.test(body.about) ? body.about : null, settled_at: null },
    })
    .execute();
}

// Far more than a page shows; a box may make them up.
const keptPerSite = 500;

/** Drops the oldest of a site's: where nobody has decided yet, beyond what can be decided, and else beyond what anybody looks at. */
export async function keepTwoWords(rows: Rows, siteId: string): Promise<void> {
  const kept = rows
    .selectFrom("two_words")
    .select("id")
    .where("site_id", "=", siteId)
    .orderBy("at", "desc")
    .orderBy("id")
    .limit(keptPerSite);
  await rows.deleteFrom("two_words").where("site_id", "=", siteId).where("id", "not in", kept).execute();
}

/** Where nobody has decided yet, newest first. */
export async function openTwoWords(rows: Rows, siteId: string): Promise<TwoWordsOfSite[]> {
  const found = await rows
    .selectFrom("two_words")
    .selectAll()
    .where("site_id", "=", siteId)
    .where("settled_at", "is", null)
    .orderBy("at", "desc")
    .orderBy("id")
    .limit(shownPerSite)
    .execute();
  return found.map(({ id, host, at, body }) => ({ ...(JSON.parse(body) as TwoWords), id, host, at }));
}

/** Somebody has decided about a machine, by whatever he did with it. */
export async function settleOfHost(rows: Rows, siteId: string, host: string, now: number): Promise<void> {
  await rows
    .updateTable("two_words")
    .set({ settled_at: now })
    .where("site_id", "=", siteId)
    .where("host", "=", host)
    .where("settled_at", "is", null)
    .execute();
}

/** Somebody has seen it and leaves it as it is; false where there is no such thing to decide. */
export async function settle(
  rows: Rows,
  { siteId, id }: { readonly siteId: string; readonly id: string },
  now: number,
): Promise<boolean> {
  const done = await rows
    .updateTable("two_words")
    .set({ settled_at: now })
    .where("site_id", "=", siteId)
    .where("id", "=", id)
    .where("settled_at", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}
