import {
  reflexBudgets,
  reflexHoldMs,
  reflexTcpPorts,
  reflexUdpPorts,
  throttleLimit,
  vectorOf,
  type ReflexBudget,
  type ReflexMode,
} from "@cordon/contract";
import { hidingTypes, throttledWrappings } from "./encapsulation-nft.ts";
import { missesTaken, missParts } from "./miss-nft.ts";
import type { FrameSides } from "./frame-sides.ts";
import { crowdedCounter, isPlaceless, maxPlaces, placeParts, takePlace } from "./place-nft.ts";

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
  throttleFrom: "throttle_from",
  throttleVector: "throttle_vector",
  reflexRules: "reflex_rules",
  reflexExempt: "reflex_exempt",
} as const;

/** Sets into which the kernel itself counts, by machine. */
export const limitCounts = {
  /** Packets stopped by the throttle, by MAC and by `MAC . port`. */
  throttled: "throttle_from_stopped",
  throttledVector: "throttle_vector_stopped",
  /** Packets beyond the budget: passed in dry run, and stopped. */
  reflexPassed: "reflex_passed",
  reflexStopped: "reflex_stopped",
} as const;

/** Named counters over all machines; they change whenever a set of that name does. */
export const reflexCounters = { passed: "reflex_passed", stopped: "reflex_stopped" } as const;

const reflexHeld = "reflex_held";

// A target that was not tried again for so long is a new one.
const contactIdle = "5m";
// 20 machines at 5 new targets a second for five minutes are 30,000.
const maxContacts = 65_536;
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
export function limitParts({ fromOutside, fromInside }: FrameSides): readonly string[] {
  return [
    ...declared("set", limitSets.throttleFrom, "ether_addr", maxElements),
    ...declared("set", limitSets.throttleVector, "ether_addr . inet_service", maxElements),
    ...declared("map", limitSets.reflexRules, "ether_addr : verdict", maxElements),
    ...declared("set", limitSets.reflexExempt, "ether_addr . inet_service", maxElements),
    // Apart: what a worm has reached before it was throttled is to be new again.
    ...contactSets(reflexContacts),
    ...contactSets(throttleContacts),
    // Only machines that are throttled come in here, so none is left out.
    ...kept("throttle_from_rate", "ether_addr", maxElements, contactIdle),
    ...kept("throttle_vector_rate", "ether_addr . inet_service", maxElements, contactIdle),
    ...kept(limitCounts.throttled, "ether_addr", maxElements, "1d"),
    ...kept(limitCounts.throttledVector, "ether_addr . inet_service", maxElements, "1d"),
    ...budgetNames.flatMap((budget) => kept(`reflex_${budget}`, "ether_addr", maxPlaces, contactIdle)),
    // Whoever finds no place in it has his budget still, and is only not kept from it for a minute.
    ...kept(reflexHeld, "ether_addr", maxPlaces, `${reflexHoldMs / 1000}s`),
    // What is counted is no verdict: where these are full, somebody is not named.
    ...kept(limitCounts.reflexPassed, "ether_addr", maxCounted, "1d"),
    ...kept(limitCounts.reflexStopped, "ether_addr", maxCounted, "1d"),
    ...placeParts(),
    ...Object.values(reflexCounters).flatMap((name) => [`counter ${name} {`, "}"]),
    ...chain("reflex_contact", addContact(reflexContacts)),
    ...chain("throttle_contact", addContact(throttleContacts)),
    ...chain("throttle_contact_of_receiver", [
      `update @${throttleContacts}_4 { ether daddr . ip saddr }`,
      `update @${throttleContacts}_6 { ether daddr . ip6 saddr }`,
    ]),
    ...chain("throttle_all_stop", [`update @${limitCounts.throttled} { ether saddr counter }`, "goto stop"]),
    ...chain("throttle_all", [
      ...knownContacts(throttleContacts),
      `update @throttle_from_rate { ether saddr ${over(throttleLimit)} } goto throttle_all_stop`,
      "goto throttle_contact",
    ]),
    ...chain("throttle_port_stop", [
      `update @${limitCounts.throttledVector} { ether saddr . tcp dport counter }`,
      "goto stop",
    ]),
    ...chain("throttle_port", [
      ...knownContacts(throttleContacts),
      `update @throttle_vector_rate { ether saddr . tcp dport ${over(throttleLimit)} } goto throttle_port_stop`,
      "goto throttle_contact",
    ]),
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
      `ether saddr @${reflexHeld} goto reflex_stop`,
      // Takes no place in any set: those that are known need theirs.
      `${over(probationLimit)} counter name "${reflexCounters.stopped}" goto stop`,
      `goto reflex_enforce_tight_own`,
    ]),
    ...chain("reflex", [
      takePlace,
      ...knownContacts(reflexContacts),
      `ether saddr vmap @${limitSets.reflexRules}`,
      verdictOf(defaultReflexRule),
    ]),
    ...chain("reflex_tcp", [`ether saddr . tcp dport @${limitSets.reflexExempt} accept`, "goto reflex"]),
    ...chain("first_tcp", [
      // RFC 1858 3: it writes over the flags of a first fragment that looked established. Of IPv6 no receiver takes such (RFC 5722).
      `ip frag-off & 0x1fff == 1 ether saddr @${limitSets.throttleFrom} goto throttle_all_stop`,
      "tcp flags & (syn | ack) == ack accept",
      `tcp flags & (syn | ack) == (syn | ack) ${fromOutside} tcp sport { ${reflexTcpPorts.join(", ")} } goto reflex_answer`,
      // What is cut so small that its flags cannot be seen goes on; what follows a first fragment says nothing new.
      "tcp flags & (syn | ack) != syn accept",
      "ip frag-off & 0x1fff != 0 accept",
      "frag frag-off != 0 accept",
      `ether saddr @${limitSets.throttleFrom} goto throttle_all`,
      `ether saddr . tcp dport @${limitSets.throttleVector} goto throttle_port`,
      `tcp dport { ${reflexTcpPorts.join(", ")} } ${fromInside} goto reflex_tcp`,
      // On other ports only so that it is known as somebody who is there.
      `${fromInside} ${takePlace}`,
      // Of IPv6 a first fragment may end before the port.
      `meta protocol ip6 ${throttledWrappings}`,
    ]),
    ...chain("first_udp", [
      ...throttledDatagrams,
      `udp dport { ${reflexUdpPorts.join(", ")} } ${fromInside} goto reflex`,
      `udp sport { ${reflexUdpPorts.join(", ")} } ${fromOutside} goto reflex_answer`,
    ]),
    ...chain("first_icmp", [
      ...throttledDatagrams,
      `meta protocol ip icmp type echo-request ${fromInside} goto reflex`,
      `meta protocol ip6 icmpv6 type echo-request ${fromInside} goto reflex`,
      `meta protocol ip icmp type echo-reply ${fromOutside} goto reflex_answer`,
      `meta protocol ip6 icmpv6 type echo-reply ${fromOutside} goto reflex_answer`,
    ]),
    ...chain("first_other", [...throttledDatagrams, throttledWrappings]),
    ...chain("throttle_hidden", [
      `update @throttle_from_rate { ether saddr ${over(throttleLimit)} } goto throttle_all_stop`,
    ]),
  ];
}

