import type { Barrier } from "@cordon/contract";
import type { Rows } from "../store/schema.ts";

/** What persons have said of a site. */
export interface Said {
  readonly policy: boolean;
  readonly reflex: boolean;
  /** By {@link barrierOf}. */
  readonly barriers: ReadonlySet<string>;
}

/** What a barrier is for: another mode is another barrier, with another id, for the same. */
export const barrierOf = ({ way, area }: Pick<Barrier, "way" | "area">): string => JSON.stringify([way, area]);

/**
 * What was said after a time, by the audit log: who says again what is so already changes nothing in the records, and has said
 * it all the same. All other wishes either carry the time at which they were said, or are refused where they are so already.
 *
 * @param at epoch milliseconds; null where nobody knows after what: then nothing counts as said
 */
export async function saidSince(rows: Rows, siteId: string, at: number | null): Promise<Said> {
  if (at === null) return { policy: false, reflex: false, barriers: new Set() };
  const lines = await rows
    .selectFrom("audit_log")
    .select(["action", "detail"])
    .where("site_id", "=", siteId)
    .where("at", ">", at)
    .where("action", "in", ["policy-set", "reflex-set", "barrier-set"])
    // What a box tells of itself nobody has said here.
    .where("detail", "not like", '{"place":"box"%')
    .execute();
  const of = (wanted: string) => lines.filter(({ action }) => action === wanted);
  return {
    policy: of("policy-set").length > 0,
    reflex: of("reflex-set").length > 0,
    barriers: new Set(of("barrier-set").map(({ detail }) => barrierOf(JSON.parse(detail) as Barrier))),
  };
}
