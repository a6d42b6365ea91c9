import { short4, short6, siteQuestions } from "./addressing-nft.ts";
import { direct4, direct6 } from "./direct-nft.ts";
import type { FrameSides } from "./frame-sides.ts";
import { chain, kept } from "./limit-text.ts";
import { isLineShut } from "./line-cut-nft.ts";
import { linkQuestions, neighbourDiscovery } from "./neighbour-nft.ts";
import { sweepRules } from "./sweep-nft.ts";

/**
 * What a quarantined host keeps, so that it can be told where it stands and found again later, as nft text: asking for
 * an address with a server of the site, and for its neighbours on the link. It serves nobody: neither as
 * a router nor as a DHCP server. None of it leads a packet further than the site, or than the provider's own shared addresses.
 *
 * A DHCP server with a public address is not asked by that address, which would be a way out to any stranger: renewing
 * a lease there waits until the machine asks everybody instead (RFC 2131 4.4.5, after seven eighths of it). Its answers are
 * let in, whatever their source, as all of them from the outside port: a few packets a second, and inward only.
 */

/**
 * Sets by which the kernel bounds, for each machine in quarantine, what its lifelines carry. Who finds no place in them has
 * no lifeline; only machines in quarantine take one.
 */
const rates = { addressing: "lifeline_addressing", neighbours: "lifeline_neighbours" } as const;

/** Questions for an address, of one machine and both families: what it could smuggle by them is bounded by it. */
export const addressingRate = { perSecond: 1, burst: 10 } as const;
const addressingLimit = `limit rate ${addressingRate.perSecond}/second burst ${addressingRate.burst} packets`;

// An office that wakes up has some dozens at once; beyond it, whoever is held by nothing goes by all other rules.
export const givingRate = "limit rate 10/second burst 20 packets";
// More than a client has to take (RFC 2131 2), which one that asks for it may get all the same.
const longRate = "limit rate 6/minute burst 4 packets";

/** The rules, which come before all that hold for quarantined machines: those in the set `from`. */
export function lifelines({ fromOutside }: FrameSides, from: string): readonly string[] {
  const ofOthers = `ether saddr != @${from}`;
  const given4 = `${fromOutside} udp sport 67 udp dport 68 ${direct4}`;
  const given6 = `${fromOutside} udp sport 547 udp dport 546 ${direct6("udp")}`;
  const any = neighbourDiscovery("nd-router-solicit", "nd-router-advert", "nd-neighbor-solicit", "nd-neighbor-advert");
  return [
    "meta protocol arp goto lifeline_arp",
    sweepRules.neighbours,
    ...siteQuestions.map((question) => `${question} jump lifeline_addressing`),
    `${given4} ${short4} ${ofOthers} ${givingRate} accept`,
    `${given4} ${ofOthers} ${longRate} accept`,
    `${given6} ${short6} ip6 saddr fe80::/10 ${ofOthers} ${givingRate} accept`,
    // An answer goes to whatever address has asked; outward any but the link's own would be carried on.
    `${fromOutside} ${any} ${ofOthers} accept`,
    `${linkQuestions} goto lifeline_neighbours`,
  ];
}

/** Sets and chains. Chains `quarantined` and `line_asked` must be there to go to. */
export function lifelineParts({ toOutside }: FrameSides, from: string, maxElements: number): readonly string[] {
  return [
    ...Object.values(rates).flatMap((name) => kept(name, "ether_addr", maxElements, "5m")),
    ...chain("lifeline_arp", [sweepRules.arp, "goto lifeline_neighbours"]),
    ...chain("lifeline_neighbours", [
      // Takes no place among those that are bound: whoever makes up addresses would leave none.
      `ether saddr != @${from} accept`,
      `update @${rates.neighbours} { ether saddr limit rate 50/second burst 100 packets } accept`,
      "goto quarantined",
    ]),
    ...chain("lifeline_addressing", [
      // It has limits of its own, for all alike.
      `${isLineShut} ${toOutside} goto line_asked`,
      `ether saddr != @${from} goto addressing_of_others`,
      `update @${rates.addressing} { ether saddr ${addressingLimit} } accept`,
      "goto quarantined",
    ]),
    ...chain("addressing_of_others", [`${givingRate} accept`]),
  ];
}
