import {
  reflexBudgets,
  reflexHoldMs,
  reflexTcpPorts,
  reflexUdpPorts,
  vectorOf,
  type ReflexBudget,
  type ReflexMode,
} from "@cordon/contract";
import { throttledWrappings } from "./encapsulation-nft.ts";
import { addContact, chain, contactIdle, contactParts, declared, kept, knownContacts, over } from "./limit-text.ts";
import { missesTaken, missParts } from "./miss-nft.ts";
import type { FrameSides } from "./frame-sides.ts";
import { crowdedCounter, isPlaceless, givePlace, maxPlaces, placeParts, takePlace } from "./place-nft.ts";
import { probationParts, strangersRule } from "./probation-nft.ts";
import {
  answeredTcp,
  isHiding,
  laterFragments,
  throttleCounts,
  throttledDatagrams,
  throttledHiding,
  throttledPort,
  throttledTcp,
  throttledUdp,
  throttleParts,
  throttleSets,
} from "./throttle-nft.ts";

/**
 * The limits on new targets as nft text: the reflex, which holds for every machine whether or not
 * anybody wished for anything, and the throttle of single machines. Nobody's connections are cut: only
 * the first packets towards a target are looked at, and one that was held back may come again.
 *
 * The text never changes with a wish. Which machine has which limit stands in the elements of
 * {@link limitSets}, and no element at all means that the reflex counts and stops nothing.
 */

const reflexModes: readonly ReflexMode[] = ["dry", "enforce"];

/** What the reflex does with one machine, or with all that have no rule of their own. */
export type ReflexRule = "unlimited" | "probation" | `${ReflexMode} ${ReflexBudget}`;

/** What holds where no element says otherwise. */
export const defaultReflexRule = "dry usual" satisfies ReflexRule;

/** What all machines on probation have together, beside the tight budget of each: MACs are easily made up. */
export const probationLimit = { perSecond: 10, burst: 50 } as const;

/** Stands for every machine without a rule of its own. */
export const everyMac = "*";

/** The sets whose elements say who is limited. Their names outlive versions of the skeleton. */
export const limitSets = {
  throttleFrom: throttleSets.from,
  throttleVector: throttleSets.vector,
  reflexRules: "reflex_rules",
  reflexExempt: "reflex_exempt",
} as const;

/** Sets into which the kernel itself counts, by machine. */
export const limitCounts = {
  /** Packets stopped by the throttle, by MAC and by `MAC . port`. */
  throttled: throttleCounts.all,
  throttledVector: throttleCounts.vector,
  /** Packets beyond the budget: passed in dry run, and stopped. */
  reflexPassed: "reflex_passed",
  reflexStopped: "reflex_stopped",
} as const;

/** Named counters over all machines; they change whenever a set of that name does. */
export const reflexCounters = { passed: "reflex_passed", stopped: "reflex_stopped" } as const;

const reflexHeld = "reflex_held";
const reflexContacts = "reflex_contacts";

const maxElements = 65_536;
// Of a day, and each is read with every report.
const maxCounted = 4096;

const budgetNames = Object.keys(reflexBudgets) as ReflexBudget[];

/** The verdict of a rule, as it stands in an element. */
export function verdictOf(rule: ReflexRule): string {
  return rule === "unlimited" ? "accept" : `goto reflex_${rule.replace(" ", "_")}`;
}

const rulesByVerdict: ReadonlyMap<string, ReflexRule> = new Map(
  (
    [
      "unlimited",
      "probation",
      ...reflexModes.flatMap((mode) => budgetNames.map((budget) => `${mode} ${budget}` as const)),
    ] as const
  )
    // What nft writes is what was written.
    .map((rule) => [verdictOf(rule), rule]),
);

/** The rule that an element's verdict stands for; null where it is none of ours. */
export function ruleOf(verdict: string): ReflexRule | null {
  return rulesByVerdict.get(verdict) ?? null;
}

/** A port that the reflex looks at and that is one of mail: declared mail servers are exempt from it. */
export const reflexMailPorts: readonly number[] = reflexTcpPorts.filter((port) => vectorOf(port) === "mail");

