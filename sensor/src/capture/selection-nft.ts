import {
  globalLimit,
  keyIdleMs,
  keysPerRule,
  perAddressLimit,
  newcomerLimit,
  perMacLimit,
  usualProtocols,
  type KeyField,
  type Match,
  type SelectionRule,
} from "./selection.ts";
import type { Mark } from "./frame.ts";
import { logPrefixOf } from "./nflog.ts";

/**
 * The selection as nft text: for each rule a chain that limits per key, per MAC and over all, and
 * hands up what is left. Every packet that fits a rule is counted once, as handed up or as held
 * back, so loss is exact.
 */

/** nft text of one part of a table: declarations and chains, one line an entry. */
export interface NftPart {
  readonly declarations: readonly string[];
  readonly chains: readonly string[];
}

/** A rule of copies as the renderer takes it: what fits, in nft's words, and its limits. */
export interface CopyRule {
  readonly mark: Mark;
  /** Kebab case; names log prefix, sets and counters. */
  readonly name: string;
  /** Alternatives: a packet fits where one of them does. */
  readonly conditions: readonly string[];
  readonly key: readonly KeyField[];
  /** As in {@link SelectionRule}. */
  readonly beyond?: SelectionRule["beyond"] | undefined;
  /** The transport whose ports stand in the key. */
  readonly transport: "tcp" | "udp";
  readonly perMinute: number;
  readonly burst: number;
  readonly snapLength: number;
  /** As in {@link SelectionRule}. */
  readonly chargedTo?: "receiver" | "pair" | undefined;
}

/** Types of ICMP (RFC 792, RFC 1122 3.2.2) and ICMPv6 (RFC 4443 2.1) that report an error. */
export const icmpErrorTypes = { icmp: [3, 4, 5, 11, 12], icmpv6: [1, 2, 3, 4] } as const;

/** Types of ICMP (RFC 792, RFC 950) and ICMPv6 (RFC 4443 4) that ask who is there, and answer that. */
export const pingTypes = { icmp: [0, 8, 13, 14, 17, 18], icmpv6: [128, 129] } as const;

/** Router advertisement, neighbour solicitation and advertisement (RFC 4861 4.2 to 4.4). */
const neighbourTypes = [134, 135, 136] as const;

const flagNames: readonly (readonly [bit: number, name: string])[] = [
  [0x01, "fin"],
  [0x02, "syn"],
  [0x04, "rst"],
  [0x08, "psh"],
  [0x10, "ack"],
  [0x20, "urg"],
];

/** The named counter of copies of a rule that went up. */
export function handedUpCounter(rule: Pick<CopyRule, "mark" | "name">): string {
  return `handed_${identifier(rule)}`;
}

/** The named counter of packets of a rule that a limit held back. */
export function heldBackCounter(rule: Pick<CopyRule, "mark" | "name">): string {
  return `held_${identifier(rule)}`;
}

/** The chain that a packet of a rule is sent to. */
export function copyChain(rule: Pick<CopyRule, "mark" | "name">): string {
  return identifier(rule);
}

/** The selection table as copy rules. */
export function copyRulesOf(selection: readonly SelectionRule[]): CopyRule[] {
  return selection.map((rule) => ({
    mark: rule.beyond === undefined ? "seen" : "flooded",
    name: rule.name,
    conditions: matchesOf(rule).flatMap(conditionsOf),
    key: rule.key,
    beyond: rule.beyond,
    transport: rule.match.kind === "udp" || rule.match.kind === "any-udp" ? "udp" : "tcp",
    perMinute: rule.perMinute,
    burst: rule.burst,
    snapLength: rule.snapLength,
    chargedTo: rule.chargedTo,
  }));
}

/** By what one machine is told from the others where copies are limited: outside a router all have its MAC. */
export type LimitedBy = "mac" | "address";

const newcomers: readonly string[] = [
  "limit newcomers {",
  `\trate over ${newcomerLimit.perSecond}/second burst ${newcomerLimit.burst} packets`,
  "}",
];

/** What all rules of copies share; declared once a table. */
export function sharedLimits(limitedBy: LimitedBy): readonly string[] {
  return [
    ...(limitedBy === "mac" ? keySet("copies_by_mac", "type ether_addr") : []),
    ...(limitedBy === "mac" ? keySet("copies_by_pair", "type ether_addr . ether_addr") : []),
    ...(limitedBy === "mac" ? newcomers : []),
    ...(limitedBy === "address" ? keySet("copies_by_4", "type ipv4_addr") : []),
    ...(limitedBy === "address" ? keySet("copies_by_6", "type ipv6_addr") : []),
    "limit copies {",
    `\trate over ${globalLimit.perSecond}/second burst ${globalLimit.burst} packets`,
    "}",
  ];
}

