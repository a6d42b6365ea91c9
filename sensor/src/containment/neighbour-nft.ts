import { direct6, linkOnly6 } from "./direct-nft.ts";

/**
 * Conditions, as nft text: neighbour discovery of these types. 255 proves to whoever gets it that no router passed it on
 * (RFC 4861 7.1); a router that gets it passes it on all the same.
 */
export function neighbourDiscovery(...types: readonly string[]): string {
  // With the protocol, or nft looks for it in the Ethernet header, where behind a tag the tag's own stands.
  return `meta protocol ip6 icmpv6 type { ${types.join(", ")} } ${direct6("ipv6-icmp")} ip6 hoplimit 255`;
}

/** The same of what any machine asks and answers, and of nothing that a router would carry on. */
export const linkQuestions = `${neighbourDiscovery("nd-router-solicit", "nd-neighbor-solicit", "nd-neighbor-advert")} ip6 daddr { ${linkOnly6} }`;