/** Sets, counters and chains. A chain `stop` must be there to go to. */
export function limitParts(sides: FrameSides): readonly string[] {
  const { fromOutside, fromInside } = sides;
  return [
    ...throttleParts(),
    ...probationParts(sides),
    ...declared("map", limitSets.reflexRules, "ether_addr : verdict", maxElements),
    ...declared("set", limitSets.reflexExempt, "ether_addr . inet_service", maxElements),
    // Apart: what a worm has reached before it was throttled is to be new again.
    ...contactParts(reflexContacts),
    ...budgetNames.flatMap((budget) => kept(`reflex_${budget}`, "ether_addr", maxPlaces, contactIdle)),
    // Whoever finds no place in it has his budget still, and is only not kept from it for a minute.
    ...kept(reflexHeld, "ether_addr", maxPlaces, `${reflexHoldMs / 1000}s`),
    // What is counted is no verdict: where these are full, somebody is not named.
    ...kept(limitCounts.reflexPassed, "ether_addr", maxCounted, "1d"),
    ...kept(limitCounts.reflexStopped, "ether_addr", maxCounted, "1d"),
    ...placeParts(),
    ...Object.values(reflexCounters).flatMap((name) => [`counter ${name} {`, "}"]),
    ...chain("reflex_contact", addContact(reflexContacts)),
    ...missParts(maxPlaces, reflexContacts),
    ...chain("reflex_pass", [
      `update @${reflexHeld} { ether saddr }`,
      `counter name "${reflexCounters.passed}"`,
      `update @${limitCounts.reflexPassed} { ether saddr counter }`,
    ]),
    ...chain("reflex_stop", [
      `update @${reflexHeld} { ether saddr }`,
      `counter name "${reflexCounters.stopped}"`,
      `update @${limitCounts.reflexStopped} { ether saddr counter }`,
      "goto stop",
    ]),
    ...chain("reflex_crowd_dry", [`counter name "${crowdedCounter}"`, `counter name "${reflexCounters.passed}"`]),
    ...chain("reflex_crowd_enforce", [
      `counter name "${crowdedCounter}"`,
      `counter name "${reflexCounters.stopped}"`,
      "goto stop",
    ]),
    ...reflexModes.flatMap((mode) => budgetNames.flatMap((budget) => budgetChain(mode, budget))),
    ...chain("reflex_probation", [
      knownContacts(reflexContacts),
      `ether saddr @${reflexHeld} goto reflex_stop`,
      // Whoever is beyond it takes no place in any set: those that are known need theirs.
      `${over(probationLimit)} counter name "${reflexCounters.stopped}" goto stop`,
      givePlace,
      "goto reflex_enforce_tight",
    ]),
    ...chain("reflex", [
      takePlace,
      knownContacts(reflexContacts),
      `ether saddr vmap @${limitSets.reflexRules}`,
      verdictOf(defaultReflexRule),
    ]),
    ...chain("reflex_tcp", [`ether saddr . tcp dport @${limitSets.reflexExempt} accept`, "goto reflex"]),
    ...chain("first_tcp", [
      ...answeredTcp(sides),
      strangersRule(sides),
      ...throttledTcp,
      "tcp flags & (syn | ack) == ack accept",
      `tcp flags & (syn | ack) == (syn | ack) ${fromOutside} tcp sport { ${reflexTcpPorts.join(", ")} } goto reflex_answer`,
      // What is cut so small that its flags cannot be seen goes on.
      "tcp flags & (syn | ack) != syn accept",
      ...laterFragments,
      throttledPort,
      `tcp dport { ${reflexTcpPorts.join(", ")} } ${fromInside} goto reflex_tcp`,
      // On other ports only so that it is known as somebody who is there.
      `${fromInside} ${takePlace}`,
      // Of IPv6 a first fragment may end before the port.
      `meta protocol ip6 ${throttledWrappings}`,
    ]),
    ...chain("first_udp", [
      strangersRule(sides),
      ...throttledDatagrams,
      throttledUdp,
      `udp dport { ${reflexUdpPorts.join(", ")} } ${fromInside} goto reflex`,
      `udp sport { ${reflexUdpPorts.join(", ")} } ${fromOutside} goto reflex_answer`,
    ]),
    ...chain("first_icmp", [
      strangersRule(sides),
      ...throttledDatagrams,
      `meta protocol ip icmp type echo-request ${fromInside} goto reflex`,
      `meta protocol ip6 icmpv6 type echo-request ${fromInside} goto reflex`,
      `meta protocol ip icmp type echo-reply ${fromOutside} goto reflex_answer`,
      `meta protocol ip6 icmpv6 type echo-reply ${fromOutside} goto reflex_answer`,
    ]),
    ...chain("first_other", [strangersRule(sides), ...throttledDatagrams, throttledWrappings]),
    ...chain("first_hiding", [strangersRule(sides), ...throttledHiding]),
  ];
}

/** The last rules of enforcement for all but TCP. What has no transport, ARP for instance, is not looked at. */
export const limitDispatch: readonly string[] = [
  "meta l4proto vmap { udp : goto first_udp, icmp : goto first_icmp, ipv6-icmp : goto first_icmp }",
  "meta protocol { ip, ip6 } goto first_other",
  // Whom it is for cannot be read, so each may be for a new target.
  `${isHiding} goto first_hiding`,
];

function budgetChain(mode: ReflexMode, budget: ReflexBudget): string[] {
  const beyond = mode === "dry" ? "reflex_pass" : "reflex_stop";
  const { misses, ...rate } = reflexBudgets[budget];
  return chain(`reflex_${mode}_${budget}`, [
    `${isPlaceless} goto reflex_crowd_${mode}`,
    `ether saddr @${reflexHeld} goto ${beyond}`,
    ...(misses === null ? [] : ["jump reflex_pending", `${missesTaken(misses)} goto ${beyond}`]),
    `update @reflex_${budget} { ether saddr ${over(rate)} } goto ${beyond}`,
    `goto ${misses === null ? "reflex_contact" : "reflex_miss"}`,
  ]);
}
