/** What a box may bring into the records by telling that it holds it, and as whose word that stands there. */
import { isDeepStrictEqual } from "node:util";
import { everyContainment, pinAuthor, type Pardon, type Reported } from "@cordon/contract";
import type { Clock } from "../ambient.ts";
import { ControllerError } from "../errors.ts";
import { openContainments } from "../store/containment-rows.ts";
import type { Rows } from "../store/schema.ts";
import { siteWishLimits, type SiteWishes } from "../store/site-wishes.ts";

/** Whose word it is that nobody here has given: a box may name whom it likes. */
export const reportedAuthor = "reported by the box";

/** What a box tells of a wish, as the word of whoever gave it here, or as the box's own where nobody has given just that. */
export function asTold<W extends { readonly author: string }>(told: W, own: W | undefined): W {
  const isOurs = own !== undefined && isDeepStrictEqual({ ...own, author: "" }, { ...told, author: "" });
  return { ...told, author: isOurs ? own.author : reportedAuthor };
}

export interface AdoptionLimits {
  /** Default 5 in a row: a restored controller takes one from each box, and another for each wish that crosses it. */
  readonly burst: number;
  /** Default 10 minutes, after which there may be one more. Its orders wait until then, so that nothing is lost by waiting. */
  readonly everyMs: number;
  /** Default 5,000 containments that the records do not know, in one report: what a report carries of a kind. */
  readonly newContainments: number;
  /** Default 5,000 of a sensor that have not ended. */
  readonly openContainments: number;
  /** Default 10,000 that have ended and of which only a box has told; the oldest go. */
  readonly endedContainments: number;
  /** Default 5 seconds, after which it is tried again where the store failed: a full disk has room again by a person's hand. */
  readonly storeRetryMs: number;
}

export const defaultAdoptionLimits: AdoptionLimits = {
  burst: 5,
  everyMs: 600_000,
  newContainments: 5_000,
  openContainments: 5_000,
  endedContainments: 10_000,
  storeRetryMs: 5_000,
};

type Pace = Pick<AdoptionLimits, "burst" | "everyMs">;

/** A person's clicks, and not a program's: in ten minutes, and of a day, since each may leave a line in the audit log for good. */
export const handBackPaces: readonly Pace[] = [
  { burst: 60, everyMs: 10_000 },
  { burst: 400, everyMs: 216_000 },
];

/** How often what a sensor holds may be taken up, for each. */
export class AdoptionPace {
  readonly #clock: Pick<Clock, "now">;
  readonly #limits: readonly Pace[];
  /** When the allowance of each is full again, one for each limit. */
  readonly #fullAt = new Map<string, readonly number[]>();

  /** @param limits all of them hold */
  constructor(clock: Pick<Clock, "now">, limits: readonly Pace[]) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** In how many milliseconds it is its turn; 0 where it is now. */
  turnInMs(sensorId: string): number {
    const [now, fullAt] = [this.#clock.now(), this.#fullAt.get(sensorId)];
    const waits = this.#limits.map(({ burst, everyMs }, index) => (fullAt?.[index] ?? 0) - now - (burst - 1) * everyMs);
    return Math.max(0, ...waits);
  }

  taken(sensorId: string): void {
    const [now, fullAt] = [this.#clock.now(), this.#fullAt.get(sensorId)];
    this.#fullAt.set(
      sensorId,
      this.#limits.map(({ everyMs }, index) => Math.max(now, fullAt?.[index] ?? 0) + everyMs),
    );
  }
}

/** Throws `adoption-too-large` where a report would bring more containments than one may. */
export async function refuseTooMany(
  rows: Rows,
  sensorId: string,
  reported: Reported,
  limits: AdoptionLimits,
): Promise<void> {
  const held = everyContainment(reported);
  const open = await openContainments(rows, sensorId);
  const known = new Set(open.map(({ id }) => id));
  const added = held.filter(({ id }) => !known.has(id)).length;
  if (added <= limits.newContainments && open.length + added <= limits.openContainments) return;
  throw new ControllerError(
    "adoption-too-large",
    `the box tells of ${added} containments that nobody knows, beside ${open.length}; ${limits.newContainments} and ${limits.openContainments} may be`,
  );
}

// What a box parses.
const pardonsPerSite = 1_000;

/** The same of pardons. */
export function refuseTooManyPardons(ours: readonly Pardon[], added: readonly Pardon[]): void {
  const all = new Set([...ours, ...added].map(({ host }) => host));
  if (added.length === 0 || all.size <= pardonsPerSite) return;
  throw new ControllerError(
    "adoption-too-large",
    `the box tells of ${added.length} pardons beside ${ours.length}; ${pardonsPerSite} may be`,
  );
}

/** Throws `adoption-too-large` where a site would have more wishes than a box parses. */
export function refuseTooManyWishes(
  ours: SiteWishes,
  added: { readonly areas: number; readonly barriers: number; readonly areaCuts: number; readonly duties: number },
): void {
  for (const what of ["areas", "barriers", "areaCuts", "duties"] as const) {
    if (added[what] === 0 || ours[what].length + added[what] <= siteWishLimits[what]) continue;
    throw new ControllerError(
      "adoption-too-large",
      `the box tells of ${added[what]} ${what} beside ${ours[what].length}; ${siteWishLimits[what]} may be`,
    );
  }
}

/** Drops the oldest of what ended and only a box has told of, be it by its PIN. */
export async function keepEnded(rows: Rows, sensorId: string, limits: AdoptionLimits): Promise<void> {
  const oldest = await rows
    .selectFrom("containments")
    .select("ended_at")
    .where("sensor_id", "=", sensorId)
    .where("author", "in", [reportedAuthor, pinAuthor])
    .where("ended_at", "is not", null)
    .orderBy("ended_at", "desc")
    .offset(limits.endedContainments)
    .limit(1)
    .executeTakeFirst();
  if (oldest?.ended_at == null) return;
  await rows
    .deleteFrom("containments")
    .where("sensor_id", "=", sensorId)
    .where("author", "in", [reportedAuthor, pinAuthor])
    .where("ended_at", "<=", oldest.ended_at)
    .execute();
}

// Of what ended by itself nobody asks any more; a person's word on it is in the audit log.
const expiredWishesKept = 500;

/** Drops the oldest of a site's wishes and pardons that ended by themselves. */
export async function keepExpired(rows: Rows, siteId: string, now: number): Promise<void> {
  await rows.deleteFrom("pardons").where("site_id", "=", siteId).where("until", "<=", now).execute();
  const oldest = await rows
    .selectFrom("site_wishes")
    .select("expires_at")
    .where("site_id", "=", siteId)
    .where("expires_at", "<=", now)
    .orderBy("expires_at", "desc")
    .offset(expiredWishesKept)
    .limit(1)
    .executeTakeFirst();
  if (oldest?.expires_at == null) return;
  await rows
    .deleteFrom("site_wishes")
    .where("site_id", "=", siteId)
    .where("expires_at", "<=", oldest.expires_at)
    .execute();
}
