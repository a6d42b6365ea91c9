import { createHash } from "node:crypto";
import {
  copyChain,
  copyRulesOf,
  handedUpCounter,
  heldBackCounter,
  renderCopyRule,
  renderDispatch,
  renderShortcut,
  sharedLimits,
  type CopyRule,
} from "../capture/selection-nft.ts";
import { renderWrapped, wrappedDispatch } from "../capture/selection-wrapped-nft.ts";
import type { SelectionRule } from "../capture/selection.ts";
import { encapsulationChains, encapsulationRule, encapsulationSetsPart } from "./encapsulation-nft.ts";
import { gatewaySides, lineSides } from "./frame-sides.ts";
import { groupParts } from "./group-nft.ts";
import { barrierParts, gateRule } from "./barrier-nft.ts";
import { leakParts } from "./leak-nft.ts";
import { lifelineParts, lifelines } from "./lifelines-nft.ts";
import { lineCutParts } from "./line-cut-nft.ts";
import { limitDispatch, limitParts, limitSets } from "./limits-nft.ts";
import { pageUncopied, remediesBeforeReset, remedyParts } from "./remedy-nft.ts";
import { sweepFillings, sweepParts } from "./sweep-nft.ts";
import { tagLifelineFillings, tagLifelinesPart, tagLifelinesRule } from "./tag-lifelines-nft.ts";

/**
 * The static part of our table: chains, sets and limits, loaded once. A click changes elements of
 * the named sets and never this text.
 *
 * What a cable passes stays passed, because whatever no rule names is accepted. Frames to the
 * link-local group addresses (802.1X, LLDP) pass only where whoever makes the bridge has set its
 * `group_fwd_mask`, and frames with a bad checksum only where he has set `bridge-nf-call-*` to 0; that
 * is no matter of a ruleset.
 */

export const tableName = "cordon";

/** The sets whose elements are the containments. Their names outlive versions of the skeleton. */
export const containmentSets = {
  quarantineFrom: "quarantine_from",
  quarantineTo: "quarantine_to",
  vectorFrom: "vector_from",
} as const;

/** Counts every packet stopped, over all hosts. */
export const stoppedCounter = "stopped";

/** Counts frames from one port of a gateway to another, none of which passes. */
export const separatedCounter = "separated";

/** The counter whose name carries the version: what is loaded can say what it is. */
export const versionPrefix = "skeleton_";

/**
 * What becomes of what is stopped. `drop`: nobody hears of it. `reset`: TCP of a contained host with a
 * machine beyond the outside port is answered with a reset, so that its programs know at once; all else
 * is dropped. Only a kernel with reject in bridge prerouting takes the text of `reset`.
 */
export type SkeletonRefusal = "drop" | "reset";

export interface SkeletonOptions {
  readonly selection: readonly SelectionRule[];
  /** The log group that the reader opens. */
  readonly logGroup: number;
  /** The bridge's port towards the provider; null where the box itself routes for the machines on the bridge. */
  readonly outsidePort: string | null;
  readonly refusal: SkeletonRefusal;
  /**
   * Whether it is for a line outside the router, where all frames have its MAC and the router may dial by PPPoE: copies
   * are limited by address, and taken out of encapsulations. Default false.
   */
  readonly isOutsideRouter?: boolean;
}

export interface Skeleton {
  readonly refusal: SkeletonRefusal;
  /** The table in nft's words. Loading it over itself changes nothing. */
  readonly text: string;
  /**
   * What is loaded right after it, in a transaction of its own, and only ever after it: the last door, which has nothing to
   * stop while the rest is whole, bounds on sweeps by ARP, lifelines behind two tags, and copies, which stop nothing. All in one would be more than the netlink socket of a user
   * namespace takes at once. The initramfs goes without.
   */
  readonly more: string;
  /** Changes whenever the text does. */
  readonly version: string;
  /** Names of the counters of copies, by the name they are reported under. */
  readonly handedUp: ReadonlyMap<string, string>;
  readonly heldBack: ReadonlyMap<string, string>;
}

