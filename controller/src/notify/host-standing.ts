/** How an infected machine stands when its message goes out: it may have been cut off since it was found. */
import type { Reported } from "@cordon/contract";
import { isContained } from "../incident/containment-view.ts";
import { isContainedBySite } from "../incident/wish-view.ts";
import { readSiteWishes } from "../store/site-wishes.ts";
import type { Rows } from "../store/schema.ts";
import { isInfection, type Finding } from "./finding.ts";
import { snapshotOf } from "./observe.ts";

export interface HostStanding {
  readonly isContained: boolean;
  /** What to do now. */
  readonly nextStep: string;
}

/** How the machines that some findings call infected stand now, by finding. */
export async function standingsOf(
  rows: Rows,
  findings: readonly Finding[],
  now: number,
): Promise<ReadonlyMap<Finding, HostStanding>> {
  const standings = new Map<Finding, HostStanding>();
  const sites = new Map<string, Awaited<ReturnType<typeof siteOf>>>();
  for (const finding of findings) {
    if (!isInfection(finding)) continue;
    const { siteId, host } = finding;
    const site = sites.get(siteId) ?? (await siteOf(rows, siteId, now));
    sites.set(siteId, site);
    const snapshot = await snapshotOf(rows, siteId, host);
    const { reported, wishes } = site;
    const told = [...(reported?.containments ?? []), ...(reported?.automatic ?? [])];
    const held =
      snapshot !== null &&
      (isContained(snapshot, told, reported?.placement ?? null) || isContainedBySite(snapshot, { wishes, reported }));
    standings.set(finding, { isContained: held, nextStep: nextStep(held, reported) });
  }
  return standings;
}

async function siteOf(rows: Rows, siteId: string, now: number) {
  const row = await rows
    .selectFrom("reported")
    .innerJoin("sensors", "sensors.id", "reported.sensor_id")
    .select("reported.body")
    .where("sensors.site_id", "=", siteId)
    .executeTakeFirst();
  return {
    reported: row === undefined ? null : (JSON.parse(row.body) as Reported),
    wishes: await readSiteWishes(rows, siteId, now),
  };
}

function nextStep(isHeld: boolean, reported: Reported | null): string {
  if (isHeld) return "It is cut off, or its way of spreading is stopped. Next: clean it, then release it.";
  switch (reported?.placement) {
    case "mirror":
      return "It is not cut off, and cannot be from here. Next: unplug it by hand.";
    case "wan":
      return "It is not cut off, and cannot be alone from here. Next: cut the line, or unplug it by hand.";
    case "lan":
    case "gateway":
    case undefined:
      return "It is not cut off. Next: cut it off.";
  }
}