/** The last rules of enforcement for all but TCP. What has no transport, ARP for instance, is not looked at. */
export const limitDispatch: readonly string[] = [
  "meta l4proto vmap { udp : goto first_udp, icmp : goto first_icmp, ipv6-icmp : goto first_icmp }",
  "meta protocol { ip, ip6 } goto first_other",
  // Whom it is for cannot be read, so each may be for a new target.
  `meta protocol { ${hidingTypes.join(", ")} } ether saddr @${limitSets.throttleFrom} goto throttle_hidden`,
  `meta protocol { ${hidingTypes.join(", ")} } ${throttledWrappings}`,
];

function budgetChain(mode: ReflexMode, budget: ReflexBudget): string[] {
  const beyond = mode === "dry" ? "reflex_pass" : "reflex_stop";
  const { misses, ...rate } = reflexBudgets[budget];
  const name = `reflex_${mode}_${budget}`;
  return [
    ...chain(`${name}_own`, [
      `ether saddr @${reflexHeld} goto ${beyond}`,
      ...(misses === null ? [] : ["jump reflex_pending", `${missesTaken(misses)} goto ${beyond}`]),
      `update @reflex_${budget} { ether saddr ${over(rate)} } goto ${beyond}`,
      `goto ${misses === null ? "reflex_contact" : "reflex_miss"}`,
    ]),
    ...chain(name, [`${isPlaceless} goto reflex_crowd_${mode}`, `goto ${name}_own`]),
  ];
}

const reflexContacts = "reflex_contacts";
const throttleContacts = "throttle_contacts";

function contactSets(name: string): string[] {
  return [
    ...kept(`${name}_4`, "ether_addr . ipv4_addr", maxContacts, contactIdle),
    ...kept(`${name}_6`, "ether_addr . ipv6_addr", maxContacts, contactIdle),
  ];
}

function knownContacts(name: string): string[] {
  return [
    `ether saddr . ip daddr @${name}_4 update @${name}_4 { ether saddr . ip daddr } accept`,
    `ether saddr . ip6 daddr @${name}_6 update @${name}_6 { ether saddr . ip6 daddr } accept`,
  ];
}

/** Where no place is left the target stays new, and counts again. */
function addContact(name: string): string[] {
  return [`update @${name}_4 { ether saddr . ip daddr }`, `update @${name}_6 { ether saddr . ip6 daddr }`];
}

/** Without a connection to tell by, whoever sends to a throttled machine is no new target of it. */
const throttledDatagrams: readonly string[] = [
  `ether daddr @${limitSets.throttleFrom} jump throttle_contact_of_receiver`,
  `ether saddr @${limitSets.throttleFrom} goto throttle_all`,
];

function over({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }): string {
  return `limit rate over ${perSecond}/second burst ${burst} packets`;
}

function chain(name: string, rules: readonly string[]): string[] {
  return [`chain ${name} {`, ...rules.map((rule) => `\t${rule}`), "}"];
}

function declared(kind: "set" | "map", name: string, type: string, size: number): string[] {
  return [`${kind} ${name} {`, `\ttype ${type}`, `\tsize ${size}`, "}"];
}

function kept(name: string, type: string, size: number, timeout: string): string[] {
  return [`set ${name} {`, `\ttype ${type}`, `\tsize ${size}`, "\tflags dynamic,timeout", `\ttimeout ${timeout}`, "}"];
}