/** Both renderings, the better one first. Whoever loads takes the first that the kernel accepts. */
export function renderSkeletons(options: Omit<SkeletonOptions, "refusal">): readonly [reset: Skeleton, drop: Skeleton] {
  return [renderSkeleton({ ...options, refusal: "reset" }), renderSkeleton({ ...options, refusal: "drop" })];
}

const syn: Pick<CopyRule, "conditions"> = { conditions: ["tcp flags & (fin | syn | rst | ack) == syn"] };

/** Names the copies that the page is an answer to. */
export const portalCopyName = "portal";

/**
 * Copies of what our own rules stopped: enough to know what was tried, so that our drop does not
 * look like silence. A UDP pair is copied once a minute, which without connection tracking is its
 * first packet.
 */
const stoppedRules: readonly CopyRule[] = [
  {
    mark: "stopped",
    name: "syn",
    ...syn,
    key: ["source", "destination", "destination-port"],
    transport: "tcp",
    perMinute: 6,
    burst: 5,
    snapLength: 96,
  },
  {
    mark: "stopped",
    name: "udp",
    conditions: ["meta l4proto udp"],
    key: ["source", "destination", "destination-port"],
    transport: "udp",
    perMinute: 1,
    burst: 1,
    snapLength: 96,
  },
  {
    mark: "stopped",
    name: "icmp",
    conditions: ["meta l4proto { icmp, ipv6-icmp }"],
    key: ["source", "destination"],
    transport: "tcp",
    perMinute: 6,
    burst: 5,
    snapLength: 96,
  },
];

/**
 * Copies of what the page of a quarantined machine is an answer to: its packets to port 80 of what a probe was answered
 * with. Some five make a page.
 */
const portalRule: CopyRule = {
  mark: "stopped",
  name: portalCopyName,
  conditions: [],
  key: ["mac"],
  transport: "tcp",
  perMinute: 1200,
  burst: 60,
  // A request's length is in the header; the language that its browser asks for comes within this.
  snapLength: 768,
};

// Far more than a site has machines; each element is about 100 bytes of kernel memory.
const maxElements = 65_536;

const { quarantineFrom, quarantineTo, vectorFrom } = containmentSets;

/**
 * Lets all go on that is neither from nor to a quarantined machine. It is asked this way round because a look-up that
 * finds an element also counts on it, and counted is to be what was stopped, not what was left.
 */
function unlessQuarantined(next: string): string {
  return `ether saddr != @${quarantineFrom} ether daddr != @${quarantineTo} goto ${next}`;
}

