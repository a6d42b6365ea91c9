import { address, icmp, ipv4, ipv6, tcp, text, udp } from "../../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../../src/packet/packet.ts";
import {
  innerEthernet,
  llc,
  plain,
  session,
  tagged,
  types,
  wrappings,
  type Payload,
  type Wrapping,
} from "./escape-wrappings.ts";

/**
 * What a contained machine may try in order to be heard beyond the outside port. Each way is a few
 * frames to one target; what they are wrapped in, and how a port is hidden, is all that differs.
 */

type Bytes = readonly number[];

/** One target of an attack. */
export interface Target {
  readonly ip4: string;
  readonly ip6: string;
}

/** A way out that is tried: frames to one target. */
export interface Escape {
  readonly name: string;
  readonly frames: (to: Target) => readonly Payload[];
  /** How many of them say nothing to anybody without the others, and may pass where only ports are shut. Absent means none. */
  readonly harmless?: number;
  /** Whether the same is a lifeline when it comes from the outside. Absent means no. */
  readonly isAnswer?: boolean;
}

const next = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, destination: 60, mobility: 135 } as const;
const worm = 445;

const syn = tcp({ destinationPort: worm, flags: tcpFlags.syn });
const syn4 = ({ ip4 }: Target, fields: Parameters<typeof ipv4>[2] = {}) =>
  ipv4(protocols.tcp, syn, { destination: ip4, ...fields });
const syn6 = ({ ip6 }: Target, fields: Parameters<typeof ipv6>[2] = {}) =>
  ipv6(protocols.tcp, syn, { destination: ip6, ...fields });

/** Eight bytes of an extension header and what follows. */
const header = (following: number, rest: Bytes, kind: Bytes = [1, 4, 0, 0, 0, 0]) => [following, 0, ...kind, ...rest];
const fragment = (following: number, offset: number, hasMore: boolean, rest: Bytes) =>
  header(following, rest, [offset >> 5, ((offset << 3) & 0xff) | (hasMore ? 1 : 0), 0, 0, 0, 7]);
/** IPv6 whose extension headers stand one behind the other before TCP. */
const chained = ({ ip6 }: Target, kinds: readonly number[]) => {
  let rest: Bytes = syn;
  let following: number = protocols.tcp;
  for (const kind of kinds.toReversed()) {
    // A routing header whose route is at its end; of an authentication header the length counts otherwise.
    const body = kind === next.routing ? [4, 0, 0, 0, 0, 0] : undefined;
    rest =
      kind === next.authentication
        ? [following, 4, ...new Array<number>(22).fill(0), ...rest]
        : kind === next.fragment
          ? fragment(following, 0, false, rest)
          : header(following, rest, body);
    following = kind;
  }
  return ipv6(following, rest, { destination: ip6 });
};

const noOperations = [1, 1, 1, 1];
/** RFC 791 3.1: loose source routing over one stop, which has been reached or not. */
const sourceRoute = (over: string) => [131, 7, 4, ...address(over), 1];

