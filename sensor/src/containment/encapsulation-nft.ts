import { throttleLimit, vectorOf, vectorPorts, vectorUdpPorts } from "@cordon/contract";
import { sweepSets } from "./sweep-nft.ts";

/**
 * Vector blocks inside encapsulations, as nft text, and those of pings everywhere. The kernel knows ports in plain and single-tagged
 * frames only; behind two tags or in a PPPoE session they are read here by their place in the frame, and
 * all else but what keeps the link, since it may hide them, is dropped. It concerns machines under a vector block alone, and those of
 * which single ports are throttled, whose frames of this kind are limited: a frame of any other machine costs one look-up
 * and passes as it is.
 *
 * What a machine tunnels in IP itself (a VPN, 6in4) is no encapsulation of the link and is left alone.
 */

/**
 * Sets that follow from the elements of `vector_from`, since nft can look a port that it reads by its
 * place up in no set of ports: not part of the stored set, filled by whoever changes `vector_from`.
 */
export const encapsulationSets = {
  /** MACs under a vector block, or one of pings. */
  hosts: "vector_hosts",
  /** `MAC . port` as in `vector_from`, with the port as a packet mark; and the UDP ports of its vector, see {@link udpMark}. */
  wrapped: "vector_wrapped",
  /** The same of throttles of single ports: these only limit what they find. */
  throttledHosts: "throttle_hosts",
  throttledWrapped: "throttle_wrapped",
} as const;

/** Into this the kernel counts, by machine, frames that were stopped because they hide their port. */
export const hiddenCount = "hidden_stopped";

/** Where what is found goes. The chains are written once for each, with names of their own. */
export type EncapsulationEnd = "stop" | "leak";

/** Comes after the vectors, by when every port that can be read plainly has been decided, and before the limits. */
export function encapsulationRule(end: EncapsulationEnd): string {
  return `ether saddr @${encapsulationSets.hosts} jump ${nameOf("wrapped", end)}`;
}

/** Comes last, for machines with a throttle of single ports: what the kernel itself finds the port of has been decided. */
export const throttledWrappings = `ether saddr @${encapsulationSets.throttledHosts} jump wrapped`;

// A block of a vector shuts these and no other, so no other need be told apart.
const markOf = {
  tcp: mapOf(vectorPorts, (port) => port),
  udp: mapOf(vectorUdpPorts, udpMark),
} as const;

/** From UDP ports of vectors to their marks. */
export const udpMarks = markOf.udp;

function mapOf(portsOf: Readonly<Record<string, readonly number[]>>, toMark: (port: number) => number): string {
  const ports = Object.values(portsOf)
    .flat()
    .toSorted((a, b) => a - b);
  return `map { ${ports.map((port) => `${port} : ${toMark(port)}`).join(", ")} }`;
}

/** A UDP port as a packet mark: beyond those that stand for TCP ports. */
export function udpMark(port: number): number {
  return 0x10000 + port;
}

/** The marks that are shut with a TCP port. The UDP ports of a vector go with its first one, as all of it are shut together. */
export function marksWith(port: number): readonly number[] {
  const vector = vectorOf(port);
  return vectorPorts[vector][0] === port ? [port, ...vectorUdpPorts[vector].map(udpMark)] : [port];
}

function nameOf(chain: string, end: EncapsulationEnd): string {
  return end === "stop" ? chain : `${end}_${chain}`;
}

// Never in one rule with a match on Ethernet's own fields: nft 1.0.6 and 1.1.3 load such a rule and
// then crash whenever the table is listed.
/** Bits behind the Ethernet header and the tag that the kernel has taken off. */
export function bits(byte: number, size: number, skipped = 0): string {
  return `@nh,${byte * 8 + skipped},${size}`;
}

/**
 * Types by which machines keep their link, or find one another on it, and that lead no further: ARP and its reverse, waking up,
 * LACP, PPPoE before a session, 802.1X, LLDP, Microsoft's search for neighbours, the time (IEEE 1588). Whatever else is
 * not IP may carry it: older tags and other ones, MPLS, MACsec, bridged Ethernet, HSR, LLC, what nobody has thought of.
 */
export const linkTypes: readonly number[] = [
  0x0806, 0x8035, 0x0842, 0x8809, 0x8863, 0x888e, 0x88c7, 0x88cc, 0x88d9, 0x88f7,
];

