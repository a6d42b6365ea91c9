import { barrierPorts, barrierWays, type BarrierWay } from "@cordon/contract";
import { bits, hidingHeaders, linkTypes, pppControl, toEach, unfollowed6 } from "./encapsulation-nft.ts";
import type { FrameSides } from "./frame-sides.ts";
import { gatewayRemedySets } from "./remedy-nft.ts";

/**
 * Barriers as nft text: ways of spreading shut outward for everybody. Which way is shut for whom, or counted
 * only, stands in the elements of {@link barrierSets}; the text never changes with a wish.
 *
 * Each packet pays one look-up, in `site_gate`, which is empty while no rule of the site holds. Behind it the
 * port of a packet becomes the number of a way, as its mark, by which the two maps are asked: the host's own first, then
 * the site's. In a PPPoE session or behind two tags ports are read by their place in the frame, and what hides them is a
 * way of its own that is shut while any way of ports is.
 */

/** The sets whose elements say what is shut for whom. Their names outlive versions of the skeleton. */
export const barrierSets = {
  /** What every packet is asked for: nothing, barriers, barriers with sources, or the line's cut. */
  gate: "site_gate",
  /** By number of a way: what holds for all. */
  site: "barrier_site",
  /** By MAC and number of a way: what holds for one machine instead. */
  hosts: "barrier_hosts",
  /** Networks that a packet of the site may come from. */
  sources4: "site_sources_4",
  sources6: "site_sources_6",
  /** Whom the site may ask for names. */
  resolvers4: "site_resolvers_4",
  resolvers6: "site_resolvers_6",
  /** Those of them that stand inside and ask further: by card and address, and by address alone where no card is known. */
  forwarders: "site_forwarders",
  unbound4: "site_forwarders_4",
  unbound6: "site_forwarders_6",
} as const;

/** Sets into which the kernel counts, by MAC and number of a way; and counters of the same names over all. */
export const barrierCounts = { passed: "barrier_passed", stopped: "barrier_stopped" } as const;

/** The gate's only key: the kind of hardware, which is Ethernet on every port of a bridge. */
export const everyPacket = "1";

/** What opens the gate. */
export const gateVerdicts = {
  barriers: "jump barriers",
  barriersAndSources: "jump barriers_and_sources",
  lineCut: "jump line_cut",
} as const;

/** What becomes of a packet on a way. */
export const barrierVerdicts = {
  dry: "goto barrier_dry",
  enforce: "goto barrier_enforce",
  /** Of an exception. */
  open: "goto barrier_open",
} as const;

/** What holds of a way. */
export type BarrierRule = keyof typeof barrierVerdicts;

/** What a verdict in a map of ways stands for; null where it is none of ours. */
export function modeOf(verdict: string): BarrierRule | null {
  const found = Object.entries(barrierVerdicts).find(([, text]) => text === verdict);
  return found === undefined ? null : (found[0] as BarrierRule);
}

/** A way, or what hides its port. */
export type NumberedWay = BarrierWay | "hidden";

// The numbers stand in stored elements: a way keeps its own for ever.
const numbers: Readonly<Record<NumberedWay, number>> = {
  ...{ mail: 1, smb: 2, sql: 3, rdp: 4, telnet: 5, ssh: 6, irc: 7, web: 8, ping: 9, spoofed: 10, dns: 11 },
  hidden: 99,
};

/** A way's number, as a key. */
export function wayKey(way: NumberedWay): string {
  return String(numbers[way]);
}

const waysByKey = new Map(Object.entries(numbers).map(([way, number]) => [String(number), way as NumberedWay]));

/** The way that a key stands for; null where it is none of ours. */
export function wayOf(key: string): NumberedWay | null {
  return waysByKey.get(key) ?? null;
}

/** Whether a barrier goes by ports, which a frame may hide. */
export function isHideable(way: BarrierWay): boolean {
  return way !== "spoofed" && way !== "dns";
}

/** The gate. Comes after what holds for single machines. */
export const gateRule = `meta iiftype vmap @${barrierSets.gate}`;

function take(way: NumberedWay): string {
  return `meta mark set ${numbers[way]} goto barrier_way`;
}

function portMap(transport: "tcp" | "udp"): string {
  const elements = barrierWays
    .filter((way) => way !== "dns")
    .flatMap((way) => barrierPorts[way][transport].map((port) => `${port} : ${numbers[way]}`));
  return `map { ${elements.join(", ")} } goto barrier_way`;
}

/** Transports inside a frame that nobody has taken apart, whose header begins so many bytes behind the first one. */
function wrappedTransports(name: string, begin: number, ping: number): readonly string[] {
  return [
    ...chain(`${name}_tcp`, [`meta mark set ${bits(begin + 2, 16)} ${portMap("tcp")}`]),
    ...chain(`${name}_udp`, [`meta mark set ${bits(begin + 2, 16)} ${portMap("udp")}`]),
    ...chain(`${name}_icmp`, [`${bits(begin, 8)} ${ping} goto barrier_ping`]),
  ];
}