/** Sets, counters and the chain of one rule. */
export function renderCopyRule(rule: CopyRule, logGroup: number, limitedBy: LimitedBy = "mac"): NftPart {
  const name = identifier(rule);
  const held = `counter name "${heldBackCounter(rule)}" return`;
  const limit = `counter limit rate over ${rule.perMinute}/minute burst ${rule.burst} packets`;
  const keys = keysOf(rule);
  return {
    declarations: [
      `counter ${handedUpCounter(rule)} {`,
      "}",
      `counter ${heldBackCounter(rule)} {`,
      "}",
      ...keys.flatMap((key) => keySet(name + key.suffix, `type ${key.type}`)),
      ...(rule.beyond === undefined ? [] : keys.flatMap((key) => keySet(overSet(rule, key), `type ${key.type}`))),
    ],
    chains: [
      `chain ${copyChain(rule)} {`,
      // A full set ends its own line only: the packet is then not limited by key, but never hidden.
      ...keys.map((key) => `\tupdate @${name}${key.suffix} { ${key.expression} ${limit} } ${held}`),
      ...machineLimits(rule, limitedBy).map((update) => `\t${update} ${held}`),
      `\tlimit name "copies" ${held}`,
      // A threshold above 1 makes the kernel hold copies back for up to a second.
      `\tcounter name "${handedUpCounter(rule)}" log prefix "${logPrefixOf(rule.mark, rule.name)}" group ${logGroup} snaplen ${rule.snapLength} queue-threshold 1`,
      "}",
    ],
  };
}

/** What limits the copies of one machine, all rules together. */
function machineLimits({ chargedTo }: CopyRule, limitedBy: LimitedBy): readonly string[] {
  const end = chargedTo === "receiver" ? "daddr" : "saddr";
  const { perSecond, burst } = limitedBy === "mac" ? perMacLimit : perAddressLimit;
  const limit = `counter limit rate over ${perSecond}/second burst ${burst} packets`;
  if (limitedBy === "mac") {
    const [key, set] =
      chargedTo === "pair" ? ["ether saddr . ether daddr", "copies_by_pair"] : [`ether ${end}`, "copies_by_mac"];
    return [`${key} != @${set} limit name "newcomers"`, `update @${set} { ${key} ${limit} }`];
  }
  return [`update @copies_by_4 { ip ${end} ${limit} }`, `update @copies_by_6 { ip6 ${end} ${limit} }`];
}

/**
 * A line that lets segments of standing connections go at once, which are most of what passes: they carry ACK,
 * and none of SYN, FIN and RST. None where a rule of the selection may want one. What has no flags to read, as a
 * later fragment, goes on to the rules.
 */
export function renderShortcut(selection: readonly SelectionRule[]): string[] {
  const opening = 0x07;
  const ack = 0x10;
  const wantsAny = selection.flatMap(matchesOf).some((match) => {
    if (match.kind !== "tcp") return false;
    const isBare = (match.mask & ack) !== 0 && (match.value & ack) === 0;
    return !isBare && (match.value & match.mask & opening) === 0;
  });
  const ports = selection.flatMap(({ match }) => (match.kind === "tcp-payload" ? match.ports : []));
  if (wantsAny) return [];
  const others = ports.length === 0 ? "" : ` tcp dport != { ${[...new Set(ports)].join(", ")} }`;
  return [`tcp flags & (${flags(opening | ack)}) == ack${others} accept`];
}

function matchesOf({ match, orMatch }: SelectionRule): readonly Match[] {
  return orMatch === undefined ? [match] : [match, orMatch];
}

/** The lines that send packets to the chains of their rules, in order; the first that fits decides. */
export function renderDispatch(rules: readonly CopyRule[]): string[] {
  return rules.flatMap((rule) =>
    rule.conditions.flatMap((condition) =>
      ratesOf(rule, familyOf(condition)).map((rate) => `${condition}${rate} goto ${copyChain(rule)}`),
    ),
  );
}

