import { pinAuthor, type Notice, type Reported } from "@cordon/contract";
import type { AtBoxView, DeedView } from "../api/at-box-view.ts";
import { withoutDetail } from "../account/audit-fact.ts";
import { readDelegation } from "../store/delegation-rows.ts";
import type { Rows } from "../store/schema.ts";
import { openTwoWords } from "../store/two-words-rows.ts";

const shownMs = 30 * 86_400_000;
const shownDeeds = 50;

/** What a box may do by itself, what was done there, and where that met something else. */
export async function atBoxOf(
  rows: Rows,
  { siteId, sensorId, reported, now }: { siteId: string; sensorId: string; reported: Reported | null; now: number },
): Promise<AtBoxView> {
  const delegation = await readDelegation(rows, sensorId);
  const isWithheld = delegation?.withheld_at != null;
  const words = await openTwoWords(rows, siteId);
  return {
    delegatedUntil: delegation === null || isWithheld || delegation.not_after <= now ? null : delegation.not_after,
    isWithheld,
    isLocal: reported?.local !== undefined,
    deeds: await deedsOf(rows, { siteId, sensorId, now }),
    twoWords: words.map(({ id, host, about, at, atBox, here }) => ({
      ...{ id, host, about, at },
      atBox: atBox.wished.length > 0 ? "wished" : "ended",
      atCentre: here.wished.length > 0 ? "wished" : "ended",
    })),
  };
}

/** As they were told; at the box itself as they are written down there. */
async function deedsOf(
  rows: Rows,
  { siteId, sensorId, now }: { siteId: string; sensorId: string; now: number },
): Promise<DeedView[]> {
  const told = await rows
    .selectFrom("notices")
    .select(["at", "body"])
    .where("sensor_id", "=", sensorId)
    .where("kind", "=", "deed")
    .where("at", ">", now - shownMs)
    .orderBy("at", "desc")
    .orderBy("sequence", "desc")
    .limit(shownDeeds)
    .execute();
  if (told.length > 0) {
    return told.map(({ at, body }) => {
      const { deed } = JSON.parse(body) as Extract<Notice, { kind: "deed" }>;
      const { author, action, host, detail } = deed;
      return { at, author, action, host, detail: withoutDetail.has(action) ? "" : detail };
    });
  }
  const own = await rows
    .selectFrom("audit_log")
    .select(["at", "author", "action", "detail"])
    .where("author", "=", pinAuthor)
    // A log of many sites holds what others' boxes have told.
    .where((line) => line.or([line("site_id", "is", null), line("site_id", "=", siteId)]))
    .where("detail", "not like", '{"place":"box"%')
    .where("at", ">", now - shownMs)
    .orderBy("number", "desc")
    .limit(shownDeeds)
    .execute();
  return own.map((line) => ({ ...line, host: hostIn(line.detail) }));
}

/** The machine that a line of the audit log is about; null where it names none. */
export function hostIn(detail: string): string | null {
  return /"host":"([0-9a-f]{2}(?::[0-9a-f]{2}){5})"/.exec(detail)?.[1] ?? null;
}