function wrappedIp(name: string, begin: number): readonly string[] {
  return [
    ...wrappedTransports(`${name}_ip4`, begin + 20, 8),
    ...chain(`${name}_ip4`, [
      // Any other length, and the port is somewhere else.
      `${bits(begin, 8)} != 0x45 goto barrier_hidden`,
      // A later fragment has no ports; without its first one it is nothing.
      `${bits(begin + 6, 13, 3)} != 0 return`,
      `${bits(begin + 9, 8)} vmap { 51 : goto barrier_hidden, 1 : goto ${name}_ip4_icmp, 6 : goto ${name}_ip4_tcp, 17 : goto ${name}_ip4_udp }`,
    ]),
    ...wrappedTransports(`${name}_ip6`, begin + 40, 128),
    ...chain(`${name}_ip6`, [
      `${bits(begin + 6, 8)} vmap { 6 : goto ${name}_ip6_tcp, 17 : goto ${name}_ip6_udp, 58 : goto ${name}_ip6_icmp, ${hidingTo} }`,
    ]),
  ];
}

const hidingTo = hidingHeaders.map((header) => `${header} : goto barrier_hidden`).join(", ");

function plain(transport: "tcp" | "udp"): readonly string[] {
  return chain(`barrier_${transport}`, [
    `meta mark set ${transport} dport ${portMap(transport)}`,
    `${transport} dport { ${barrierPorts.dns[transport].join(", ")} } goto barrier_dns`,
    "meta protocol != ip6 return",
    // Fits any port that can be read: not one that is cut off by a fragment.
    `${transport} dport 0-65535 return`,
    "goto barrier_hidden",
  ]);
}

/**
 * Types whose frames carry others, in ways that are not followed here: tags (IEEE 802.1ad, older ones,
 * 802.1BR, 802.1CB), PPP, MPLS, bridged Ethernet, PBB, NSH, TRILL, B.A.T.M.A.N., LLC in large frames,
 * compressed TCP/IP, 6LoWPAN, MACsec, HSR, PRP, Cisco's own. A barrier is for everybody: other types, by which an office's machines
 * may do what they are there for, pass, but for machines of an area that one is for.
 */
const carriers: readonly number[] = [
  0x88a8, 0x9100, 0x9200, 0x9300, 0x893f, 0x8926, 0xf1c1, 0x880b, 0x8847, 0x8848, 0x6558, 0x88e7, 0x894f, 0x22f3,
  0x8946, 0x4305, 0x8870, 0x876b, 0xa0ed, 0x88e5, 0x892f, 0x88fb, 0x8909,
];

const hiding = toEach(carriers, "goto barrier_hidden");

/** What is inside a session or two tags. */
const wrappedChains: readonly string[] = [
  ...wrappedIp("barrier_pppoe", 8),
  ...chain("barrier_pppoe", [
    // RFC 2516 4: version, type and code of a session.
    `${bits(0, 16)} != 0x1100 goto barrier_hidden`,
    // A compressed protocol field is as unknown as compressed or encrypted packets.
    `${bits(6, 16)} vmap { 0x0021 : goto barrier_pppoe_ip4, 0x0057 : goto barrier_pppoe_ip6, ${toEach(pppControl, "return")} }`,
    "goto barrier_hidden",
  ]),
  ...wrappedIp("barrier_two_tags", 4),
  ...chain("barrier_two_tags", [
    // Two customer tags are how a machine gets into another VLAN, not how a provider numbers lines.
    "ether type != 8021ad goto barrier_hidden",
    // A length in place of a type (IEEE 802.3): SNAP may follow.
    `${bits(2, 16)} < 0x0600 goto barrier_hidden`,
    `${bits(2, 16)} vmap { 0x0800 : goto barrier_two_tags_ip4, 0x86dd : goto barrier_two_tags_ip6, ${toEach([0x8100, 0x8864], "goto barrier_hidden")}, ${hiding} }`,
    `${bits(2, 16)} != { ${linkTypes.join(", ")} } goto barrier_unheard`,
  ]),
];
const toWrapped = "0x8100 : goto barrier_two_tags, 0x8864 : goto barrier_pppoe, ";

// Each way has a count for each machine that tried it.
const maxCounts = 65_536;
const maxHosts = 65_536;
const maxNets = 1024;

