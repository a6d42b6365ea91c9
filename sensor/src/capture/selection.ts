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
  /** Questions of ICMP and ICMPv6 whether anybody is there, and their answers: echo, timestamp, address mask (RFC 792, RFC 950). */
  | { readonly kind: "ping" }
  /** Neighbour discovery in which machines and routers say who they are (RFC 4861 4.2 to 4.4). */
  | { readonly kind: "neighbour" }
  /** UDP with one of these ports on either end. */
  | { readonly kind: "udp"; readonly ports: readonly number[] }
  /** All UDP that no rule before it took. */
  | { readonly kind: "any-udp" }
  /** Protocols over IP beside those of {@link usualProtocols}. */
  | { readonly kind: "other-protocol" }
  | { readonly kind: "arp" }
  /** Frames by which PPPoE finds a provider (RFC 2516 5). */
  | { readonly kind: "pppoe-discovery" };

export interface SelectionRule {
  /** Names the rule in log prefixes and counters. */
  readonly name: string;
  readonly match: Match;
  /** Another way to fit, where nothing is wrapped; absent: none. One more rule is ten times as dear to the kernel. */
  readonly orMatch?: Match;
  /** A key that exceeds its limit is counted and not handed up. */
  readonly key: readonly KeyField[];
  /** Only what a key has beyond this rate fits, and is marked as a flood; absent: everything. */
  readonly beyond?: { readonly perSecond: number; readonly burst: number };
  readonly perMinute: number;
  readonly burst: number;
  /** Bytes handed up, from the network header on. */
  readonly snapLength: number;
  /**
   * Whose MAC the limit per MAC counts a copy against; absent: the sender's. Answers count against
   * the machine that they answer: all that come from the Internet have the gateway's MAC, and a worm
   * whose targets refuse would use up its allowance and make every other machine look unanswered.
   * Where nothing tells an answer from a question, the pair of both MACs has an allowance of its own.
   */
  readonly chargedTo?: "receiver" | "pair";
  /**
   * Not looked for behind two tags and in PPPoE sessions, where each rule costs six chains and the kernel
   * takes a ruleset only up to a size; absent: everywhere.
   */
  readonly isPlainOnly?: true;
}

/**
 * What other rules choose from, and tunnels, which may carry the whole of an office: ICMP, IGMP, IP in IP, TCP, UDP, IPv6
 * in IP, GRE, ESP, AH, ICMPv6, and what has no next header.
 */
export const usualProtocols: readonly number[] = [1, 2, 4, 6, 17, 41, 47, 50, 51, 58, 59];

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
    // A page opens 30 connections at one server, a download tool 16; what has 50 a second for seconds is no person's.
    name: "syn-flood",
    match: { kind: "tcp", mask: fin | syn | rst | ack, value: syn },
    key: ["source", "destination", "destination-port"],
    beyond: { perSecond: 50, burst: 500 },
    perMinute: 12,
    burst: 3,
    snapLength: headersOnly,
    isPlainOnly: true,
  },
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
    // A RST without ACK answers a segment of no connection: probes by ACK, or by FIN with ACK.
    orMatch: { kind: "tcp", mask: rst | ack, value: rst },
    key: ["source", "destination", "source-port"],
    perMinute: 6,
    burst: 5,
    snapLength: headersOnly,
    chargedTo: "receiver",
  },
  {
    // After its first segment everything a stack sends carries ACK (RFC 9293 3.10.7.4).
    name: "odd-flags",
    match: { kind: "tcp", mask: syn | rst | ack, value: 0 },
    orMatch: { kind: "tcp", mask: fin | syn, value: fin | syn },
    key: ["source", "destination", "destination-port"],
    perMinute: 6,
    burst: 2,
    snapLength: headersOnly,
    isPlainOnly: true,
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
  {
    name: "ping-flood",
    match: { kind: "ping" },
    key: ["source", "destination"],
    beyond: { perSecond: 50, burst: 200 },
    perMinute: 12,
    burst: 3,
    snapLength: headersOnly,
    isPlainOnly: true,
  },
  {
    name: "ping",
    match: { kind: "ping" },
    key: ["source", "destination"],
    perMinute: 6,
    burst: 2,
    snapLength: headersOnly,
    chargedTo: "pair",
    isPlainOnly: true,
  },
  {
    // A call has 100 datagrams a second either way; a tunnel has thousands, and is answered.
    name: "udp-flood",
    match: { kind: "any-udp" },
    key: ["source", "destination"],
    beyond: { perSecond: 500, burst: 1000 },
    perMinute: 12,
    burst: 3,
    snapLength: headersOnly,
    isPlainOnly: true,
  },
  {
    // Multicast DNS, NetBIOS and LLMNR: a machine that starts says its name a few times, and what it offers.
    name: "names",
    match: { kind: "udp", ports: [137, 5353, 5355] },
    key: ["source", "destination", "destination-port"],
    perMinute: 6,
    burst: 6,
    snapLength: 1500,
    chargedTo: "pair",
    isPlainOnly: true,
  },
  {
    // The beginning of every conversation, either way; streams of calls and downloads are held back.
    name: "udp",
    match: { kind: "any-udp" },
    key: ["source", "destination", "destination-port"],
    perMinute: 2,
    burst: 2,
    snapLength: headersOnly,
    chargedTo: "pair",
    isPlainOnly: true,
  },
  {
    name: "neighbour",
    match: { kind: "neighbour" },
    key: ["mac"],
    perMinute: 60,
    burst: 30,
    snapLength: headersOnly,
    isPlainOnly: true,
  },
  {
    // Whoever goes through the protocols of a machine, or through ports of SCTP, which offices do not have.
    name: "other-protocol",
    match: { kind: "other-protocol" },
    key: ["source", "destination"],
    perMinute: 60,
    burst: 40,
    snapLength: headersOnly,
    isPlainOnly: true,
  },
  { name: "arp", match: { kind: "arp" }, key: ["mac"], perMinute: 600, burst: 300, snapLength: 64 },
  {
    name: "pppoe-discovery",
    match: { kind: "pppoe-discovery" },
    key: ["mac"],
    perMinute: 60,
    burst: 20,
    snapLength: 64,
    isPlainOnly: true,
  },
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
