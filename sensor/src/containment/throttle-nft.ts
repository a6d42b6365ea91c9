import { throttleLimit } from "@cordon/contract";
import { encapsulationSets, linkTypes, throttledWrappings, udpMarks } from "./encapsulation-nft.ts";
import type { FrameSides } from "./frame-sides.ts";
import {
  addContact,
  addContactOfReceiver,
  chain,
  contactIdle,
  contactParts,
  declared,
  kept,
  knownContacts,
  over,
} from "./limit-text.ts";

/**
 * The throttle as nft text: new targets of single machines. What stood when it began goes on. There is no connection tracking
 * to tell that by, so it goes by who talks to whom: a target that has sent the machine anything by TCP since then is no new one
 * for what is not a connection's first packet, nor is one that the machine has reached within the limit. For all others
 * such packets have a limit of their own ({@link standingLimit}), without which every packet with ACK would be a way past the
 * throttle. So of a machine with more standing connections, those in which it speaks first and the far side says
 * nothing wait for a second or some; and whoever sends packets that belong to no connection reaches as many targets more, by packets
 * that begin none.
 *
 * Later fragments say nothing without the first one, and pass. Neighbour discovery to the link's own addresses is a lifeline
 * and comes before; to any other it is a target.
 */

/** The sets whose elements say who is throttled: `MAC`, and `MAC . port`. */
export const throttleSets = { from: "throttle_from", vector: "throttle_vector" } as const;

/** Sets into which the kernel counts what was stopped, by the same keys. */
export const throttleCounts = { all: "throttle_from_stopped", vector: "throttle_vector_stopped" } as const;

/** Targets to which a throttled machine sends what begins no connection, without having been heard of by them. */
export const standingLimit = { perSecond: 1, burst: 32 } as const;

/**
 * Senders beyond the outside port that become known to a throttled machine. A machine has fewer connections; whoever makes up
 * senders fills no more of the sets that all share, and makes no more of them targets.
 */
export const callerLimit = { perSecond: 5, burst: 300 } as const;

/** Whom a throttled machine has reached by what may begin something; those on probation use it, too. */
export const throttleContacts = "throttle_contacts";
const standing = "throttle_standing";
// By datagrams, whose source anybody can make up: they make no target known to what begins a connection.
const heard = "throttle_heard";

// What stands may be silent for long; who comes again after that counts as one more.
const standingIdle = "30m";
const maxElements = 65_536;

const { from, vector } = throttleSets;

/** The condition of what may begin a connection. */
export const isFirst = "tcp flags & (syn | ack) == syn";
const isNoFirst = "tcp flags & (syn | ack) != syn";

/** RFC 1858 3: it writes over the flags of a first fragment that looked established. Of IPv6 no receiver takes such (RFC 5722). */
export const overwritesFlags = "ip frag-off & 0x1fff == 1";

/** Lets by what follows a first fragment and says nothing new. */
export const laterFragments: readonly string[] = [
  "ip frag-off & 0x1fff != 0 accept",
  // With the protocol, or nft looks for it in the Ethernet header, where behind a tag the tag's own stands.
  "meta protocol ip6 frag frag-off != 0 accept",
];

