import { anyQuestions, longest } from "./addressing-nft.ts";
import { linkOnlyBeginnings6 } from "./direct-nft.ts";
import { bits, pppControl, toEach } from "./encapsulation-nft.ts";
import type { FrameSides } from "./frame-sides.ts";
import { chain, kept } from "./limit-text.ts";
import { linkQuestions } from "./neighbour-nft.ts";

/**
 * The line's cut as nft text: what passes the outside port either way is stopped, but for what keeps addresses
 * and the link itself. The lifelines of `enforce` come before it; here are those that only a line has: DHCP with the
 * provider's server, whose address may be any, PPPoE, and all of it behind two tags.
 */

/** Packets that the line's cut has stopped, both ways. */
export const lineCounter = "line_stopped";

/** Where what is found goes. The chains are written once for each, with names of their own. */
type LineEnd = "stop" | "leak";

/** Counter and chains. A chain `stop` must be there to go to. */
export function lineCutParts({ fromOutside, toOutside }: FrameSides): readonly string[] {
  return [
    ...[`counter ${lineCounter} {`, "}"],
    ...[`set ${lineShutSet} {`, "\ttype iface_type", "\tsize 4", "}"],
    ...kept(askers, "ether_addr", maxAskers, "5m"),
    ...chain("line_asked", [
      `update @${askers} { ether saddr limit rate over ${askLimits.each} } goto line_ended`,
      `limit rate ${askLimits.all} accept`,
      "goto line_ended",
    ]),
    ...chain("line_ended", ending),
    ...linkChains("stop"),
    ...chain("line_stop", [linkRule("stop"), `udp sport { 67, 68, 546, 547 } goto line_addressing`, ...ending]),
    ...chain("line_addressing", [
      `${fromOutside} udp sport 67 udp dport 68 ${limited}`,
      `${fromOutside} udp sport 547 udp dport 546 ${limited}`,
      ...anyQuestions.map((question) => `${toOutside} ${question} goto line_asked`),
      ...ending,
    ]),
    ...chain("line_cut", [`${fromOutside} goto line_stop`, `${toOutside} goto line_stop`]),
  ];
}

/**
 * A set that follows from the gate: it has its only element while the line is cut. By it the last door knows that nothing
 * is to leave.
 */
export const lineShutSet = "line_shut" as const;

/** The condition that the line is cut; of a frame that was carried from one port to another, so none of the box's own. */
export const isLineShut = `meta iiftype @${lineShutSet}`;

/** The chain `leak_line`, which lets by what the line's cut leaves on its way out, without the limits on it. */
export function lineLeakParts(): readonly string[] {
  return [
    ...linkChains("leak"),
    ...chain("leak_line", [
      "meta protocol arp accept",
      linkRule("leak"),
      ...anyQuestions.map((question) => `${question} accept`),
      `${linkQuestions} accept`,
      "goto leak",
    ]),
  ];
}

function nameOf(name: string, end: LineEnd): string {
  return end === "stop" ? `line_${name}` : `leak_line_${name}`;
}

function linkRule(end: LineEnd): string {
  return `meta protocol vmap { 0x8863 : accept, 0x8864 : jump ${nameOf("pppoe", end)}, 0x8100 : jump ${nameOf("two_tags", end)} }`;
}

/** What keeps a PPPoE session, and addresses behind two tags; all else returns. */
function linkChains(end: LineEnd): readonly string[] {
  // Behind two tags of which the kernel has taken one off.
  const inner = 4;
  const name = (of: string) => nameOf(of, end);
  const asks = end === "stop" ? "goto line_asked" : "accept";
  // The last door sees what goes out, and no answer does.
  const answers = (at: string) => (end === "stop" ? [`${at} ${seldom}`] : []);
  return [
    // RFC 2516 4: version, type and code of a session.
    ...chain(name("pppoe"), [
      `${bits(0, 16)} != 0x1100 return`,
      `${bits(6, 16)} vmap { ${toEach(pppControl, "accept")} }`,
    ]),
    ...chain(name("two_tags_pppoe"), [
      `${bits(inner, 16)} != 0x1100 return`,
      `${bits(inner + 6, 16)} vmap { ${toEach(pppControl, "accept")} }`,
    ]),
    ...chain(name("two_tags_ip4"), [
      `${bits(inner, 8)} != 0x45 return`,
      `${bits(inner + 9, 8)} != 17 return`,
      `${bits(inner + 2, 16)} > ${longest + 20} return`,
      `${bits(inner + 20, 32)} 0x00440043 ${asks}`,
      ...answers(`${bits(inner + 20, 32)} 0x00430044`),
    ]),
    // The beginning of the destination: the link itself, or a group on it.
    ...chain(name("two_tags_neighbours"), [
      `${bits(inner + 24, 16)} != { ${linkOnlyBeginnings6} } return`,
      `${bits(inner + 40, 8)} 133-136 accept`,
    ]),
    ...chain(name("two_tags_ip6"), [
      // Next header and hop limit: 255 proves that no router passed it on (RFC 4861 7.1).
      `${bits(inner + 6, 16)} 0x3aff goto ${name("two_tags_neighbours")}`,
      `${bits(inner + 6, 8)} != 17 return`,
      `${bits(inner + 4, 16)} > ${longest} return`,
      `${bits(inner + 40, 32)} 0x02220223 ${asks}`,
      ...answers(`${bits(inner + 40, 32)} 0x02230222`),
    ]),
    ...chain(name("two_tags"), [
      `${bits(2, 16)} vmap { 0x0806 : accept, 0x8863 : accept, 0x8864 : goto ${name("two_tags_pppoe")}, 0x0800 : goto ${name("two_tags_ip4")}, 0x86dd : goto ${name("two_tags_ip6")} }`,
    ]),
  ];
}

// No more of it than giving an address takes.
const limited = "limit rate 10/second burst 20 packets accept";
const seldom = "limit rate 1/second burst 5 packets accept";

/**
 * Asking takes less. The server may stand anywhere, so these few packets are what is left of a way out. Each machine has some
 * of its own, so that none keeps the others from an address; whoever makes up cards can.
 */
const askLimits = { each: "6/minute burst 6 packets", all: "2/second burst 20 packets" } as const;
const askers = "line_askers";
const maxAskers = 4096;

const ending: readonly string[] = [`counter name "${lineCounter}"`, "goto stop"];
