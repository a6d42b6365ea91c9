import { vectorPorts } from "@cordon/contract";

/**
 * Vector blocks inside encapsulations, as nft text. The kernel knows ports in plain and single-tagged
 * frames only; behind two tags or in a PPPoE session they are read here by their place in the frame, and
 * every other wrapping, which hides them, is dropped. It concerns machines under a vector block alone: a frame of any
 * other machine costs one look-up and passes as it is.
 *
 * What a machine tunnels in IP itself (a VPN, 6in4) is no encapsulation of the link and is left alone.
 */

/**
 * Sets that follow from the elements of `vector_from`, since nft can look a port that it reads by its
 * place up in no set of ports: not part of the stored set, filled by whoever changes `vector_from`.
 */
export const encapsulationSets = {
  /** MACs under a vector block. */
  hosts: "vector_hosts",
  /** `MAC . port` as in `vector_from`, with the port as a packet mark. */
  wrapped: "vector_wrapped",
} as const;

/** Comes after the vectors, by when every port that can be read plainly has been decided, and before the limits. */
export const encapsulationRule = `ether saddr @${encapsulationSets.hosts} jump wrapped`;

// A block of a vector shuts these and no other, so no other need be told apart.
const ports = Object.values(vectorPorts)
  .flat()
  .toSorted((a, b) => a - b);

/** The port at a place becomes the mark of the packet, for as long as it is looked up. */
function lookUpPort(at: string): string {
  return `meta mark set ${at} map { ${ports.map((port) => `${port} : ${port}`).join(", ")} } goto wrapped_port`;
}

// Never in one rule with a match on Ethernet's own fields: nft 1.0.6 and 1.1.3 load such a rule and
// then crash whenever the table is listed.
/** Bits behind the Ethernet header and the tag that the kernel has taken off. */
function bits(byte: number, size: number, skipped = 0): string {
  return `@nh,${byte * 8 + skipped},${size}`;
}

/** IPv4 that begins so many bytes behind the first header. */
function ipv4(begin: number): readonly string[] {
  return [
    // Any other length, and the port is somewhere else.
    `${bits(begin, 8)} != 0x45 goto stop`,
    // A later fragment has no ports; without its first one it is nothing.
    `${bits(begin + 6, 13, 3)} != 0 return`,
    `${bits(begin + 9, 8)} != 6 return`,
    lookUpPort(bits(begin + 22, 16)),
  ];
}

/** The same of IPv6. Headers that may stand before TCP (RFC 8200 4, RFC 6275, RFC 7401, RFC 5533), fragments among them, hide the port. */
function ipv6(begin: number): readonly string[] {
  const next = bits(begin + 6, 8);
  return [
    `${next} { 0, 43, 44, 51, 60, 135, 139, 140 } goto stop`,
    `${next} != 6 return`,
    lookUpPort(bits(begin + 42, 16)),
  ];
}

/**
 * Types whose frames carry others, in ways that are not followed here: tags (IEEE 802.1ad, older ones,
 * 802.1BR, 802.1CB), PPP, MPLS, bridged Ethernet, PBB, NSH, MACsec. Other types are nobody's way to a
 * port, and pass as on a cable.
 */
const carriers = [
  0x88a8, 0x9100, 0x9200, 0x9300, 0x893f, 0x8926, 0xf1c1, 0x880b, 0x8847, 0x8848, 0x6558, 0x88e7, 0x894f, 0x88e5,
];

function stopEach(types: readonly number[]): string {
  return types.map((type) => `0x${type.toString(16).padStart(4, "0")} : goto stop`).join(", ");
}

/** What keeps a PPP session alive: LCP, PAP, quality, CHAP, EAP, and agreeing on IPv4, IPv6 and compression. */
const pppControl = [0xc021, 0xc023, 0xc025, 0xc223, 0xc227, 0x8021, 0x8057, 0x80fd]
  .map((protocol) => `0x${protocol.toString(16)} : return`)
  .join(", ");

function chain(name: string, rules: readonly string[]): readonly string[] {
  return [`chain ${name} {`, ...rules.map((rule) => `\t${rule}`), "}"];
}

/** Sets and chains that {@link encapsulationRule} needs, one line an entry. `stop` is the skeleton's. */
export function encapsulationPart(maxElements: number): readonly string[] {
  const { hosts, wrapped } = encapsulationSets;
  return [
    ...[`set ${hosts} {`, "\ttype ether_addr", `\tsize ${maxElements}`, "}"],
    ...[`set ${wrapped} {`, "\ttype ether_addr . mark", `\tsize ${maxElements}`, "\tcounter", "}"],
    ...chain("wrapped_port", [
      `ether saddr . meta mark @${wrapped} goto stop`,
      // Marks are nobody else's business.
      "meta mark set 0",
    ]),
    ...chain("pppoe_ip4", ipv4(8)),
    ...chain("pppoe_ip6", ipv6(8)),
    ...chain("pppoe", [
      // RFC 2516 4: version, type and code of a session.
      `${bits(0, 16)} != 0x1100 goto stop`,
      // A compressed protocol field is as unknown as compressed or encrypted packets.
      `${bits(6, 16)} vmap { 0x0021 : goto pppoe_ip4, 0x0057 : goto pppoe_ip6, ${pppControl} }`,
      "goto stop",
    ]),
    ...chain("two_tags_ip4", ipv4(4)),
    ...chain("two_tags_ip6", ipv6(4)),
    ...chain("two_tags", [
      // Two customer tags are how a machine gets into another VLAN, not how a provider numbers lines.
      "ether type != 8021ad goto stop",
      // A length in place of a type (IEEE 802.3): SNAP may follow.
      `${bits(2, 16)} < 0x0600 goto stop`,
      `${bits(2, 16)} vmap { 0x0800 : goto two_tags_ip4, 0x86dd : goto two_tags_ip6, ${stopEach([0x8100, 0x8864, ...carriers])} }`,
    ]),
    ...chain("plain_ip6", [
      "meta l4proto != tcp return",
      // Fits any port that can be read: not one that is cut off by a fragment.
      "tcp dport 0-65535 return",
      "goto stop",
    ]),
    ...chain("wrapped", [
      // 1 and 4 are what the kernel makes of a length in place of a type.
      `meta protocol vmap { ip6 : goto plain_ip6, 0x8100 : goto two_tags, 0x8864 : goto pppoe, ${stopEach([1, 4, ...carriers])} }`,
    ]),
  ];
}
