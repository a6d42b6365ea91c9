import type { SensorView, SiteView } from "../../../src/api/view.ts";
import type { AreaCutView, LineCutView } from "../../../src/api/wish-view.ts";
import { machineName } from "./barrier.ts";
import { sentence } from "./host.ts";
import { joined } from "./list.ts";
import { msg, plural, words } from "../language/message.ts";

export interface CutStanding {
  readonly tag: string;
  /** Whether the box stands behind it (accent). */
  readonly isOn: boolean;
  readonly text: string;
}

const tags = words<Readonly<Record<AreaCutView["level"] | LineCutView["level"], string>>>({
  none: "not in force",
  unconfirmed: "asked",
  simulated: "simulated",
  "by-hand": "by hand",
  "partly-cut": "partly cut",
  "internet-cut": "cut off",
  "line-cut": "cut",
});

/** Where the cut of an area, or of the line, stands as far as the box has said. */
export function cutStanding(cut: AreaCutView | LineCutView, box: Pick<SensorView, "state">): CutStanding {
  const text = sentence(cut.refusal ?? cut.levelText);
  if (cut.releasing) return { tag: msg`release asked`, isOn: false, text };
  if (cut.refusal !== null)
    return { tag: cut.level === "partly-cut" ? tags["partly-cut"] : msg`refused`, isOn: false, text };
  if (box.state !== "online" && cut.reportedAt !== null) return { tag: msg`when last heard`, isOn: false, text };
  const isOn = cut.level === "internet-cut" || cut.level === "partly-cut" || cut.level === "line-cut";
  return { tag: tags[cut.level], isOn, text };
}

const namesShown = 4;

/** "DESK-07, LAPTOP-K3 and 3 more" */
export function machinesWords(site: Pick<SiteView, "hosts">, macs: readonly string[]): string {
  const names = macs.slice(0, namesShown).map((mac) => machineName(site, mac));
  if (macs.length > names.length) names.push(msg`${macs.length - names.length} more`);
  return joined(names);
}

/** How far whoever pulls the cables is; null where nobody was asked to. */
export function handProgress(site: SiteView, cut: AreaCutView): string | null {
  if (cut.from !== "neighbours" || cut.reportedAt === null) return null;
  const members = site.areas.find(({ id }) => id === cut.area)?.hosts ?? [];
  const heard = members.filter((mac) => !cut.silent.includes(mac));
  const parts = [
    ...(cut.silent.length > 0 ? [msg`Silent: ${machinesWords(site, cut.silent)}.`] : []),
    ...(heard.length > 0 ? [msg`Still heard: ${machinesWords(site, heard)}.`] : []),
  ];
  return parts.length === 0 ? null : parts.join(" ");
}

/** Whom the line's cut hits: "10 machines, 2 of them infected". */
export function lineCutHits({ counts }: Pick<SiteView, "counts">): string {
  const all = plural(counts.hosts, "{n} machine", "{n} machines");
  return counts.infected === 0 ? all : msg`${all}, ${counts.infected} of them infected`;
}