/** Elements of a verdict map that send each of these the same way. */
export function toEach(types: readonly number[], verdict: string): string {
  return types.map((type) => `0x${type.toString(16).padStart(4, "0")} : ${verdict}`).join(", ");
}

/** What keeps a PPP session alive: LCP, PAP, quality, CHAP, EAP, and agreeing on IPv4, IPv6 and compression. */
export const pppControl: readonly number[] = [0xc021, 0xc023, 0xc025, 0xc223, 0xc227, 0x8021, 0x8057, 0x80fd];

// Headers that may stand before TCP (RFC 8200 4, RFC 4302, RFC 6275, RFC 7401, RFC 5533). Kernels look behind some of them.
const before6 = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, options: 60 } as const;
export const unfollowed6: readonly number[] = [before6.authentication, 135, 139, 140];

/** All of them: read by its place, none of what stands behind them is found. */
export const hidingHeaders: readonly number[] = [...new Set([...Object.values(before6), ...unfollowed6])];

function chain(name: string, rules: readonly string[]): readonly string[] {
  return [`chain ${name} {`, ...rules.map((rule) => `\t${rule}`), "}"];
}

/** The sets that follow from the vectors, one line an entry. */
export function encapsulationSetsPart(maxElements: number): readonly string[] {
  const { hosts, wrapped, throttledHosts, throttledWrapped } = encapsulationSets;
  const byMac = ["\ttype ether_addr", `\tsize ${maxElements}`];
  const byPort = ["\ttype ether_addr . mark", `\tsize ${maxElements}`];
  return [
    ...[`set ${hosts} {`, ...byMac, "}"],
    ...[`set ${wrapped} {`, ...byPort, "\tcounter", "}"],
    ...[`set ${throttledHosts} {`, ...byMac, "}"],
    ...[`set ${throttledWrapped} {`, ...byPort, "}"],
    ...[`set ${hiddenCount} {`, ...byMac, "\tflags dynamic,timeout", "\ttimeout 1d", "}"],
    ...[`set hidden_rate {`, ...byMac, "\tflags dynamic,timeout", "\ttimeout 5m", "}"],
    ...chain("hidden_stop", [`update @${hiddenCount} { ether saddr counter }`, "goto stop"]),
    // Each may be for a new target.
    ...chain("hidden_limit", [
      `update @hidden_rate { ether saddr limit rate over ${throttleLimit.perSecond}/second burst ${throttleLimit.burst} packets } goto hidden_stop`,
    ]),
    ...chain("hidden", [`ether saddr @${hosts} goto hidden_stop`, "goto hidden_limit"]),
  ];
}

