import type { Reported } from "@cordon/contract";
import type { Rows } from "../store/schema.ts";
import { readSiteWishes, writeArea, writeDuty, writeSiteWish } from "../store/site-wishes.ts";

/**
 * Takes back into the records what a sensor holds for more than one machine and the records have forgotten. Of an
 * area that nobody remembers, the machines that the sensor cut are known, and no others: a barrier for such an
 * area cannot be kept, and is not made one for the whole site.
 */
export async function adoptSiteWishes(rows: Rows, siteId: string, reported: Reported): Promise<void> {
  const { barriers = [], areaCuts = [], lineCut, duties = [] } = reported;
  for (const duty of duties) await writeDuty(rows, siteId, duty);
  // Whatever ended long ago is nobody's wish any more, but is harmless: it is not read again.
  const known = new Set((await readSiteWishes(rows, siteId, 0)).areas.map(({ id }) => id));
  for (const told of areaCuts) {
    const { id, reason, author, startsAt, expiresAt, area, from } = told;
    if (!known.has(area)) {
      const hosts = [...new Set([...told.cut, ...told.silent])];
      await writeArea(rows, siteId, { id: area, name: `Found again: ${area}`, hosts });
      known.add(area);
    }
    await writeSiteWish(rows, siteId, {
      kind: "area-cut",
      body: { id, reason, author, startsAt, expiresAt, area, from },
    });
  }
  for (const { id, reason, author, startsAt, expiresAt, way, mode, area, exceptions } of barriers) {
    if (area !== null && !known.has(area)) continue;
    await writeSiteWish(rows, siteId, {
      kind: "barrier",
      body: { id, reason, author, startsAt, expiresAt, way, mode, area, exceptions },
    });
  }
  if (lineCut !== undefined) {
    const { id, reason, author, startsAt, expiresAt } = lineCut;
    await writeSiteWish(rows, siteId, { kind: "line-cut", body: { id, reason, author, startsAt, expiresAt } });
  }
}
