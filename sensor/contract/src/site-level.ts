import type { AreaCut, AreaLevel } from "./area.ts";
import type { Barrier, BarrierLevel, BarrierWay } from "./barrier.ts";
import type { Enforcement } from "./level.ts";
import type { LineLevel } from "./line-cut.ts";
import type { Placement } from "./words.ts";

/** What was reached of a wish for more than one host, and how that is told: never more than the kernel did. */

export interface BarrierFacts {
  readonly wish: Pick<Barrier, "way" | "mode" | "area">;
  readonly placement: Placement;
  readonly enforcement: Enforcement;
}

const ways: Readonly<Record<BarrierWay, string>> = {
  mail: "Mail on port 25",
  smb: "Windows file sharing",
  sql: "Database access",
  rdp: "Remote desktop",
  telnet: "Telnet",
  ssh: "Secure shell",
  irc: "IRC",
  web: "The web",
  ping: "Pings",
  spoofed: "Packets with forged source addresses",
  dns: "Name questions past the site's resolvers",
};

/** Why a barrier can do nothing in a placement, for a person; null where it can. */
export function whyNoBarrier(wish: BarrierFacts["wish"], placement: Placement): string | null {
  if (placement === "mirror") return "From a mirror nothing can be stopped.";
  if (placement !== "wan") return null;
  if (wish.area !== null) return "Outside the router an area cannot be told from the rest.";
  if (wish.way === "spoofed") return "Outside the router every packet has the router's own address.";
  return null;
}

/** What nobody can tell of packets inside PPPoE or double tags that a barrier goes by, for a person; null where it goes by ports. */
function unseenInside(way: BarrierWay): string | null {
  if (way === "dns") return "whom they ask";
  return way === "spoofed" ? "whose they are" : null;
}

/** The smallest of wish, placement and what the kernel does. */
export function honestBarrierLevel({ wish, placement, enforcement }: BarrierFacts): BarrierLevel {
  if (enforcement === "simulated") return "simulated";
  if (enforcement === "unknown") return "unconfirmed";
  if (enforcement === "absent" || whyNoBarrier(wish, placement) !== null) return "none";
  if (wish.mode === "dry") return "counted";
  // An address inside another frame cannot be compared with any. A gateway carries no such frames.
  return unseenInside(wish.way) !== null && placement !== "gateway" ? "partly-stopped" : "stopped";
}

/** The level in a sentence for a person: the result, never the wish. */
export function barrierSentence(facts: BarrierFacts): string {
  const what = ways[facts.wish.way];
  const whose = facts.wish.area === null ? "" : " of this area";
  const verb = facts.wish.way === "ping" || facts.wish.way === "spoofed" || facts.wish.way === "dns" ? "are" : "is";
  switch (honestBarrierLevel(facts)) {
    case "simulated":
      return "Simulated: a capture file is being judged, nothing is stopped.";
    case "unconfirmed":
      return "Asked; the box has not confirmed.";
    case "counted":
      return `Dry run: ${lowerFirst(what)}${whose} to the Internet ${verb} counted and passed.`;
    case "partly-stopped":
      return `${what}${whose} to the Internet ${verb} stopped, but not inside PPPoE or double tags, where nobody can tell ${unseenInside(facts.wish.way)}.`;
    case "stopped":
      return facts.placement === "wan"
        ? `${what} to the Internet ${verb} stopped for everybody behind the router.`
        : `${what}${whose} to the Internet ${verb} stopped, but for exceptions; neighbours on the switch still reach one another.`;
    case "none":
      return whyNoBarrier(facts.wish, facts.placement) ?? "Not stopped.";
  }
}

function lowerFirst(text: string): string {
  // Abbreviations stay as they are.
  return /^[A-Z][a-z]/.test(text) && !text.startsWith("Windows") ? text[0]?.toLowerCase() + text.slice(1) : text;
}

export interface AreaFacts {
  readonly wish: Pick<AreaCut, "from">;
  readonly placement: Placement;
  readonly enforcement: Enforcement;
  /** Hosts of the area, how many of them the kernel holds cut, and how many have gone silent. */
  readonly hosts: number;
  readonly cut: number;
  readonly silent: number;
}

/** The smallest of wish, placement and what the kernel does. */
export function honestAreaLevel({ wish, placement, enforcement, hosts, cut }: AreaFacts): AreaLevel {
  if (enforcement === "simulated") return "simulated";
  if (wish.from === "neighbours") return "by-hand";
  if (enforcement === "unknown") return "unconfirmed";
  if (enforcement === "absent" || placement === "mirror" || placement === "wan" || cut === 0) return "none";
  return cut < hosts ? "partly-cut" : "internet-cut";
}

/** The level in a sentence for a person. */
export function areaSentence(facts: AreaFacts): string {
  const { wish, placement, hosts, cut, silent } = facts;
  switch (honestAreaLevel(facts)) {
    case "simulated":
      return "Simulated: a capture file is being judged, nothing is stopped.";
    case "unconfirmed":
      return "Asked; the box has not confirmed.";
    case "by-hand":
      return silent < hosts
        ? `By hand: pull the cable between this area and the rest. ${silent} of ${hosts} machines have gone silent so far.`
        : `By hand: all ${hosts} machines have gone silent here, as they do when the area is unplugged.`;
    case "partly-cut":
      return `${cut} of ${hosts} machines are cut from the Internet but for remedies; neighbours on the switch can still reach them.`;
    case "internet-cut":
      return `All ${hosts} machines are cut from the Internet but for remedies; neighbours on the switch can still reach them.`;
    case "none":
      if (placement === "mirror" && wish.from === "internet")
        return "Cannot be cut from here. By hand: unplug the area.";
      if (placement === "wan") return "Cannot be cut alone from here. The line can be cut for everyone.";
      return "Not cut.";
  }
}

export interface LineFacts {
  readonly placement: Placement;
  readonly enforcement: Enforcement;
}

/** The smallest of wish, placement and what the kernel does. */
export function honestLineLevel({ placement, enforcement }: LineFacts): LineLevel {
  if (enforcement === "simulated") return "simulated";
  if (enforcement === "unknown") return "unconfirmed";
  return enforcement === "absent" || placement === "mirror" ? "none" : "line-cut";
}

/** The level in a sentence for a person. */
export function lineSentence(facts: LineFacts): string {
  switch (honestLineLevel(facts)) {
    case "simulated":
      return "Simulated: a capture file is being judged, nothing is stopped.";
    case "unconfirmed":
      return "Asked; the box has not confirmed.";
    case "line-cut":
      return "The line is cut for everybody; machines on the switch still reach one another, and the box its controller.";
    case "none":
      return facts.placement === "mirror" ? "Cannot be cut from here. By hand: pull the line's plug." : "Not cut.";
  }
}