/** The chains that {@link encapsulationRule} needs. A chain of the end's name must be there to go to. */
export function encapsulationChains(end: EncapsulationEnd): readonly string[] {
  const name = (chain: string) => nameOf(chain, end);
  const stop = `goto ${end}`;
  const hide = end === "stop" ? "goto hidden" : stop;
  /** The port at a place becomes the mark of the packet, for as long as it is looked up. */
  const lookUpPort = (at: string, transport: keyof typeof markOf) =>
    `meta mark set ${at} ${markOf[transport]} goto ${name("wrapped_port")}`;
  /** One chain for each transport, whose header begins so many bytes behind the first one, and the rule that goes there. */
  const transports = (its: string, begin: number) => ({
    chains: [
      ...chain(name(`${its}_tcp`), [lookUpPort(bits(begin + 2, 16), "tcp")]),
      ...chain(name(`${its}_udp`), [lookUpPort(bits(begin + 2, 16), "udp")]),
    ],
    to: `6 : goto ${name(`${its}_tcp`)}, 17 : goto ${name(`${its}_udp`)}`,
  });
  /** IPv4 that begins so many bytes behind the first header. */
  const ipv4 = (its: string, begin: number) => {
    const { chains, to } = transports(its, begin + 20);
    return [
      ...chains,
      ...chain(name(its), [
        // Any other length, and the port is somewhere else.
        `${bits(begin, 8)} != 0x45 ${hide}`,
        // A later fragment has no ports; without its first one it is nothing.
        `${bits(begin + 6, 13, 3)} != 0 return`,
        `${bits(begin + 9, 8)} 1 ${bits(begin + 20, 8)} 8 goto ${name("ping")}`,
        `${bits(begin + 9, 8)} vmap { ${before6.authentication} : ${hide}, ${to} }`,
      ]),
    ];
  };
  /** The same of IPv6: what stands before the transport, fragments among them, hides the port. */
  const ipv6 = (its: string, begin: number) => {
    const { chains, to } = transports(its, begin + 40);
    const hiding = hidingHeaders.map((header) => `${header} : ${hide}`).join(", ");
    return [
      ...chains,
      ...chain(name(its), [
        `${bits(begin + 6, 8)} 58 ${bits(begin + 40, 8)} 128 goto ${name("ping")}`,
        `${bits(begin + 6, 8)} vmap { ${hiding}, ${to} }`,
      ]),
    ];
  };
  return [
    ...chain(name("ping"), [`ether saddr @${sweepSets.ping} goto ${end === "stop" ? "ping_stop" : end}`]),
    ...chain(name("wrapped_port"), [
      `ether saddr . meta mark @${encapsulationSets.wrapped} ${stop}`,
      ...(end === "stop" ? [`ether saddr . meta mark @${encapsulationSets.throttledWrapped} jump hidden_limit`] : []),
      // Marks are nobody else's business.
      "meta mark set 0",
    ]),
    ...ipv4("pppoe_ip4", 8),
    ...ipv6("pppoe_ip6", 8),
    ...chain(name("pppoe"), [
      // RFC 2516 4: version, type and code of a session.
      `${bits(0, 16)} != 0x1100 ${hide}`,
      // A compressed protocol field is as unknown as compressed or encrypted packets.
      `${bits(6, 16)} vmap { 0x0021 : goto ${name("pppoe_ip4")}, 0x0057 : goto ${name("pppoe_ip6")}, ${toEach(pppControl, "return")} }`,
      hide,
    ]),
    ...ipv4("two_tags_ip4", 4),
    ...ipv6("two_tags_ip6", 4),
    ...chain(name("two_tags"), [
      // Two customer tags are how a machine gets into another VLAN, not how a provider numbers lines.
      `ether type != 8021ad ${hide}`,
      `${bits(2, 16)} vmap { 0x0800 : goto ${name("two_tags_ip4")}, 0x86dd : goto ${name("two_tags_ip6")}, ${toEach(linkTypes, "return")} }`,
      hide,
    ]),
    ...chain(name("plain_udp"), [
      lookUpPort("udp dport", "udp"),
      // Fits any port that can be read: not one that is cut off by a fragment of IPv6.
      "meta protocol != ip6 return",
      "udp dport 0-65535 return",
      hide,
    ]),
    ...chain(name("plain_icmp"), [
      // With the protocol said first: else nft looks for it in the Ethernet header, where a tag stands before it.
      `meta protocol ip icmp type echo-request goto ${name("ping")}`,
      `meta protocol ip6 icmpv6 type echo-request goto ${name("ping")}`,
      "meta protocol != ip6 return",
      // Fits any type that can be read: not one that is cut off by a fragment.
      "meta protocol ip6 icmpv6 type 0-255 return",
      hide,
    ]),
    ...chain(name("plain_ip4"), [
      `meta l4proto vmap { ${before6.authentication} : ${hide}, 17 : goto ${name("plain_udp")}, 1 : goto ${name("plain_icmp")} }`,
      // Fits any protocol that can be read: not that of a packet whose lengths contradict one another.
      "meta l4proto 0-255 return",
      hide,
    ]),
    ...chain(name("plain_ip6"), [
      `meta l4proto { ${unfollowed6.join(", ")} } ${hide}`,
      `meta l4proto vmap { udp : goto ${name("plain_udp")}, ipv6-icmp : goto ${name("plain_icmp")} }`,
      "meta l4proto != tcp return",
      // Fits any port that can be read: not one that is cut off by a fragment.
      "tcp dport 0-65535 return",
      hide,
    ]),
    ...chain(name("wrapped"), [
      `meta protocol vmap { ip : goto ${name("plain_ip4")}, ip6 : goto ${name("plain_ip6")}, 0x8100 : goto ${name("two_tags")}, 0x8864 : goto ${name("pppoe")}, ${toEach(linkTypes, "return")} }`,
      hide,
    ]),
  ];
}
