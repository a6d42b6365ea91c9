/**
 * Conditions that a packet goes where its header says and is whole, as nft text, for what is let out of a
 * quarantine by its address and port: neither a source route (RFC 791 3.1) nor a routing header
 * (RFC 8200 4.4) is to lead it on from there. Kernels take what stands at the beginning of a later
 * fragment for ports.
 */

export const direct4 = "ip hdrlength 5 ip frag-off & 0x3fff == 0";

export function direct6(protocol: "tcp" | "udp" | "ipv6-icmp"): string {
  return `ip6 nexthdr ${protocol}`;
}

/** Addresses of IPv6 that no router carries on (RFC 4291 2.5.6, 2.7): of the link, and of groups on it. */
export const linkOnly6 = "fe80::/10, ff02::/16";
/** The same by an address's first 16 bits, as numbers. */
export const linkOnlyBeginnings6 = "0xfe80-0xfebf, 0xff02";

/** The rules by which all that is not so goes to `end`; of another family than IP nothing does. */
export function unlessDirect(protocol: "tcp" | "udp", end: string): readonly string[] {
  return [
    `ip hdrlength != 5 goto ${end}`,
    `ip frag-off & 0x3fff != 0 goto ${end}`,
    `ip6 nexthdr != ${protocol} goto ${end}`,
  ];
}
