import { perAddressLimit, type KeyField, type Match } from "./selection.ts";
import {
  handedUpCounter,
  heldBackCounter,
  icmpErrorTypes,
  identifier,
  keySet,
  pingTypes,
  type NftPart,
} from "./selection-nft.ts";
import type { SelectionRule } from "./selection.ts";
import { logPrefixOf } from "./nflog.ts";

/**
 * The selection inside encapsulations: a PPPoE session, plain or behind one tag, and what stands behind two tags. There
 * the kernel knows no protocol, so everything is read by its place in the frame. It is the same table of rules with the
 * same counters; a rule that is about ARP or about the frame's own MAC has nothing to say there.
 *
 * IPv4 with options and IPv6 with extension headers are not followed: few machines send them, and what is not copied is
 * not stopped either. No rule mixes a place in the frame with a field of the Ethernet header or with the protocol: nft
 * joins the first two into one comparison and reads the wrong bytes, and dies of listing the other.
 */

interface Layout {
  readonly name: string;
  /** What the kernel takes for the protocol, once it has taken the outermost tag out. */
  readonly protocol: number;
  /** Where IP begins, in bytes behind the outermost header. */
  readonly begin: number;
  /** Conditions on what stands before IP, by family. */
  readonly head: (family: 4 | 6) => string;
}

/** RFC 2516 4 and RFC 1661 2: version, type and code of a session, then the protocol of PPP. */
function session(at: number, family: 4 | 6): string {
  return `${bits(at, 16)} 0x1100 ${bits(at + 6, 16)} ${family === 4 ? "0x0021" : "0x0057"}`;
}

const layouts: readonly Layout[] = [
  { name: "session", protocol: 0x8864, begin: 8, head: (family) => session(0, family) },
  {
    name: "two_tags",
    protocol: 0x8100,
    begin: 4,
    head: (family) => `${bits(2, 16)} ${family === 4 ? "0x0800" : "0x86dd"}`,
  },
  {
    name: "session_two_tags",
    protocol: 0x8100,
    begin: 12,
    head: (family) => `${bits(2, 16)} 0x8864 ${session(4, family)}`,
  },
];

const families = [4, 6] as const;
type Family = (typeof families)[number];

/** Sends what is encapsulated on to its rules, which these chains begin; everything else passes this line by. */
export const wrappedDispatch = {
  rule: "meta protocol vmap { 0x8100 : goto wrapped_tags, 0x8864 : goto wrapped_session }",
  chains: ["wrapped_tags", "wrapped_session"],
} as const;

/** Sets and chains that {@link wrappedDispatch} needs. */
export function renderWrapped(selection: readonly SelectionRule[], logGroup: number): NftPart {
  const rules = selection.filter(
    ({ key, match, isPlainOnly = false }) => match.kind !== "arp" && !key.includes("mac") && !isPlainOnly,
  );
  return {
    declarations: [
      ...families.flatMap((family) => keySet(limitSet(family), `typeof ${bits(0, addressBits(family))}`)),
      ...rules.flatMap((rule) =>
        families.flatMap((family) =>
          keySet(
            ruleSet(rule, family),
            `typeof ${rule.key.map((field) => bits(0, widthOf(field, family))).join(" . ")}`,
          ),
        ),
      ),
    ],
    chains: [
      ...layouts.flatMap((layout) =>
        families.flatMap((family) => [
          ...rules.flatMap((rule) => copyChain(rule, layout, family, logGroup)),
          ...dispatchChain(rules, layout, family),
        ]),
      ),
      ...entryChain("wrapped_session", 0x8864),
      ...entryChain("wrapped_tags", 0x8100),
    ],
  };
}

function entryChain(name: string, protocol: number): readonly string[] {
  const here = layouts.filter((layout) => layout.protocol === protocol);
  return [
    `chain ${name} {`,
    ...here.flatMap((layout) =>
      families.map((family) => `\t${layout.head(family)} goto wrapped_${layout.name}_${family}`),
    ),
    "}",
  ];
}

function dispatchChain(rules: readonly SelectionRule[], layout: Layout, family: Family): readonly string[] {
  const { begin } = layout;
  return [
    `chain wrapped_${layout.name}_${family} {`,
    // Any other length of header, and everything is somewhere else; a later fragment has no ports.
    ...(family === 4 ? [`\t${bits(begin, 8)} != 0x45 return`, `\t${bits(begin + 6, 13, 3)} != 0 return`] : []),
    ...rules.flatMap((rule) =>
      conditionsOf(rule.match, begin, family).map((fits) => `\t${fits} goto ${chainName(rule, layout, family)}`),
    ),
    "}",
  ];
}