/** Ways of hiding a TCP port from whoever looks for it, and of hiding whom it comes from. */
const hidings: readonly Escape[] = [
  {
    name: "another source address",
    frames: (to) => [plain(syn4(to, { source: "203.0.113.9" }), 4), plain(syn6(to, { source: "2001:db8:bad::1" }), 6)],
  },
  { name: "IP options", frames: (to) => [plain(syn4(to, { options: noOperations }), 4)] },
  {
    name: "all the IP options there can be",
    frames: (to) => [plain(syn4(to, { options: new Array<number>(40).fill(1) }), 4)],
  },
  { name: "a source route", frames: (to) => [plain(syn4(to, { options: sourceRoute("10.77.0.1") }), 4)] },
  { name: "IP options in PPPoE", frames: (to) => [session(syn4(to, { options: noOperations }), 4)] },
  ...Object.entries({
    PPPoE: session,
    "PPPoE behind a tag": tagged(types.customer, session),
    "PPPoE behind a provider's tag": tagged(types.provider, session),
  }).flatMap(([name, wrap]): Escape[] => [
    {
      name: `all the IP options there can be, and a source route, in ${name}`,
      frames: (to) => [
        wrap(syn4(to, { options: new Array<number>(40).fill(1) }), 4),
        wrap(syn4(to, { options: sourceRoute("10.77.0.1") }), 4),
      ],
    },
    {
      name: `a length of the header that is none, in ${name}`,
      frames: (to) => [0x44, 0x40, 0x55].map((first) => wrap([first, ...syn4(to).slice(1)], 4)),
    },
  ]),
  {
    name: "a SYN and the answer to one, as where both sides open",
    frames: ({ ip4, ip6 }) => [
      plain(syn4({ ip4, ip6 }), 4),
      plain(
        ipv4(protocols.tcp, tcp({ destinationPort: worm, flags: tcpFlags.syn | tcpFlags.ack }), { destination: ip4 }),
        4,
      ),
    ],
    // An answer opens nothing with anybody who has not called.
    harmless: 1,
  },
  {
    name: "SYNs with other flags beside",
    frames: ({ ip4, ip6 }) =>
      [0x0a, 0x22, 0xc2, 0x2a].flatMap((flags) => [
        plain(ipv4(protocols.tcp, tcp({ destinationPort: worm, flags }), { destination: ip4 }), 4),
        plain(ipv6(protocols.tcp, tcp({ destinationPort: worm, flags }), { destination: ip6 }), 6),
      ]),
  },
  {
    name: "IP options in QinQ",
    frames: (to) => [tagged(types.provider, tagged(types.customer, plain))(syn4(to, { options: noOperations }), 4)],
  },
  {
    name: "a first fragment that holds the ports and no more",
    frames: ({ ip4 }) => [
      plain(ipv4(protocols.tcp, syn.slice(0, 8), { destination: ip4, fragmentOffset: 0x2000 }), 4),
      plain(ipv4(protocols.tcp, syn.slice(8), { destination: ip4, fragmentOffset: 1 }), 4),
    ],
    harmless: 1,
  },
  {
    name: "a first fragment of IPv6 that holds the ports and no more",
    frames: ({ ip6 }) => [
      plain(ipv6(next.fragment, fragment(protocols.tcp, 0, true, syn.slice(0, 8)), { destination: ip6 }), 6),
      plain(ipv6(next.fragment, fragment(protocols.tcp, 1, false, syn.slice(8)), { destination: ip6 }), 6),
    ],
    harmless: 1,
  },
  {
    name: "the same fragment twice, the second time with the port",
    frames: ({ ip4 }) =>
      [80, worm].map((destinationPort) =>
        plain(ipv4(protocols.tcp, tcp({ destinationPort }), { destination: ip4, fragmentOffset: 0x2000 }), 4),
      ),
    harmless: 1,
  },
  {
    name: "an atomic fragment",
    frames: (to) => [plain(chained(to, [next.fragment]), 6)],
  },
  ...(["hopByHop", "routing", "destination"] as const).map((kind): Escape => ({
    name: `the extension header ${kind}`,
    frames: (to) => [plain(chained(to, [next[kind]]), 6)],
  })),
  {
    name: "all extension headers",
    frames: (to) => [
      plain(
        chained(to, [
          next.hopByHop,
          next.destination,
          next.routing,
          next.fragment,
          next.authentication,
          next.destination,
        ]),
        6,
      ),
    ],
  },
  {
    name: "a hundred extension headers",
    frames: (to) => [plain(chained(to, new Array<number>(100).fill(next.destination)), 6)],
  },
  {
    name: "extension headers in PPPoE",
    frames: (to) => [session(chained(to, [next.destination, next.hopByHop]), 6)],
  },
  {
    name: "extension headers that nobody follows",
    frames: (to) => [135, 139, 140].map((kind) => plain(chained(to, [kind]), 6)),
  },
  {
    name: "a first fragment of IPv6 that ends before the port",
    frames: ({ ip6 }) => [
      plain(
        ipv6(next.fragment, fragment(next.destination, 0, true, header(protocols.tcp, [])), { destination: ip6 }),
        6,
      ),
      plain(ipv6(next.fragment, fragment(next.destination, 1, false, syn), { destination: ip6 }), 6),
    ],
    harmless: 1,
  },
  {
    name: "a first fragment of IPv6 that ends within its headers",
    frames: ({ ip6 }) => {
      const long = [protocols.tcp, 2, 1, 20, ...new Array<number>(20).fill(0)];
      return [
        plain(ipv6(next.fragment, fragment(next.destination, 0, true, long.slice(0, 8)), { destination: ip6 }), 6),
        plain(
          ipv6(next.fragment, fragment(next.destination, 1, false, [...long.slice(8), ...syn]), { destination: ip6 }),
          6,
        ),
      ];
    },
    harmless: 1,
  },
  {
    name: "a first fragment of IPv6 that ends before its second header",
    frames: ({ ip6 }) => [
      plain(
        ipv6(next.fragment, fragment(next.destination, 0, true, header(next.destination, [])), { destination: ip6 }),
        6,
      ),
      plain(
        ipv6(next.fragment, fragment(next.destination, 1, false, header(protocols.tcp, syn)), { destination: ip6 }),
        6,
      ),
    ],
    harmless: 1,
  },
];

