/**
 * Which packets are handed up for judging, and how often per key: one table with two back ends.
 * `selection-nft.ts` renders it for the kernel, `selector.ts` applies it to capture files, so that
 * live and replay judge the same packets. The first rule that fits a packet decides.
 */

/** What a limit is counted by. `mac` is the frame's source. */
export type KeyField = "mac" | "source" | "destination" | "source-port" | "destination-port";

export type Match =
  /** TCP flags: `flags & mask === value`; with `sequence` the sequence number has to be that too. */
  | { readonly kind: "tcp"; readonly mask: number; readonly value: number; readonly sequence?: number }
  /** The first four bytes of a TCP payload towards one of these ports. */
  | { readonly kind: "tcp-payload"; readonly ports: readonly number[]; readonly starts: readonly string[] }
  /** ICMP and ICMPv6 types that report an error (RFC 792, RFC 4443). */
  | { readonly kind: "icmp-error" }
  /** UDP with one of these ports on either end. */
  | { readonly kind: "udp"; readonly ports: readonly number[] }
  | { readonly kind: "arp" };

export interface SelectionRule {
  /** Names the rule in log prefixes and counters. */
  readonly name: string;
  readonly match: Match;
  /** A key that exceeds its limit is counted and not handed up. */
  readonly key: readonly KeyField[];
  readonly perMinute: number;
  readonly burst: number;
  /** Bytes handed up, from the network header on. */
  readonly snapLength: number;
  /**
   * Whose MAC the limit per MAC counts a copy against; absent: the sender's. Answers count against
   * the machine that they answer: all that come from the Internet have the gateway's MAC, and a worm
   * whose targets refuse would use up its allowance and make every other machine look unanswered.
   */
  readonly chargedTo?: "receiver";
}

const fin = 0x01;
const syn = 0x02;
const rst = 0x04;
const ack = 0x10;

const headersOnly = 96;

/**
 * Repeats of a SYN are limited per contact, not dropped after the first: a retry storm of 500
 * becomes five copies and an exact counter, a scan of 200 targets stays 200 copies.
 */
export const selection: readonly SelectionRule[] = [
  {
    name: "syn",
    match: { kind: "tcp", mask: fin | syn | rst | ack, value: syn },
    key: ["source", "destination", "destination-port"],
    perMinute: 6,
    burst: 5,
    snapLength: headersOnly,
  },
  {
    name: "syn-ack",
    match: { kind: "tcp", mask: fin | syn | rst | ack, value: syn | ack },
    key: ["source", "destination", "source-port"],
    perMinute: 6,
    burst: 5,
    snapLength: headersOnly,
    chargedTo: "receiver",
  },
  {
    // A RST that refuses a SYN carries sequence number 0 (RFC 9293 3.10.7.1).
    name: "refusal",
    match: { kind: "tcp", mask: rst, value: rst, sequence: 0 },
    key: ["source", "destination", "source-port"],
    perMinute: 6,
    burst: 5,
    snapLength: headersOnly,
    chargedTo: "receiver",
  },
  {
    name: "smtp",
    match: {
      kind: "tcp-payload",
      ports: [25, 465, 587, 2525],
      starts: ["EHLO", "HELO", "MAIL", "RCPT", "ehlo", "helo", "mail", "rcpt"],
    },
    key: ["source", "destination", "destination-port"],
    perMinute: 30,
    burst: 20,
    snapLength: 256,
  },
  {
    name: "icmp-error",
    match: { kind: "icmp-error" },
    key: ["destination"],
    perMinute: 600,
    burst: 200,
    snapLength: 160,
    chargedTo: "receiver",
  },
  {
    // Per pair, since all answers of a resolver have its one MAC: a machine that asks without end must
    // not silence the answers to the others.
    name: "dns",
    match: { kind: "udp", ports: [53] },
    key: ["source", "destination"],
    perMinute: 1200,
    burst: 300,
    snapLength: 1500,
  },
  { name: "dhcp", match: { kind: "udp", ports: [67, 68] }, key: ["mac"], perMinute: 60, burst: 30, snapLength: 600 },
  { name: "arp", match: { kind: "arp" }, key: ["mac"], perMinute: 600, burst: 300, snapLength: 64 },
];

/** No machine may blind the judge for the others: copies per MAC (see `chargedTo`), all rules together. */
export const perMacLimit = { perSecond: 200, burst: 400 } as const;

/**
 * The same by address, where all frames have the router's MAC: outside it, and in a session. Its one IPv4 address stands
 * for every machine of the office, so it may have as much as ten of them.
 */
export const perAddressLimit = { perSecond: 2000, burst: 4000 } as const;

/**
 * MACs that have no allowance yet are given one at this pace, all together: made-up ones would else have one each,
 * and a judge that makes a record of each has no time for anybody. An office that wakes up is within the burst.
 */
export const newcomerLimit = { perSecond: 50, burst: 200 } as const;

/** What the reader sustains with room to spare; above it the kernel counts and drops copies. */
export const globalLimit = { perSecond: 20_000, burst: 20_000 } as const;

/** How many keys a rule remembers; a full table means new keys pass uncounted, never that they are hidden. */
export const keysPerRule = 4096;

/** After this long without a packet a key is forgotten. */
export const keyIdleMs = 60_000;

/** The kernel's log group for our copies; nobody else's default. */
export const defaultLogGroup = 71;
