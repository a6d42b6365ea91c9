import { direct4, direct6 } from "./direct-nft.ts";

/**
 * What asking for an address and being given one looks like, as nft text (RFC 2131, RFC 8415), and no more of it: whoever
 * lets it by where all else is stopped lets by packets that may carry anything.
 */

/** Bytes behind the IP header, which says what is carried on, whatever UDP says of itself: a message of 576 bytes (RFC 2131 2) and some. */
export const longest = 608;

/** Conditions: a packet is no longer than that. */
export const short4 = `ip length <= ${longest + 20}`;
export const short6 = `ip6 length <= ${longest}`;

/**
 * Whom a machine of the site may ask: everybody, private addresses (RFC 1918), and those that providers and campuses share out
 * behind their own translation (RFC 6598).
 */
const servers4 = "255.255.255.255, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10";
/** The same, as numbers. */
export const serverRanges4 =
  "0xffffffff, 0x0a000000-0x0affffff, 0xac100000-0xac1fffff, 0xc0a80000-0xc0a8ffff, 0x64400000-0x647fffff";

/** Conditions: a question to everybody, or to a server of the site or of the provider's own. */
export const siteQuestions = [
  `udp sport 68 udp dport 67 ${direct4} ${short4} ip daddr { ${servers4} }`,
  `udp sport 546 udp dport 547 ${direct6("udp")} ${short6} ip6 daddr { ff02::1:2, fe80::/10 }`,
] as const;

/** Conditions: a question to whatever server. */
export const anyQuestions = [`udp sport 68 udp dport 67 ${short4}`, `udp sport 546 udp dport 547 ${short6}`] as const;