/** Sets, counters and chains. A chain `stop` must be there to go to. */
export function barrierParts({ fromOutside, isGateway }: FrameSides): readonly string[] {
  const { gate, site, hosts, sources4, sources6, resolvers4, resolvers6, forwarders, unbound4, unbound6 } = barrierSets;
  // What is asked of the box that routes, names above all, does not go out.
  const notOutward = [`${fromOutside} return`, ...(isGateway ? [`ip daddr @${gatewayRemedySets.box} return`] : [])];
  return [
    ...declared("map", gate, "iface_type : verdict", 4),
    ...declared("map", site, "mark : verdict", 256),
    ...declared("map", hosts, "ether_addr . mark : verdict", maxHosts),
    ...declared("set", sources4, "ipv4_addr", maxNets, "interval"),
    ...declared("set", sources6, "ipv6_addr", maxNets, "interval"),
    ...declared("set", resolvers4, "ipv4_addr", maxNets),
    ...declared("set", resolvers6, "ipv6_addr", maxNets),
    ...declared("set", forwarders, "ether_addr . ipv4_addr", maxNets),
    ...declared("set", unbound4, "ipv4_addr", maxNets),
    ...declared("set", unbound6, "ipv6_addr", maxNets),
    ...Object.values(barrierCounts).flatMap((name) => [
      ...[`set ${name} {`, "\ttype ether_addr . mark", `\tsize ${maxCounts}`],
      ...["\tflags dynamic,timeout", "\ttimeout 1d", "}"],
      ...[`counter ${name} {`, "}"],
    ]),
    // Marks are nobody else's business.
    ...chain("barrier_open", ["meta mark set 0"]),
    ...chain("barrier_dry", [...count(barrierCounts.passed), "meta mark set 0"]),
    ...chain("barrier_enforce", [...count(barrierCounts.stopped), "meta mark set 0", "goto stop"]),
    ...chain("barrier_way", [`ether saddr . meta mark vmap @${hosts}`, `meta mark vmap @${site}`, "meta mark set 0"]),
    ...chain("barrier_hidden", [take("hidden")]),
    ...chain("barrier_unheard", [
      `meta mark set ${numbers.hidden}`,
      `ether saddr . meta mark vmap @${hosts}`,
      "meta mark set 0",
    ]),
    ...chain("barrier_ping", [take("ping")]),
    ...chain("barrier_dns", [
      `ip daddr @${resolvers4} return`,
      `ip6 daddr @${resolvers6} return`,
      // One of them may stand on the inside, and asks further; whoever borrows its address does not.
      `ether saddr . ip saddr @${forwarders} return`,
      `ip saddr @${unbound4} return`,
      `ip6 saddr @${unbound6} return`,
      take("dns"),
    ]),
    ...plain("tcp"),
    ...plain("udp"),
    ...chain("barrier_icmp", [
      // With the protocol said first: else nft looks for it in the Ethernet header, where a tag stands before it.
      "meta protocol ip icmp type echo-request goto barrier_ping",
      "meta protocol ip6 icmpv6 type echo-request goto barrier_ping",
    ]),
    // A gateway routes nothing that is wrapped.
    ...(isGateway ? [] : wrappedChains),
    ...chain("barrier_plain_ip4", [
      "meta l4proto 51 goto barrier_hidden",
      // Fits any protocol that can be read: not that of a packet whose lengths contradict one another.
      "meta l4proto 0-255 return",
      "goto barrier_hidden",
    ]),
    ...chain("barrier_plain_ip6", [`meta l4proto { ${unfollowed6.join(", ")} } goto barrier_hidden`]),
    ...chain("barriers", [
      ...notOutward,
      "meta l4proto vmap { tcp : goto barrier_tcp, udp : goto barrier_udp, icmp : goto barrier_icmp, ipv6-icmp : goto barrier_icmp }",
      // 1 and 4 are what the kernel makes of a length in place of a type.
      `meta protocol vmap { ip : goto barrier_plain_ip4, ip6 : goto barrier_plain_ip6, ${isGateway ? "" : toWrapped}${toEach([1, 4], "goto barrier_hidden")}, ${hiding} }`,
      `meta protocol != { ${linkTypes.join(", ")} } goto barrier_unheard`,
    ]),
    // DHCP asks from no address, and what stays on the link may have made its own.
    ...chain("barrier_source_4", [
      `ip saddr @${sources4} return`,
      "ip saddr { 0.0.0.0, 169.254.0.0/16 } return",
      take("spoofed"),
    ]),
    ...chain("barrier_source_6", [
      `ip6 saddr @${sources6} return`,
      "ip6 saddr { ::, fe80::/10 } return",
      take("spoofed"),
    ]),
    ...chain("barriers_and_sources", [
      ...notOutward,
      "meta protocol vmap { ip : jump barrier_source_4, ip6 : jump barrier_source_6 }",
      "goto barriers",
    ]),
  ];
}

function count(name: string): readonly string[] {
  return [`update @${name} { ether saddr . meta mark counter }`, `counter name "${name}"`];
}

function chain(name: string, rules: readonly string[]): readonly string[] {
  return [`chain ${name} {`, ...rules.map((rule) => `\t${rule}`), "}"];
}

function declared(kind: "set" | "map", name: string, type: string, size: number, flags?: string): readonly string[] {
  return [
    ...[`${kind} ${name} {`, `\ttype ${type}`, `\tsize ${size}`],
    ...(flags === undefined ? [] : [`\tflags ${flags}`]),
    "}",
  ];
}