/** What a packet has to be beyond, by family; nothing where a rule wants all that fit. */
function ratesOf(rule: CopyRule, family: 4 | 6 | null): readonly string[] {
  const { beyond } = rule;
  if (beyond === undefined) return [""];
  const limit = `limit rate over ${beyond.perSecond}/second burst ${beyond.burst} packets`;
  const keys = keysOf(rule).filter(({ suffix }) => family === null || suffix === `_${family}`);
  return keys.map((key) => ` update @${overSet(rule, key)} { ${key.expression} ${limit} }`);
}

// With the protocol, or nft looks for it in the Ethernet header, where behind a tag the tag's own stands.
const icmp = "meta protocol ip icmp";
const icmpv6 = "meta protocol ip6 icmpv6";

/** A condition that is about ICMP is about one family, and nft takes no key of the other. */
function familyOf(condition: string): 4 | 6 | null {
  if (condition.startsWith(icmpv6)) return 6;
  return condition.startsWith(icmp) ? 4 : null;
}

function overSet(rule: CopyRule, key: Key): string {
  return `${identifier(rule)}_rate${key.suffix}`;
}

/** What chain and sets of a rule are called. */
export function identifier(rule: Pick<CopyRule, "mark" | "name">): string {
  return `${rule.mark}_${rule.name.replaceAll("-", "_")}`;
}

/** A set of keys that packets add, and that are forgotten by themselves; `of` is nft's word for what they are. */
export function keySet(name: string, of: string): string[] {
  return [
    `set ${name} {`,
    `\t${of}`,
    `\tsize ${keysPerRule}`,
    "\tflags dynamic,timeout",
    `\ttimeout ${keyIdleMs / 1000}s`,
    "}",
  ];
}

interface Key {
  readonly suffix: string;
  readonly type: string;
  readonly expression: string;
}

/** One key without addresses, else one for each family: a set has one type of address. */
function keysOf(rule: CopyRule): Key[] {
  const families = rule.key.some((field) => field === "source" || field === "destination")
    ? ([4, 6] as const)
    : [0 as const];
  return families.map((family) => ({
    suffix: family === 0 ? "" : `_${family}`,
    type: rule.key.map((field) => keyType(field, family)).join(" . "),
    expression: rule.key.map((field) => keyExpression(field, family, rule.transport)).join(" . "),
  }));
}

function keyType(field: KeyField, family: 0 | 4 | 6): string {
  if (field === "mac") return "ether_addr";
  if (field === "source" || field === "destination") return family === 6 ? "ipv6_addr" : "ipv4_addr";
  return "inet_service";
}

function keyExpression(field: KeyField, family: 0 | 4 | 6, transport: "tcp" | "udp"): string {
  const network = family === 6 ? "ip6" : "ip";
  switch (field) {
    case "mac":
      return "ether saddr";
    case "source":
      return `${network} saddr`;
    case "destination":
      return `${network} daddr`;
    case "source-port":
      return `${transport} sport`;
    case "destination-port":
      return `${transport} dport`;
  }
}

function conditionsOf(match: Match): string[] {
  switch (match.kind) {
    case "tcp": {
      const sequence = match.sequence === undefined ? "" : ` tcp sequence ${match.sequence}`;
      return [`tcp flags & (${flags(match.mask)}) == ${flags(match.value)}${sequence}`];
    }
    case "tcp-payload": {
      const starts = match.starts.map((start) => `0x${Buffer.from(start, "latin1").toString("hex")}`);
      return [`tcp dport { ${match.ports.join(", ")} } @ih,0,32 { ${starts.join(", ")} }`];
    }
    case "icmp-error":
      return [
        `${icmp} type { ${icmpErrorTypes.icmp.join(", ")} }`,
        `${icmpv6} type { ${icmpErrorTypes.icmpv6.join(", ")} }`,
      ];
    case "ping":
      return [`${icmp} type { ${pingTypes.icmp.join(", ")} }`, `${icmpv6} type { ${pingTypes.icmpv6.join(", ")} }`];
    case "neighbour":
      return [`${icmpv6} type { ${neighbourTypes.join(", ")} }`];
    case "any-udp":
      return ["meta l4proto udp"];
    case "other-protocol":
      return [`meta l4proto != { ${usualProtocols.join(", ")} }`];
    case "udp":
      return [`udp sport { ${match.ports.join(", ")} }`, `udp dport { ${match.ports.join(", ")} }`];
    case "arp":
      return ["meta protocol arp"];
    case "pppoe-discovery":
      return ["meta protocol 0x8863"];
  }
}

function flags(bits: number): string {
  if (bits === 0) return "0x0";
  return flagNames
    .filter(([bit]) => (bits & bit) !== 0)
    .map(([, name]) => name)
    .join(" | ");
}