/** Ways of a SYN to a worm's port: what a vector block and a throttle are to hold as well. */
export const portEscapes: readonly Escape[] = [
  ...Object.entries(wrappings).flatMap(([name, wrap]): Escape[] => [
    { name: `${name}, IPv4`, frames: (to) => [wrap(syn4(to), 4)] },
    { name: `${name}, IPv6`, frames: (to) => [wrap(syn6(to), 6)] },
  ]),
  ...hidings,
];

/** A SYN in the place of what a first fragment had shown as an acknowledgement, for receivers that let the later one win. No receiver of IPv6 does (RFC 5722). */
export const overlapEscapes: readonly Escape[] = [
  {
    name: "a SYN behind an acknowledgement",
    frames: ({ ip4 }) => {
      const shown = tcp({ destinationPort: worm, flags: tcpFlags.ack });
      // The kernel must not take for flags what stands at their place in the second fragment.
      const over = [...syn.slice(8), 0, 0x10, 0, 0];
      return [
        plain(ipv4(protocols.tcp, [...shown, 0, 0, 0, 0], { destination: ip4, fragmentOffset: 0x2000 }), 4),
        plain(ipv4(protocols.tcp, over, { destination: ip4, fragmentOffset: 1 }), 4),
      ];
    },
    harmless: 1,
  },
];

const tunnels: Readonly<Record<string, readonly [port: number, before: Bytes]>> = {
  VXLAN: [4789, [8, 0, 0, 0, 0, 0, 1, 0, ...innerEthernet([], 4)[1]]],
  Geneve: [6081, [0, 0, 0x65, 0x58, 0, 0, 1, 0, ...innerEthernet([], 4)[1]]],
  "GRE in UDP": [4754, [0, 0, 8, 0]],
  "MPLS in UDP": [6635, [0, 0, 0x11, 64]],
  L2TP: [1701, [0, 2, 0, 1, 0, 1, 0xff, 3, 0, 0x21]],
  "a tunnel's port": [51_820, []],
  "ESP in UDP": [4500, [0, 0, 1, 0, 0, 0, 0, 1]],
  QUIC: [443, [0x40]],
};

