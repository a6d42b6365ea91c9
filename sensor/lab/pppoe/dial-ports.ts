import { sessionUnit } from "./ppp-session.ts";

/** Ports at either end of a line with PPPoE: the line's, the one that has IP, and where that one's packets are taken off. */
export const dialPorts = { line: "wan0", ip: "ppp0", far: "ppp0far" } as const;

/** Of the port that has IP. A link of PPP has no MACs, and what stands in for one needs them all the same. */
export const standInMac = "02:00:00:00:50:50";

/** What is set up at one end, as text for `ip -batch`: a port from one address to the other. */
export function dialSetUp(own: string, peer: string): readonly string[] {
  const { line, ip, far } = dialPorts;
  return [
    `link set ${line} up`,
    `link set ${far} up`,
    // One packet at a time, none larger than a session takes, and nobody is asked for a MAC.
    `link set ${ip} mtu ${sessionUnit} gso_max_segs 1 arp off up`,
    `address add ${own} peer ${peer}/32 dev ${ip}`,
  ];
}

/** What a router has connections begin with whose line takes less than its machines think, as nft's text. */
export const clampRules = `table ip mss {
  chain forward {
    type filter hook forward priority mangle; policy accept;
    tcp flags syn tcp option maxseg size set ${sessionUnit - 40}
  }
}
`;
