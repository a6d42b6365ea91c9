import { reflexTcpPorts, reflexUdpPorts, throttleLimit } from "@cordon/contract";
import type { FrameSides } from "./frame-sides.ts";
import { chain, contactIdle, declared, kept, knownContacts, over } from "./limit-text.ts";
import { gatewayRemedySets, remedySets } from "./remedy-nft.ts";
import {
  isFirst,
  laterFragments,
  overwritesFlags,
  throttleContacts,
  throttleCounts,
  throttleSets,
} from "./throttle-nft.ts";

/**
 * Probation as nft text: while an incident is open, whoever is not known has few new targets on whatever port, from the first
 * packet on and without anybody having named it. {@link probationMap} is empty while there is none; else it holds the
 * known, who go on, and one element for all others.
 *
 * Each stranger has a throttle's limit, and all together have {@link strangersLimit}, since MACs are easily made up: while
 * somebody does, a visitor waits among them. On the ways of spreading the reflex holds, by its tight budget. Packets
 * that begin nothing count like others, for whoever was not there before has nothing that stands.
 *
 * What a visitor needs to be told where he is stays: ARP, DHCP and neighbour discovery are lifelines and come before, groups
 * are bounded where they come in, names have a limit of their own, and a portal is one target or two. Barriers of the
 * site hold for strangers as for all, exceptions from them are for named machines, and ports that are shut for an area are shut
 * for strangers.
 */

/** By MAC, whether one goes on. It follows from the rules of the reflex. */
export const probationMap = "probation_rules" as const;

/**
 * Ports that are shut for some area of the site, and so for every stranger: whom nobody knows is of none. They
 * follow from the barriers of single machines.
 */
export const shutToStrangers = { tcp: "probation_shut_tcp", udp: "probation_shut_udp" } as const;

/** What becomes of whom. */
export const probationVerdicts = { known: "continue", stranger: "goto probation" } as const;

/** Packets of strangers that were stopped off the ways of spreading. */
export const probationCounter = "probation_stopped";

/** New targets of all strangers together; and their questions to the site's resolvers, which are no target. */
export const strangersLimit = { perSecond: 50, burst: 200 } as const;
export const strangersNames = { perSecond: 50, burst: 200 } as const;

const maxKnown = 65_536;
// As many as all strangers together begin anything with while one is remembered, and more.
const maxStrangers = 16_384;

/** Sends a stranger's packet to its limits. Comes before throttle and reflex of all others. */
export function strangersRule({ fromInside }: FrameSides): string {
  return `${fromInside} ether saddr vmap @${probationMap}`;
}

/** Map, set, counter and chains. Chains `stop` and `reflex_probation` must be there to go to. */
export function probationParts({ isGateway }: FrameSides): readonly string[] {
  const asked = [
    `ip daddr @${remedySets.resolvers[4]}`,
    `ip6 daddr @${remedySets.resolvers[6]}`,
    ...(isGateway ? [`ip daddr @${gatewayRemedySets.box}`] : []),
  ];
  return [
    ...declared("map", probationMap, "ether_addr : verdict", maxKnown),
    ...Object.values(shutToStrangers).flatMap((name) => declared("set", name, "inet_service", 256)),
    ...kept("probation_rate", "ether_addr", maxStrangers, contactIdle),
    ...[`counter ${probationCounter} {`, "}"],
    ...chain("probation_stop", [
      `counter name "${probationCounter}"`,
      // Of those that the judge has named as well, so that a person sees what his throttle, or the policy's, has stopped.
      `ether saddr @${throttleSets.from} update @${throttleCounts.all} { ether saddr counter }`,
      "goto stop",
    ]),
    ...chain("probation_names", [`${over(strangersNames)} goto probation_stop`, "accept"]),
    ...chain("probation_new", [
      knownContacts(throttleContacts),
      // First: who is beyond it takes no place in any set.
      `${over(strangersLimit)} goto probation_stop`,
      `update @probation_rate { ether saddr ${over(throttleLimit)} } goto probation_stop`,
      "goto throttle_contact",
    ]),
    ...chain("probation_tcp", [
      `${isFirst} tcp dport { ${reflexTcpPorts.join(", ")} } goto reflex_probation`,
      `${overwritesFlags} goto probation_stop`,
      ...laterFragments,
      "goto probation_new",
    ]),
    ...chain("probation", [
      `tcp dport @${shutToStrangers.tcp} goto probation_stop`,
      `udp dport @${shutToStrangers.udp} goto probation_stop`,
      "meta l4proto tcp goto probation_tcp",
      ...asked.map((condition) => `udp dport 53 ${condition} goto probation_names`),
      `udp dport { ${reflexUdpPorts.join(", ")} } goto reflex_probation`,
      "meta protocol ip icmp type echo-request goto reflex_probation",
      "meta protocol ip6 icmpv6 type echo-request goto reflex_probation",
      // No router carries these on, or none but to who has asked for them.
      "ip daddr { 224.0.0.0/4, 255.255.255.255 } accept",
      "ip6 daddr ff00::/8 accept",
      "goto probation_new",
    ]),
  ];
}