/** SYNs inside of what a machine tunnels itself: nobody follows them, and each target of a tunnel is a target. */
export const tunnelEscapes: readonly Escape[] = Object.entries(tunnels).map(([name, [port, before]]) => ({
  name: `a tunnel by ${name}`,
  frames: (to) => [
    plain(ipv4(17, udp(5000, port, [...before, ...syn4(to)]), { destination: to.ip4 }), 4),
    plain(ipv6(17, udp(5000, port, [...before, ...syn4(to)]), { destination: to.ip6 }), 6),
  ],
}));

/** In what a machine's own link may stand: what a quarantine leaves has to come through in all of it, and nothing else. */
const linkWays: Readonly<Record<string, (what: Wrapping) => Wrapping>> = {
  "a plain frame": (what) => what,
  "a tag": (what) => tagged(types.customer, what),
  "a priority tag": (what) => tagged(types.customer, what, 0xe000),
  "a provider's tag": (what) => tagged(types.provider, what),
  QinQ: (what) => tagged(types.provider, tagged(types.customer, what)),
};

/** The same in each of them. */
const onLink = (escapes: (wrap: Wrapping) => readonly Escape[]) =>
  Object.entries(linkWays).flatMap(([way, wrap]) =>
    escapes(wrap(plain)).map((escape) => ({ ...escape, name: `${escape.name}, in ${way}` })),
  );

const solicit = (destination: string) => ({ destination, hopLimit: 255, source: "fe80::11" });
const data = text("a tunnel's data");
const long = new Array<number>(700).fill(65);