function copyChain(rule: SelectionRule, layout: Layout, family: Family, logGroup: number): readonly string[] {
  const { begin } = layout;
  const counted = { mark: "seen", name: rule.name } as const;
  const held = `counter name "${heldBackCounter(counted)}" return`;
  const key = rule.key.map((field) => bits(...placeOf(field, begin, family))).join(" . ");
  const [limitedAt, limitedBits] = placeOf(rule.chargedTo === "receiver" ? "destination" : "source", begin, family);
  const limit = (per: string, burst: number) => `counter limit rate over ${per} burst ${burst} packets`;
  return [
    `chain ${chainName(rule, layout, family)} {`,
    `\tupdate @${ruleSet(rule, family)} { ${key} ${limit(`${rule.perMinute}/minute`, rule.burst)} } ${held}`,
    `\tupdate @${limitSet(family)} { ${bits(limitedAt, limitedBits)} ${limit(`${perAddressLimit.perSecond}/second`, perAddressLimit.burst)} } ${held}`,
    `\tlimit name "copies" ${held}`,
    `\tcounter name "${handedUpCounter(counted)}" log prefix "${logPrefixOf("seen", rule.name)}" group ${logGroup} snaplen ${rule.snapLength + begin} queue-threshold 1`,
    "}",
  ];
}

function chainName(rule: SelectionRule, layout: Layout, family: Family): string {
  return `${ruleSet(rule, family)}_${layout.name}`;
}

function ruleSet(rule: SelectionRule, family: Family): string {
  return `${identifier({ mark: "seen", name: rule.name })}_wrapped_${family}`;
}

function limitSet(family: Family): string {
  return `copies_by_wrapped_${family}`;
}

function conditionsOf(match: Match, begin: number, family: Family): readonly string[] {
  const protocol = bits(begin + (family === 4 ? 9 : 6), 8);
  const transport = begin + (family === 4 ? 20 : 40);
  switch (match.kind) {
    case "tcp": {
      const flags = `${bits(transport + 13, 8)} & ${match.mask} == ${match.value}`;
      const sequence = match.sequence === undefined ? "" : ` ${bits(transport + 4, 32)} ${match.sequence}`;
      return [`${protocol} 6 ${flags}${sequence}`];
    }
    case "tcp-payload": {
      const starts = match.starts.map((start) => `0x${Buffer.from(start, "latin1").toString("hex")}`).join(", ");
      const to = `${protocol} 6 ${bits(transport + 2, 16)} { ${match.ports.join(", ")} }`;
      // Without options, and with the time stamps that most systems add: there are no others once a connection stands.
      return [5, 8].map(
        (words) => `${to} ${bits(transport + 12, 4)} ${words} ${bits(transport + words * 4, 32)} { ${starts} }`,
      );
    }
    case "icmp-error": {
      const [number, types] = family === 4 ? [1, icmpErrorTypes.icmp] : [58, icmpErrorTypes.icmpv6];
      return [`${protocol} ${number} ${bits(transport, 8)} { ${types.join(", ")} }`];
    }
    case "ping": {
      const [number, types] = family === 4 ? [1, pingTypes.icmp] : [58, pingTypes.icmpv6];
      return [`${protocol} ${number} ${bits(transport, 8)} { ${types.join(", ")} }`];
    }
    case "any-udp":
      return [`${protocol} 17`];
    case "udp":
      return [0, 2].map((place) => `${protocol} 17 ${bits(transport + place, 16)} { ${match.ports.join(", ")} }`);
    case "arp":
    case "pppoe-discovery":
    case "neighbour":
    case "other-protocol":
      return [];
  }
}

function placeOf(field: KeyField, begin: number, family: Family): readonly [at: number, size: number] {
  const transport = begin + (family === 4 ? 20 : 40);
  const size = widthOf(field, family);
  switch (field) {
    case "source":
      return [begin + (family === 4 ? 12 : 8), size];
    case "destination":
      return [begin + (family === 4 ? 16 : 24), size];
    case "source-port":
      return [transport, size];
    case "destination-port":
    case "mac":
      return [transport + 2, size];
  }
}

function widthOf(field: KeyField, family: Family): number {
  return field === "source" || field === "destination" ? addressBits(family) : 16;
}

function addressBits(family: Family): number {
  return family === 4 ? 32 : 128;
}

/** So many bits from a byte on, behind the outermost header. */
function bits(byte: number, size: number, skipped = 0): string {
  return `@nh,${byte * 8 + skipped},${size}`;
}
