import { isDeepStrictEqual } from "node:util";
import type { DesiredDocument, Reported } from "@cordon/contract";
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
import { threeWay } from "./three-way.ts";

type Wished = Pick<DesiredDocument, "barriers" | "areaCuts" | "lineCut" | "duties" | "recording">;

/**
 * Brings what the records wish for more than one machine to what a sensor holds of that, but for what somebody has changed
 * here since. Of an area that nobody remembers, the machines that the sensor cut are known, and no others: a barrier for such
 * an area cannot be kept, and is not made one for the whole site.
 *
 * @param base what both went on from; null where that is not known, and then nothing is ended
 */
export async function adoptSiteWishes(
  rows: Rows,
  siteId: string,
  reported: Reported,
  base: Wished | null,
): Promise<void> {
  // Whatever ended long ago is nobody's wish any more, but is harmless: it is not read again.
  const ours = await readSiteWishes(rows, siteId, 0);
  const known = new Set(ours.areas.map(({ id }) => id));

  const duties = threeWay(ours.duties, base && (base.duties ?? []), reported.duties ?? [], ({ host }) => host);
  for (const duty of duties.taken) await writeDuty(rows, siteId, duty);
  for (const { host } of duties.ended) await deleteDuty(rows, siteId, host);

  const cuts = threeWay(ours.areaCuts, base && (base.areaCuts ?? []), reported.areaCuts ?? [], idOf);
  for (const told of cuts.taken) {
    const { id, reason, author, startsAt, expiresAt, area, from } = told;
    if (!known.has(area)) {
      const hosts = [...new Set([...told.cut, ...told.silent])];
      await writeArea(rows, siteId, { id: area, name: `Found again: ${area}`, hosts });
      known.add(area);
    }
    const body = { id, reason, author, startsAt, expiresAt, area, from };
    await writeSiteWish(rows, siteId, { kind: "area-cut", body });
  }

  const barriers = threeWay(ours.barriers, base && (base.barriers ?? []), reported.barriers ?? [], idOf);
  for (const { id, reason, author, startsAt, expiresAt, way, mode, area, exceptions } of barriers.taken) {
    if (area !== null && !known.has(area)) continue;
    const body = { id, reason, author, startsAt, expiresAt, way, mode, area, exceptions };
    await writeSiteWish(rows, siteId, { kind: "barrier", body });
  }

  const [ourCut, baseCut, heldCut] = [ours.lineCut, base?.lineCut, reported.lineCut].map(asList);
  const lineCuts = threeWay(ourCut ?? [], base && (baseCut ?? []), heldCut ?? [], idOf);
  for (const { id, reason, author, startsAt, expiresAt } of lineCuts.taken) {
    await writeSiteWish(rows, siteId, { kind: "line-cut", body: { id, reason, author, startsAt, expiresAt } });
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
  if (recording === undefined) await deleteRecording(rows, siteId);
  else await writeRecording(rows, siteId, recording);
}

const idOf = ({ id }: { readonly id: string }): string => id;

function asList<T>(value: T | null | undefined): readonly T[] {
  return value == null ? [] : [value];
}