/** Everything else that a machine could say, and what the lifelines of a quarantine could be made to carry. */
export const otherEscapes: readonly Escape[] = [
  {
    name: "UDP",
    frames: ({ ip4, ip6 }) => [
      plain(ipv4(17, udp(5000, 5000, data), { destination: ip4 }), 4),
      plain(ipv6(17, udp(5000, 5000, data), { destination: ip6 }), 6),
    ],
  },
  {
    name: "questions to a name server",
    frames: ({ ip4, ip6 }) => [
      plain(ipv4(17, udp(5000, 53, data), { destination: ip4 }), 4),
      plain(ipv6(17, udp(5000, 53, data), { destination: ip6 }), 6),
    ],
  },
  {
    name: "echoes",
    frames: ({ ip4, ip6 }) => [
      plain(ipv4(1, icmp(8, 0, data), { destination: ip4 }), 4),
      plain(ipv6(58, icmp(128, 0, data), { destination: ip6 }), 6),
    ],
  },
  {
    name: "other protocols of IP",
    frames: ({ ip4, ip6 }) =>
      [0, 2, 4, 41, 47, 50, 51, 59, 89, 97, 103, 112, 115, 132, 136, 137, 255].flatMap((protocol) => [
        plain(ipv4(protocol, syn, { destination: ip4 }), 4),
        plain(ipv6(protocol, syn, { destination: ip6 }), 6),
      ]),
  },
  {
    name: "acknowledgements, resets and frames without flags",
    frames: ({ ip4, ip6 }) =>
      [tcpFlags.ack, tcpFlags.rst, tcpFlags.fin, 0, 0x12].flatMap((flags) => [
        plain(ipv4(6, tcp({ flags }), { destination: ip4 }), 4),
        plain(ipv6(6, tcp({ flags }), { destination: ip6 }), 6),
      ]),
  },
  {
    name: "later fragments",
    frames: ({ ip4, ip6 }) => [
      plain(ipv4(6, syn, { destination: ip4, fragmentOffset: 9 }), 4),
      plain(ipv6(next.fragment, fragment(6, 9, false, syn), { destination: ip6 }), 6),
      plain(ipv4(17, udp(68, 67), { destination: "10.77.0.1", fragmentOffset: 9 }), 4),
    ],
  },
  {
    name: "groups",
    frames: () => [
      plain(ipv4(17, udp(5353, 5353, data), { destination: "224.0.0.251" }), 4),
      plain(ipv6(17, udp(5353, 5353, data), { destination: "ff02::fb" }), 6),
      plain(ipv4(17, udp(137, 137, data), { destination: "255.255.255.255" }), 4),
      plain(ipv4(2, [0x16, 0, 0, 0, 239, 1, 1, 1], { destination: "239.1.1.1" }), 4),
    ],
  },
  {
    name: "broken IP",
    frames: ({ ip4, ip6 }) => [
      plain(syn4({ ip4, ip6 }, { totalLength: 1400 }), 4),
      plain(syn4({ ip4, ip6 }, { totalLength: 8 }), 4),
      plain(syn6({ ip4, ip6 }, { payloadLength: 1400 }), 6),
      plain(syn4({ ip4, ip6 }), 6),
      plain(syn6({ ip4, ip6 }), 4),
      [types.ip4, [0x45]],
      // Where the header should be stands another one.
      [types.ip4, [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...syn4({ ip4, ip6 })]],
      [types.ip6, [0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd, ...syn6({ ip4, ip6 })]],
    ],
  },
  {
    name: "frames that carry no IP",
    frames: () =>
      [
        0x0842, 0x8035, 0x80f3, 0x8137, 0x809b, 0x8863, 0x887b, 0x888e, 0x88a2, 0x88b5, 0x88cc, 0x88f7, 0x8906, 0x88ca,
        0x9000, 0x1001, 0x0600, 0xffff, 0x4305, 0xa0ed,
      ].map((etherType) => [etherType, [...new Array<number>(6).fill(0xff), ...data]] as const),
  },
  {
    name: "LLC",
    frames: () =>
      [llc([0x42, 0x42, 3]), llc([0xe0, 0xe0, 3]), llc([0xf0, 0xf0, 3]), llc([0xff, 0xff]), llc([0xfe, 0xfe, 3])].map(
        (wrap) => wrap(data, 4),
      ),
  },
  ...onLink((wrap) => [
    {
      name: "a question for an address to a stranger",
      frames: ({ ip4, ip6 }) => [
        wrap(ipv4(17, udp(68, 67, data), { destination: ip4 }), 4),
        wrap(ipv6(17, udp(546, 547, data), { destination: ip6 }), 6),
      ],
    },
    {
      name: "a question for an address that is longer than any",
      frames: () => [
        wrap(ipv4(17, udp(68, 67, long), { source: "0.0.0.0", destination: "255.255.255.255" }), 4),
        wrap(ipv4(17, udp(68, 67, long), { destination: "10.77.0.1" }), 4),
        // Whatever UDP says of itself.
        wrap(ipv4(17, [...udp(68, 67, data), ...long], { destination: "10.77.0.1" }), 4),
        wrap(ipv6(17, udp(546, 547, long), { source: "fe80::11", destination: "ff02::1:2" }), 6),
        wrap(ipv6(17, [...udp(546, 547, data), ...long], { source: "fe80::11", destination: "fe80::1" }), 6),
      ],
    },
    {
      name: "an answer of a DHCP server to a stranger",
      isAnswer: true,
      frames: ({ ip4, ip6 }) => [
        wrap(ipv4(17, udp(67, 68, data), { destination: ip4 }), 4),
        wrap(ipv6(17, udp(547, 546, data), { destination: ip6, source: "fe80::11" }), 6),
      ],
    },
    {
      name: "a solicitation to a stranger",
      isAnswer: true,
      frames: ({ ip6 }) => [wrap(ipv6(58, icmp(135, 0, data), solicit(ip6)), 6)],
    },
    {
      name: "a solicitation that a router may have passed on",
      frames: () => [wrap(ipv6(58, icmp(135, 0, data), { ...solicit("fe80::1"), hopLimit: 254 }), 6)],
    },
    {
      name: "the announcement of a router",
      isAnswer: true,
      frames: () => [wrap(ipv6(58, icmp(134, 0, data), solicit("ff02::1")), 6)],
    },
    { name: "a redirection", frames: () => [wrap(ipv6(58, icmp(137, 0, data), solicit("fe80::1")), 6)] },
    {
      name: "a question for an address in pieces, or along a source route",
      frames: ({ ip4 }) => [
        wrap(ipv4(17, udp(68, 67, data), { destination: "10.77.0.1", fragmentOffset: 9 }), 4),
        wrap(ipv4(17, udp(68, 67, data), { destination: "10.77.0.1", fragmentOffset: 0x2000 }), 4),
        wrap(ipv4(17, udp(68, 67, data), { destination: "10.77.0.1", options: [131, 7, 4, ...address(ip4), 1] }), 4),
      ],
    },
  ]),
  {
    name: "a question for an address behind extension headers",
    frames: ({ ip6 }) => [
      plain(
        ipv6(next.routing, [17, 2, 0, 1, 0, 0, 0, 0, ...address(ip6), ...udp(546, 547, data)], {
          destination: "fe80::1",
          source: "fe80::11",
        }),
        6,
      ),
    ],
  },
  {
    name: "a solicitation along a route",
    frames: ({ ip6 }) => [
      plain(
        ipv6(next.routing, [58, 2, 0, 1, 0, 0, 0, 0, ...address(ip6), ...icmp(135, 0, data)], solicit("fe80::1")),
        6,
      ),
    ],
  },
  {
    name: "solicitations in fragments",
    frames: () => [plain(ipv6(next.fragment, fragment(58, 0, true, icmp(135, 0, data)), solicit("fe80::1")), 6)],
  },
];

