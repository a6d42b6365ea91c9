import { bits, pppControl, toEach } from "./encapsulation-nft.ts";
import type { FrameSides } from "./frame-sides.ts";

/**
 * The line's cut as nft text: what passes the outside port either way is stopped, but for what keeps addresses
 * and the link itself. The lifelines of `enforce` come before it; here are those that only a line has: DHCP with the
 * provider's server, whose address may be any, PPPoE, and all of it behind two tags.
 */

/** Packets that the line's cut has stopped, both ways. */
export const lineCounter = "line_stopped";

/** Counter and chains. A chain `stop` must be there to go to. */
export function lineCutParts({ fromOutside, toOutside }: FrameSides): readonly string[] {
  // Behind two tags of which the kernel has taken one off.
  const inner = 4;
  return [
    ...[`counter ${lineCounter} {`, "}"],
    // RFC 2516 4: version, type and code of a session.
    ...chain("line_pppoe", [
      `${bits(0, 16)} != 0x1100 return`,
      `${bits(6, 16)} vmap { ${toEach(pppControl, "accept")} }`,
    ]),
    ...chain("line_two_tags_pppoe", [
      `${bits(inner, 16)} != 0x1100 return`,
      `${bits(inner + 6, 16)} vmap { ${toEach(pppControl, "accept")} }`,
    ]),
    ...chain("line_two_tags_ip4", [
      `${bits(inner, 8)} != 0x45 return`,
      `${bits(inner + 9, 8)} != 17 return`,
      `${bits(inner + 20, 32)} { 0x00440043, 0x00430044 } ${limited}`,
    ]),
    ...chain("line_two_tags_neighbours", [`${bits(inner + 40, 8)} 133-136 accept`]),
    ...chain("line_two_tags_ip6", [
      // Next header and hop limit: 255 proves that no router passed it on (RFC 4861 7.1).
      `${bits(inner + 6, 16)} 0x3aff goto line_two_tags_neighbours`,
      `${bits(inner + 6, 8)} != 17 return`,
      `${bits(inner + 40, 32)} { 0x02220223, 0x02230222 } ${limited}`,
    ]),
    ...chain("line_two_tags", [
      `${bits(2, 16)} vmap { 0x0806 : accept, 0x8863 : accept, 0x8864 : goto line_two_tags_pppoe, 0x0800 : goto line_two_tags_ip4, 0x86dd : goto line_two_tags_ip6 }`,
    ]),
    ...chain("line_stop", [
      "meta protocol vmap { 0x8863 : accept, 0x8864 : jump line_pppoe, 0x8100 : jump line_two_tags }",
      `udp sport { 67, 68, 546, 547 } goto line_addressing`,
      ...ending,
    ]),
    ...chain("line_addressing", [
      `${fromOutside} udp sport 67 udp dport 68 ${limited}`,
      `${toOutside} udp sport 68 udp dport 67 ${limited}`,
      `${fromOutside} udp sport 547 udp dport 546 ${limited}`,
      `${toOutside} udp sport 546 udp dport 547 ${limited}`,
      ...ending,
    ]),
    ...chain("line_cut", [`${fromOutside} goto line_stop`, `${toOutside} goto line_stop`]),
  ];
}

// No more of it than asking for an address takes: it is no way out.
const limited = "limit rate 10/second burst 20 packets accept";

const ending: readonly string[] = [`counter name "${lineCounter}"`, "goto stop"];

function chain(name: string, rules: readonly string[]): readonly string[] {
  return [`chain ${name} {`, ...rules.map((rule) => `\t${rule}`), "}"];
}
