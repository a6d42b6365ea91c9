import type { HostSnapshot } from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import { readSite } from "../incident/site-facts.ts";
import { siteView } from "../incident/site-view.ts";
import { timeTextOf } from "../incident/time-text.ts";
import type { Rows } from "../store/schema.ts";
import { readSiteWishes, type SiteWishes } from "../store/site-wishes.ts";
import type { ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import type { SiteView } from "./view.ts";

/** What a change of a site's wishes works with. */
export interface ChangeContext {
  readonly rows: Rows;
  readonly siteId: string;
  readonly author: string;
  readonly now: number;
  /** What is wished for before the change. */
  readonly wishes: SiteWishes;
  readonly audit: (action: string, subject: string, detail: unknown) => Promise<void>;
}

export type ChangeSite = (
  siteId: string,
  author: string,
  change: (context: ChangeContext) => Promise<void>,
) => Promise<SiteView>;

/** Changes wishes of a site, the document that carries them and the audit log as one, and answers with the site. */
export function siteChanger(parts: ApiParts): ChangeSite {
  const { store, ambient, keeper } = parts;
  return async (siteId, author, change) => {
    const sensor = await store.selectFrom("sensors").select("id").where("site_id", "=", siteId).executeTakeFirst();
    if (sensor === undefined) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
    await keeper.issue(sensor.id, async (rows) => {
      const now = ambient.clock.now();
      const wishes = await readSiteWishes(rows, siteId, now);
      const audit: ChangeContext["audit"] = (action, subject, detail) =>
        writeAudit(rows, ambient, { author, action, siteId, subject, detail: JSON.stringify(detail) });
      await change({ rows, siteId, author, now, wishes, audit });
    });
    parts.changed(siteId);
    const now = ambient.clock.now();
    const facts = await readSite(store, siteId, now, parts);
    if (facts === null) throw new ProblemError("unknown-site", `there is no site ${siteId}`);
    return siteView(facts, timeTextOf(now, parts.timeZone), parts.vendorOf);
  };
}

/** The end that somebody asks for; refuses one in the past. */
export function endOf({ expiresAt }: { readonly expiresAt: number | null }, now: number): number | null {
  if (expiresAt !== null && expiresAt <= now)
    throw new ProblemError("expiry-in-the-past", "expiresAt lies in the past");
  return expiresAt === null ? null : Math.floor(expiresAt);
}

/** What is known of those machines; of a machine never heard nothing is. */
export async function snapshotsOf(rows: Rows, siteId: string, macs: readonly string[]): Promise<HostSnapshot[]> {
  if (macs.length === 0) return [];
  const found = await rows
    .selectFrom("hosts")
    .select("snapshot")
    .where("site_id", "=", siteId)
    .where("host", "in", [...macs])
    .execute();
  return found.map(({ snapshot }) => JSON.parse(snapshot) as HostSnapshot);
}

export function unique(macs: readonly string[]): string[] {
  return [...new Set(macs)];
}
