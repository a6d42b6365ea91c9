import { barrierPorts, barrierSentence, whyNoBarrier, type BarrierMode, type BarrierWay } from "@cordon/contract";
import type { SensorView, SiteView } from "../../../src/api/view.ts";
import type { BarrierView } from "../../../src/api/wish-view.ts";
import { hostName, sentence } from "./host.ts";
import { joined } from "./list.ts";
import { portsInWords } from "./ports.ts";
import { said } from "../language/said.ts";
import { msg, plural, words } from "../language/message.ts";

/** Each way as the subject of a sentence, and as the heading of its row. */
export const wayWords = words<Readonly<Record<BarrierWay, { readonly title: string; readonly what: string }>>>({
  mail: { title: "Mail", what: "mail" },
  smb: { title: "Windows file sharing", what: "Windows file sharing" },
  sql: { title: "Database access", what: "database access" },
  rdp: { title: "Remote desktop", what: "remote desktop" },
  telnet: { title: "Telnet", what: "telnet" },
  ssh: { title: "Secure shell", what: "secure shell" },
  irc: { title: "IRC", what: "IRC" },
  web: { title: "Web", what: "the web" },
  ping: { title: "Pings", what: "pings" },
  spoofed: { title: "Forged sources", what: "packets with forged sources" },
  dns: { title: "Foreign resolvers", what: "questions past your resolvers" },
});

/** "tcp 25", "tcp 1433, udp 1434"; what it goes by where it has no ports. */
export function wayPortWords(way: BarrierWay): string {
  if (way === "ping") return msg`ICMP echo requests`;
  if (way === "spoofed") return msg`sources that are no address here`;
  return portsInWords(barrierPorts[way]);
}

/** The barrier asked for, or held, for a way; area null is the whole site. One that is released gives way to another. */
export function barrierOf(
  { barriers }: Pick<SiteView, "barriers">,
  way: BarrierWay,
  area: string | null,
): BarrierView | null {
  const own = barriers.filter((barrier) => barrier.way === way && barrier.area === area);
  return own.find(({ releasing }) => !releasing) ?? own[0] ?? null;
}

export interface BarrierStanding {
  /** A word beside the heading. */
  readonly tag: string;
  /** Whether the box stands behind it (accent). */
  readonly isOn: boolean;
  readonly text: string;
}

/** Where a barrier stands, as far as the box has said. */
export function barrierStanding(barrier: BarrierView | null, box: Pick<SensorView, "state">): BarrierStanding {
  if (barrier === null) return { tag: "", isOn: false, text: msg`Open. Nothing is counted or stopped.` };
  const text = sentence(barrier.refusal ?? barrier.levelText);
  if (barrier.releasing) return { tag: msg`release asked`, isOn: false, text };
  if (barrier.refusal !== null) return { tag: msg`refused`, isOn: false, text };
  if (box.state !== "online" && barrier.reportedAt !== null) return { tag: msg`when last heard`, isOn: false, text };
  switch (barrier.level) {
    case "counted":
      return { tag: msg`dry run`, isOn: false, text };
    case "stopped":
      return { tag: msg`stopped`, isOn: true, text };
    case "partly-stopped":
      return { tag: msg`partly stopped`, isOn: true, text };
    case "simulated":
      return { tag: msg`simulated`, isOn: false, text };
    case "unconfirmed":
      return { tag: msg`asked`, isOn: false, text };
    case "none":
      return { tag: msg`not in force`, isOn: false, text };
  }
}

const hostsShown = 3;

/** "212 packets would have been stopped: DESK-07 (200) and LAPTOP-K3 (12)." Null where nothing was counted. */
export function metWords(site: Pick<SiteView, "hosts">, barrier: BarrierView): string | null {
  const parts = (["stopped", "passed"] as const).flatMap((which) => {
    const met = barrier.hosts
      .filter((each) => each[which] > 0)
      .toSorted((a, b) => b[which] - a[which] || a.host.localeCompare(b.host));
    // The total is since the mode began, the machines are of the last day: either may be the larger.
    const total = Math.max(barrier[which], 0);
    if (total === 0 && met.length === 0) return [];
    const names = met.slice(0, hostsShown).map((each) => `${machineName(site, each.host)} (${each[which]})`);
    if (met.length > hostsShown) names.push(msg`${met.length - hostsShown} more`);
    const packets = total === 0 ? met.reduce((sum, each) => sum + each[which], 0) : total;
    const deed = metDeed(packets, which === "stopped" ? "stopped" : barrier.mode);
    return [names.length === 0 ? `${deed}.` : `${deed}: ${joined(names)}.`];
  });
  return parts.length === 0 ? null : parts.join(" ");
}

function metDeed(packets: number, which: "stopped" | BarrierMode): string {
  switch (which) {
    case "stopped":
      return plural(packets, "{n} packet stopped", "{n} packets stopped");
    case "dry":
      return plural(packets, "{n} packet would have been stopped", "{n} packets would have been stopped");
    case "enforce":
      return plural(packets, "{n} packet let pass before", "{n} packets let pass before");
  }
}

/** What a machine is called, by its MAC. */
export function machineName({ hosts }: Pick<SiteView, "hosts">, mac: string): string {
  const host = hosts.find((each) => each.mac === mac || each.host === mac);
  return host === undefined ? mac : hostName(host);
}

/** What a mode would reach at most from where the box stands. */
export function expectedBarrier(
  wish: { readonly way: BarrierWay; readonly mode: BarrierMode; readonly area: string | null },
  { placement, canContain }: Pick<SensorView, "placement" | "canContain">,
): string {
  return said(
    barrierSentence({ wish, placement: placement ?? "lan", enforcement: canContain ? "in-force" : "simulated" }),
  );
}

/** Why a way cannot be shut for the whole site from here; null where it can. */
export function whyWayStays(way: BarrierWay, { placement }: Pick<SensorView, "placement">): string | null {
  const why = placement === null ? null : whyNoBarrier({ way, mode: "enforce", area: null }, placement);
  return why === null ? null : said(why);
}