/** Renders our table. Enforcement comes before capture: what is captured as `seen` got through. */
export function renderSkeleton(options: SkeletonOptions): Skeleton {
  const { selection, logGroup, outsidePort, refusal, isOutsideRouter = false } = options;
  const limitedBy = isOutsideRouter ? "address" : "mac";
  const partsOf = (some: readonly CopyRule[]) => {
    const parts = some.map((rule) => renderCopyRule(rule, logGroup, limitedBy));
    return [...parts.flatMap(({ declarations }) => declarations), ...parts.flatMap(({ chains }) => chains)];
  };
  const seenRules = copyRulesOf(selection);
  const rules = [...stoppedRules, portalRule, ...seenRules];
  const sides = outsidePort === null ? gatewaySides : lineSides(outsidePort);
  // A gateway ends no tags, and outside the router nobody is quarantined.
  const hasTags = !sides.isGateway && !isOutsideRouter;
  const lines = [
    `counter ${stoppedCounter} {`,
    "}",
    ...elementSet(containmentSets.quarantineFrom, "ether_addr"),
    ...elementSet(containmentSets.quarantineTo, "ether_addr"),
    ...elementSet(containmentSets.vectorFrom, "ether_addr . inet_service"),
    ...(refusal === "reset" && outsidePort !== null ? beyondSet : []),
    ...sharedLimits(limitedBy),
    ...partsOf([...stoppedRules, portalRule]),
    "chain copy_stopped {",
    ...stoppedRules.flatMap((rule) => rule.conditions.map((condition) => `\t${condition} goto ${copyChain(rule)}`)),
    "}",
    "chain stop {",
    "\tjump copy_stopped",
    `\tcounter name "${stoppedCounter}" drop`,
    "}",
    ...(refusal === "reset" ? refusalChains(outsidePort) : []),
    ...(outsidePort === null ? separation : []),
    ...sweepParts(),
    ...encapsulationSetsPart(maxElements),
    ...encapsulationChains("stop"),
    ...limitParts(sides),
    "chain quarantined {",
    `\tether saddr @${quarantineFrom} goto stop`,
    `\tether daddr @${quarantineTo} goto stop`,
    // It was in a set when it came here.
    "\tgoto stop",
    "}",
    ...lifelineParts(sides, quarantineFrom, maxElements),
    ...remedyParts({
      from: containmentSets.quarantineFrom,
      end: "quarantined",
      nextTcp: "allowed_tcp",
      nextOther: "allowed_other",
      portalCopies: copyChain(portalRule),
      isGateway: sides.isGateway,
      lifelines: hasTags ? [tagLifelinesRule] : [],
    }),
    ...(hasTags ? tagLifelinesPart : []),
    ...barrierParts(sides),
    ...lineCutParts(sides),
    "chain enforce_tcp {",
    `\t${unlessQuarantined("allowed_tcp")}`,
    "\tgoto quarantined_tcp",
    "}",
    "chain allowed_tcp {",
    `\tether saddr . tcp dport @${vectorFrom} goto stop`,
    // IPv4 that is known as TCP is inside nothing.
    `\tmeta protocol ip6 ${encapsulationRule("stop")}`,
    `\t${gateRule}`,
    "\tgoto first_tcp",
    "}",
    "chain allowed_other {",
    `\t${encapsulationRule("stop")}`,
    `\t${gateRule}`,
    ...limitDispatch.map((line) => `\t${line}`),
    "}",
    ...sides.hooks.flatMap((hook) => [
      `chain ${hook === "forward" ? "enforce" : `enforce_${hook}`} {`,
      `\ttype filter hook ${hook} priority -200; policy accept;`,
      ...(hook === "output" && refusal === "reset" ? [`\t${ownResets}`] : []),
      // Most of what passes, and no lifeline.
      "\tmeta l4proto tcp goto enforce_tcp",
      ...lifelines(sides, quarantineFrom).map((line) => `\t${line}`),
      `\t${unlessQuarantined("allowed_other")}`,
      "\tgoto quarantined_other",
      "}",
    ]),
    ...groupParts(sides),
  ];
  const wrapped = isOutsideRouter ? renderWrapped(selection, logGroup) : { declarations: [], chains: [] };
  const moreLines = [
    ...sweepFillings(sides, limitSets.throttleFrom),
    ...(hasTags ? tagLifelineFillings(sides, quarantineFrom) : []),
    ...leakParts(sides, containmentSets, hasTags),
    ...partsOf(seenRules),
    ...wrapped.declarations,
    ...wrapped.chains,
    ...sides.hooks.flatMap((hook) => [
      `chain ${hook === "forward" ? "capture" : `capture_${hook}`} {`,
      `\ttype filter hook ${hook} priority -100; policy accept;`,
      ...(hook === "output" ? [`\t${pageUncopied}`] : []),
      ...renderShortcut(selection).map((line) => `\t${line}`),
      ...(isOutsideRouter ? [`\t${wrappedDispatch.rule}`] : []),
      ...renderDispatch(seenRules).map((line) => `\t${line}`),
      "}",
    ]),
  ];
  const version = createHash("sha256")
    .update([...lines, ...moreLines].join("\n"))
    .digest("hex")
    .slice(0, 12);
  return {
    refusal,
    version,
    text: tableText([`counter ${versionPrefix}${version} {`, "}", ...lines]),
    more: tableText(moreLines),
    handedUp: new Map(rules.map((rule) => [reportedName(rule), handedUpCounter(rule)])),
    heldBack: new Map(rules.map((rule) => [reportedName(rule), heldBackCounter(rule)])),
  };
}