/** Sets and chains. A chain `stop` must be there to go to. */
export function throttleParts(): readonly string[] {
  return [
    ...declared("set", from, "ether_addr", maxElements),
    ...declared("set", vector, "ether_addr . inet_service", maxElements),
    ...contactParts(throttleContacts),
    ...contactParts(standing, standingIdle),
    ...contactParts(heard),
    // Only machines that are throttled come in here, so none is left out.
    ...["throttle_from_rate", "throttle_from_standing_rate"].flatMap((name) =>
      kept(name, "ether_addr", maxElements, contactIdle),
    ),
    ...["throttle_vector_rate", "throttle_vector_standing_rate"].flatMap((name) =>
      kept(name, "ether_addr . inet_service", maxElements, contactIdle),
    ),
    ...kept(throttleCounts.all, "ether_addr", maxElements, "1d"),
    ...kept(throttleCounts.vector, "ether_addr . inet_service", maxElements, "1d"),
    ...chain("throttle_contact", addContact(throttleContacts)),
    ...fromReceived("throttle_heard_of_receiver", heard),
    ...chain("throttle_stand", addContact(standing)),
    ...fromReceived("throttle_stand_of_receiver", standing),
    ...chain("throttle_all_stop", [`update @${throttleCounts.all} { ether saddr counter }`, "goto stop"]),
    ...chain("throttle_all", [
      knownContacts(throttleContacts),
      `update @throttle_from_rate { ether saddr ${over(throttleLimit)} } goto throttle_all_stop`,
      "goto throttle_contact",
    ]),
    ...chain("throttle_datagram", [knownContacts(heard), "goto throttle_all"]),
    ...chain("throttle_udp", [
      `meta mark set udp dport ${udpMarks}`,
      `ether saddr . meta mark @${encapsulationSets.throttledWrapped} goto throttle_udp_port`,
      // Marks are nobody else's business.
      "meta mark set 0",
    ]),
    ...chain("throttle_udp_port", ["meta mark set 0", "goto throttle_datagram"]),
    ...chain("throttle_all_standing", [
      knownContacts(throttleContacts),
      knownContacts(standing),
      `update @throttle_from_standing_rate { ether saddr ${over(standingLimit)} } goto throttle_all_stop`,
      "goto throttle_stand",
    ]),
    ...chain("throttle_all_tcp", [
      `${overwritesFlags} goto throttle_all_stop`,
      // Before the flags: some kernels take what stands in their place in a later fragment for them.
      ...laterFragments,
      `${isNoFirst} goto throttle_all_standing`,
      "goto throttle_all",
    ]),
    ...chain("throttle_port_stop", [
      `update @${throttleCounts.vector} { ether saddr . tcp dport counter }`,
      "goto stop",
    ]),
    ...chain("throttle_port", [
      knownContacts(throttleContacts),
      `update @throttle_vector_rate { ether saddr . tcp dport ${over(throttleLimit)} } goto throttle_port_stop`,
      "goto throttle_contact",
    ]),
    ...chain("throttle_port_standing", [
      knownContacts(throttleContacts),
      knownContacts(standing),
      `update @throttle_vector_standing_rate { ether saddr . tcp dport ${over(standingLimit)} } goto throttle_port_stop`,
      "goto throttle_stand",
    ]),
    ...chain("throttle_hidden", [
      `update @throttle_from_rate { ether saddr ${over(throttleLimit)} } goto throttle_all_stop`,
    ]),
  ];
}

/** A set of who was heard, and the chain that adds to it, no faster than the limit. */
function fromReceived(name: string, contacts: string): readonly string[] {
  const known = (family: 4 | 6, address: string) => {
    const key = `ether daddr . ${address}`;
    return `${key} @${contacts}_${family} update @${contacts}_${family} { ${key} } return`;
  };
  return [
    ...kept(`${name}_rate`, "ether_addr", maxElements, contactIdle),
    ...chain(name, [
      known(4, "ip saddr"),
      known(6, "ip6 saddr"),
      `update @${name}_rate { ether daddr ${over(callerLimit)} } return`,
      ...addContactOfReceiver(contacts),
    ]),
  ];
}

/** The first rules for TCP: what comes back, of which all but a throttled machine's own contacts is of no interest. */
export function answeredTcp({ fromOutside }: FrameSides): readonly string[] {
  return [
    `${fromOutside} ether daddr @${from} jump throttle_stand_of_receiver`,
    `${fromOutside} tcp flags & (syn | ack) == ack accept`,
  ];
}

/** What a throttled machine sends by TCP, whatever its flags. */
export const throttledTcp: readonly string[] = [
  `ether saddr @${from} goto throttle_all_tcp`,
  // From the start of the box until the executor runs this set is empty.
  `ether saddr @${encapsulationSets.throttledHosts} ${isNoFirst} ether saddr . tcp dport @${vector} goto throttle_port_standing`,
];

/** The rule for first packets of TCP to single ports. */
export const throttledPort = `ether saddr . tcp dport @${vector} goto throttle_port`;

/** Without a connection to tell by, whoever sends to a throttled machine is no new target of it. */
export const throttledDatagrams: readonly string[] = [
  `ether daddr @${from} jump throttle_heard_of_receiver`,
  `ether saddr @${from} goto throttle_datagram`,
];

/** Datagrams to single ports. */
export const throttledUdp = `ether saddr @${encapsulationSets.throttledHosts} jump throttle_udp`;

/** The condition that a frame which is not IP hides whom it is for: each may be for a new target. */
export const isHiding = `meta protocol != { ${linkTypes.join(", ")} }`;

/** Rules for those. */
export const throttledHiding: readonly string[] = [`ether saddr @${from} goto throttle_hidden`, throttledWrappings];