/** What reaches a machine in quarantine from the link, and leads no further. */
export const inwardLifelines: readonly Escape[] = onLink((wrap) => [
  {
    name: "answers of DHCP servers",
    frames: ({ ip4 }) => [
      wrap(ipv4(17, udp(67, 68, data), { destination: ip4 }), 4),
      wrap(ipv4(17, udp(67, 68, data), { destination: ip4, source: "203.0.113.67" }), 4),
      wrap(ipv6(17, udp(547, 546, data), { destination: "fe80::11", source: "fe80::1" }), 6),
    ],
  },
  {
    name: "neighbour discovery",
    frames: () =>
      ["ff02::1", "2001:db8::11"].flatMap((to) =>
        [133, 134, 135, 136].map((type) => wrap(ipv6(58, icmp(type, 0, data), solicit(to)), 6)),
      ),
  },
]);

const question = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0x5e, 0, 0, 0x11, 10, 77, 0, 11, 0, 0, 0, 0, 0, 0, 10, 77, 0, 1];

/** What a quarantine leaves a machine. */
export const lifelines: readonly Escape[] = [
  ...Object.entries(linkWays).map(([way, wrap]): Escape => ({
    name: `ARP, in ${way}`,
    frames: () => [wrap(() => [types.arp, question])([], 4)],
  })),
  ...onLink((wrap) => [
    {
      name: "DHCP",
      frames: () => [
        // As long as a message has to be taken (RFC 2131 2).
        wrap(
          ipv4(17, udp(68, 67, new Array<number>(576).fill(0)), { source: "0.0.0.0", destination: "255.255.255.255" }),
          4,
        ),
        ...["255.255.255.255", "10.77.0.1", "172.20.0.1", "192.168.1.1", "100.64.0.1"].map((destination) =>
          wrap(ipv4(17, udp(68, 67, data), { source: "0.0.0.0", destination }), 4),
        ),
      ],
    },
    {
      name: "DHCP of IPv6",
      frames: () =>
        ["ff02::1:2", "fe80::1"].map((destination) =>
          wrap(ipv6(17, udp(546, 547, data), { source: "fe80::11", destination }), 6),
        ),
    },
    {
      name: "neighbour discovery",
      frames: () =>
        [133, 135, 136].flatMap((type) =>
          ["fe80::1", "ff02::2"].map((to) => wrap(ipv6(58, icmp(type, 0, data), solicit(to)), 6)),
        ),
    },
  ]),
];