function tableText(lines: readonly string[]): string {
  return [`table bridge ${tableName} {`, ...lines.map((line) => `\t${line}`), "}", ""].join("\n");
}

/** Rules of stopped packets share names with those of the selection, so theirs begin with "stopped-". */
function reportedName(rule: CopyRule): string {
  return rule.mark === "stopped" ? `stopped-${rule.name}` : rule.name;
}

// Far more than routers and their radio clients; one that finds no place is dropped for, not reset for.
const maxBeyond = 4096;

/** MACs heard on the outside port, learned by the kernel itself. */
const beyondSet: readonly string[] = [
  "set beyond {",
  "\ttype ether_addr",
  `\tsize ${maxBeyond}`,
  "\tflags dynamic,timeout",
  "\ttimeout 10m",
  "}",
];

const learnBeyond: readonly string[] = [
  "chain learn_beyond {",
  // Senders are single machines: the bridge takes no frame from a group address.
  "\tupdate @beyond { ether saddr }",
  "}",
];

/**
 * A reset of ours goes out by the hook that looks at what comes back, and says nothing of who made it. What a far machine
 * could say by one is no more than that.
 */
const ownResets = "tcp flags & (fin | syn | rst) == rst ip length 40 accept";

/** Machines on different ports of a gateway hear nothing of one another; on one port they may hang on one switch. */
const separation: readonly string[] = [
  `counter ${separatedCounter} {`,
  "}",
  "chain separate {",
  "\ttype filter hook forward priority -200; policy drop;",
  `\tcounter name "${separatedCounter}"`,
  "}",
];

/**
 * Resets. The kernel can only make them before it has decided where a frame goes, so `beyond` says
 * which frames are ours to carry: one that a switch merely flooded to us is nobody's to refuse. A reset
 * leaves by the port the frame came in by, in the far machine's name; the far side gets none. None of
 * the lifelines is TCP, remedies are let by, and what is stopped here never comes to `enforce`: nothing is counted twice.
 *
 * Fragments, resets and frames with a bad checksum are dropped without an answer; so are, or with a
 * wrong one, frames that were filled up to Ethernet's least, for instance a SYN without any option: the
 * kernel takes the filling for a part of the segment. Behind two tags it knows no TCP; such frames are
 * left to `enforce`.
 */
function refusalChains(outsidePort: string | null): readonly string[] {
  return [
    ...(outsidePort === null ? [] : learnBeyond),
    "chain refuse {",
    "\tjump copy_stopped",
    `\tcounter name "${stoppedCounter}" reject with tcp reset`,
    "}",
    "chain refuse_vectors {",
    `\tether saddr . tcp dport @${vectorFrom} goto refuse`,
    "}",
    "chain refuse_tcp {",
    `\tether saddr != @${quarantineFrom} goto refuse_vectors`,
    ...remediesBeforeReset("refuse_vectors", outsidePort === null).map((rule) => `\t${rule}`),
    `\tether saddr @${quarantineFrom} goto refuse`,
    "}",
    "chain enforce_early {",
    ...(outsidePort === null
      ? // What the bridge hands to the box is the box's to refuse.
        ["\ttype filter hook input priority -210; policy accept;"]
      : [
          "\ttype filter hook prerouting priority -200; policy accept;",
          `\tiifname "${outsidePort}" goto learn_beyond`,
          "\tether daddr != @beyond accept",
        ]),
    // Never by `!=`: what has no protocol that the kernel knows meets neither.
    "\tmeta l4proto tcp goto refuse_tcp",
    "}",
  ];
}

function elementSet(name: string, type: string): string[] {
  return [`set ${name} {`, `\ttype ${type}`, `\tsize ${maxElements}`, "\tcounter", "}"];
}
