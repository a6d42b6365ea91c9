import { isDeepStrictEqual } from "node:util";
import type { AreaCut, Barrier, DesiredDocument, LineCut, Reported } from "@cordon/contract";
import type { Rows } from "../store/schema.ts";
import {
  deleteDuty,
  deleteRecording,
  deleteSiteWish,
  readSiteWishes,
  writeArea,
  writeDuty,
  writeRecording,
  writeSiteWish,
  type SiteWishes,
} from "../store/site-wishes.ts";
import { asTold, refuseTooManyWishes, reportedAuthor } from "./adoption-bounds.ts";
import { barrierOf } from "./said-since.ts";
import { threeWay } from "./three-way.ts";

type Wished = Pick<DesiredDocument, "barriers" | "areaCuts" | "lineCut" | "duties" | "recording">;

/**
 * Brings what the records wish for more than one machine to what a sensor holds of that, but for what somebody has changed
 * here since. Of an area that nobody remembers, the machines that the sensor cut are known, and no others: a barrier for such
 * an area cannot be kept, and is not made one for the whole site.
 *
 * What the records did not know stands there as the box's word. Throws `adoption-too-large`.
 */
export async function adoptSiteWishes(
  rows: Rows,
  {
    siteId,
    reported,
    base,
    said,
    now,
  }: {
    readonly siteId: string;
    readonly reported: Reported;
    /** What both went on from; null where that is not known, and then nothing is ended. */
    readonly base: Wished | null;
    /** Barriers of which somebody here has spoken since, by `barrierOf`. */
    readonly said: ReadonlySet<string>;
    readonly now: number;
  },
): Promise<void> {
  // Whatever ended long ago is nobody's wish any more, but is harmless: it is not read again.
  const ours = await readSiteWishes(rows, siteId, 0);
  const known = new Set(ours.areas.map(({ id }) => id));
  const isOn = ({ expiresAt }: { readonly expiresAt: number | null }) => expiresAt === null || expiresAt > now;
  const duties = threeWay(ours.duties, base && (base.duties ?? []), reported.duties ?? [], ({ host }) => host);
  const cuts = threeWay(ours.areaCuts, base && (base.areaCuts ?? []), (reported.areaCuts ?? []).filter(isOn), cutOf);
  const barriers = threeWay(
    ours.barriers,
    base && (base.barriers ?? []),
    (reported.barriers ?? []).filter(isOn),
    barrierOf,
    said,
  );
  const [ourCut, baseCut, heldCut] = [ours.lineCut, base?.lineCut, reported.lineCut].map(asList);
  const lineCuts = threeWay(ourCut ?? [], base && (baseCut ?? []), (heldCut ?? []).filter(isOn), () => "line");

  const newOf = <W>(taken: readonly W[], own: readonly W[], keyOf: (of: W) => string) => {
    const keys = new Set(own.map(keyOf));
    return taken.filter((each) => !keys.has(keyOf(each))).length;
  };
  const current = await readSiteWishes(rows, siteId, now);
  refuseTooManyWishes(current, {
    areas: new Set(cuts.taken.map(({ area }) => area).filter((area) => !known.has(area))).size,
    barriers: newOf<Barrier>(barriers.taken, ours.barriers, barrierOf),
    areaCuts: newOf<AreaCut>(cuts.taken, ours.areaCuts, cutOf),
    duties: newOf(duties.taken, ours.duties, ({ host }) => host),
  });

  for (const duty of duties.taken) {
    const own = ours.duties.find(({ host }) => host === duty.host);
    await writeDuty(rows, siteId, asTold(duty, own));
  }
  for (const { host } of duties.ended) await deleteDuty(rows, siteId, host);
  for (const told of cuts.taken) {
    const { id, reason, author, startsAt, expiresAt, area, from } = told;
    if (!known.has(area)) {
      const hosts = [...new Set([...told.cut, ...told.silent])];
      await writeArea(rows, siteId, { id: area, name: `Found again: ${area}`, hosts });
      known.add(area);
    }
    const body: AreaCut = { id, reason, author, startsAt, expiresAt, area, from };
    const own = ours.areaCuts.find((each) => each.id === id);
    await writeSiteWish(rows, siteId, { kind: "area-cut", body: asTold(body, own) });
  }
  for (const { id, reason, author, startsAt, expiresAt, way, mode, area, exceptions } of barriers.taken) {
    if (area !== null && !known.has(area)) continue;
    const body: Barrier = { id, reason, author, startsAt, expiresAt, way, mode, area, exceptions };
    const own = ours.barriers.find((each) => each.id === id);
    await writeSiteWish(rows, siteId, { kind: "barrier", body: asTold(body, own) });
  }
  for (const { id, reason, author, startsAt, expiresAt } of lineCuts.taken) {
    const body: LineCut = { id, reason, author, startsAt, expiresAt };
    const own = ours.lineCut?.id === id ? ours.lineCut : undefined;
    await writeSiteWish(rows, siteId, { kind: "line-cut", body: asTold(body, own) });
  }

  for (const { id } of [...cuts.ended, ...barriers.ended, ...lineCuts.ended]) await deleteSiteWish(rows, siteId, id);
  await adoptRecording(rows, siteId, { reported, base, ours });
}

/** Nobody's packets are recorded on a word that was taken back: where the box says what it may, that holds. */
async function adoptRecording(
  rows: Rows,
  siteId: string,
  of: { readonly reported: Reported; readonly base: Wished | null; readonly ours: SiteWishes },
): Promise<void> {
  const { issuedAt, recording } = of.reported;
  if (issuedAt === undefined) return;
  const ours = of.ours.recording;
  const isOurs =
    of.base === null
      ? (ours?.authorisations.some(({ date }) => date > issuedAt) ?? false)
      : !isDeepStrictEqual(ours, of.base.recording ?? null);
  if (isOurs) return;
  if (recording === undefined) {
    await deleteRecording(rows, siteId);
    return;
  }
  const known = new Map(ours?.authorisations.map((each) => [each.id, each]));
  const authorisations = recording.authorisations.map((each) => {
    const own = known.get(each.id);
    return isDeepStrictEqual(own, each) ? each : { ...each, by: `${each.by} (${reportedAuthor})`.slice(-200) };
  });
  await writeRecording(rows, siteId, { ...recording, authorisations });
}

const cutOf = ({ area, from }: Pick<AreaCut, "area" | "from">): string => JSON.stringify([area, from]);

function asList<T>(value: T | null | undefined): readonly T[] {
  return value == null ? [] : [value];
}
