import { barrierPorts } from "@cordon/contract";
import { barrierCounts, barrierSets, everyPacket, gateVerdicts, isHideable, modeOf, wayOf } from "./barrier-nft.ts";
import { claimCounters, claimedNames } from "./claims-nft.ts";
import { encapsulationSets, hiddenCount, marksWith } from "./encapsulation-nft.ts";
import { groupCounters, stormSenders } from "./group-nft.ts";
import { everyMac, limitCounts, limitSets, reflexCounters, ruleOf } from "./limits-nft.ts";
import { lineShutSet } from "./line-cut-nft.ts";
import { probationMap, probationVerdicts, shutToStrangers } from "./probation-nft.ts";
import type { Step } from "./protocol.ts";
import { containmentSets } from "./skeleton.ts";
import { sweepCounts, sweepSets } from "./sweep-nft.ts";

/**
 * The named sets of our table whose elements say what holds for whom, each told once: reading the
 * kernel, changing it, and the stored files all go by this table. A set more is an entry more, its
 * declaration in the skeleton's text, and the steps that change it in `afterSteps`.
 */

/** Elements by key; the verdict where the set is a map, else "". */
export type Held = ReadonlyMap<string, string>;

/** What a step or a stored file gives, set by set. */
export type Elements = Readonly<Record<GivenSet, Held>>;

/** The files of elements in the state folder. What is neither a cut nor a limit stands in `rules`. */
export type StoredName = "cuts" | "limits" | "rules";

export interface ElementSet {
  readonly kind: "set" | "map";
  /** The pattern of a key as nft writes it. */
  readonly key: string;
  /** Of a map: whether the verdict is one of ours. Any other goes to a chain that may not be there after the next load. */
  readonly knows?: (verdict: string) => boolean;
  /** Each element has a counter, which outlasts a load. */
  readonly isCounted: boolean;
  /** Null where it need not outlast a start. */
  readonly storedIn: StoredName | null;
}

/** A set whose elements are wished for. */
export interface GivenElementSet extends ElementSet {
  /** The kinds of steps that change it. */
  readonly steps: readonly Step["kind"][];
  /**
   * An element that no step has put there may open something, and is taken out. Of all other sets it may be
   * somebody's cut, and stays until a step removes it.
   */
  readonly isExact?: true;
}

/** A set whose elements follow from those of others. */
export interface DerivedElementSet extends ElementSet {
  readonly from: readonly GivenSet[];
  /** Of what the sets in `from` hold, one by one. */
  readonly derive: (...held: readonly Held[]) => Held;
  /** It holds the same elements: one that stands in either counts as held, so that no repair releases it. */
  readonly isTwin?: true;
}

const macKey = "[0-9a-f]{2}(?::[0-9a-f]{2}){5}";
const macPortKey = `${macKey} \\. [0-9]{1,5}`;
const macMarkKey = `${macKey} \\. [0-9]{1,6}`;

const cut = { kind: "set", isCounted: true, storedIn: "cuts" } as const;
const limit = { kind: "set", isCounted: false, storedIn: "limits" } as const;

const rule = { isCounted: false, storedIn: "rules", steps: ["site-rules-set"], isExact: true } as const;
const barrierMap = { ...rule, kind: "map", knows: (verdict: string) => modeOf(verdict) !== null } as const;
const addressKey = "[0-9a-f.:]{2,45}";
const netKey = `${addressKey}(?:/[0-9]{1,3})?`;
const gates: readonly string[] = Object.values(gateVerdicts);

const quarantineSteps = ["quarantine-add", "quarantine-remove"] as const;
const vectorSteps = ["vector-add", "vector-remove"] as const;
const throttleSteps = ["throttle-add", "throttle-remove"] as const;
// With the rules, for a file of cuts is known to programs that have no such sets.
const sweep = {
  kind: "set",
  key: macKey,
  isCounted: false,
  storedIn: "rules",
  steps: ["sweep-add", "sweep-remove"],
} as const;

/** In the order in which their elements are written. */
export const givenSets = {
  [containmentSets.quarantineFrom]: { ...cut, key: macKey, steps: quarantineSteps },
  [containmentSets.vectorFrom]: { ...cut, key: macPortKey, steps: vectorSteps },
  [sweepSets.ping]: sweep,
  [sweepSets.arp]: sweep,
  [limitSets.throttleFrom]: { ...limit, key: macKey, steps: throttleSteps },
  [limitSets.throttleVector]: { ...limit, key: macPortKey, steps: throttleSteps },
  [limitSets.reflexRules]: {
    ...limit,
    kind: "map",
    key: `${macKey}|\\*`,
    knows: (verdict) => ruleOf(verdict) !== null,
    steps: ["reflex-set"],
    isExact: true,
  },
  [limitSets.reflexExempt]: { ...limit, key: macPortKey, steps: ["reflex-set"], isExact: true },
  [barrierSets.sources4]: { ...rule, kind: "set", key: netKey },
  [barrierSets.sources6]: { ...rule, kind: "set", key: netKey },
  [barrierSets.resolvers4]: { ...rule, kind: "set", key: addressKey },
  [barrierSets.resolvers6]: { ...rule, kind: "set", key: addressKey },
  [barrierSets.forwarders]: { ...rule, kind: "set", key: `${macKey} \\. ${addressKey}` },
  [barrierSets.unbound4]: { ...rule, kind: "set", key: addressKey },
  [barrierSets.unbound6]: { ...rule, kind: "set", key: addressKey },
  [barrierSets.site]: { ...barrierMap, key: "[0-9]{1,3}" },
  [barrierSets.hosts]: { ...barrierMap, key: `${macKey} \\. [0-9]{1,3}` },
  [barrierSets.gate]: { ...rule, kind: "map", key: "1", knows: (verdict) => gates.includes(verdict) },
} as const satisfies Readonly<Record<string, GivenElementSet>>;
export type GivenSet = keyof typeof givenSets;

const shutPorts = {
  kind: "set",
  key: "[0-9]{1,5}",
  isCounted: false,
  storedIn: "rules",
  from: [barrierSets.hosts],
} as const;

export const derivedSets = {
  [containmentSets.quarantineTo]: {
    ...cut,
    key: macKey,
    from: [containmentSets.quarantineFrom],
    derive: (held) => held,
    isTwin: true,
  },
  // With the rules, for files of cuts and limits are known to programs that have none of these.
  [encapsulationSets.hosts]: {
    ...cut,
    key: macKey,
    isCounted: false,
    storedIn: "rules",
    from: [containmentSets.vectorFrom, sweepSets.ping],
    derive: macsOf,
  },
  [encapsulationSets.wrapped]: {
    ...cut,
    key: macMarkKey,
    storedIn: "rules",
    from: [containmentSets.vectorFrom],
    derive: wrappedOf,
  },
  [encapsulationSets.throttledHosts]: {
    ...limit,
    key: macKey,
    storedIn: "rules",
    from: [limitSets.throttleVector],
    derive: macsOf,
  },
  [encapsulationSets.throttledWrapped]: {
    ...limit,
    key: macMarkKey,
    storedIn: "rules",
    from: [limitSets.throttleVector],
    derive: wrappedOf,
  },
  [probationMap]: {
    ...{ kind: "map", key: `${macKey}|\\*`, isCounted: false, storedIn: "rules" },
    from: [limitSets.reflexRules],
    derive: strangersBeside,
  },
  [shutToStrangers.tcp]: { ...shutPorts, derive: (hosts) => shutSomewhere(hosts, "tcp") },
  [shutToStrangers.udp]: { ...shutPorts, derive: (hosts) => shutSomewhere(hosts, "udp") },
  [lineShutSet]: {
    ...{ kind: "set", key: "1", isCounted: false, storedIn: null },
    from: [barrierSets.gate],
    derive: (held) => keysOf(held.get(everyPacket) === gateVerdicts.lineCut ? [everyPacket] : []),
  },
} as const satisfies Readonly<Record<string, DerivedElementSet>>;
export type DerivedSet = keyof typeof derivedSets;

/** Any set of elements. */
export type SetName = GivenSet | DerivedSet;

export const givenNames = Object.keys(givenSets) as readonly GivenSet[];
export const derivedNames = Object.keys(derivedSets) as readonly DerivedSet[];

/** Whether it is one of the sets that are given. */
export function isGiven(name: SetName): name is GivenSet {
  return name in givenSets;
}

/** Whether a set holds the same elements as the one that it follows from. */
export function isTwin(name: SetName): boolean {
  return name in derivedSets && (derivedSets[name as DerivedSet] as DerivedElementSet).isTwin === true;
}

/** All sets, those that follow from others right after the last of these. */
export const setNames: readonly SetName[] = givenNames.flatMap((name) => [
  name,
  ...derivedNames.filter((derived) => givenOf(derived).at(-1) === name),
]);

/** What is told of a set. */
export function elementSet(name: SetName): ElementSet {
  return isGiven(name) ? givenSets[name] : derivedSets[name];
}

/** The sets that follow from one. */
export function derivedFrom(name: GivenSet): readonly DerivedSet[] {
  return derivedNames.filter((derived) => givenOf(derived).includes(name));
}

/** The set that one is, or those that it follows from. */
export function givenOf(name: SetName): readonly GivenSet[] {
  return isGiven(name) ? [name] : derivedSets[name].from;
}

/** The sets that a step may change. */
export function setsChangedBy({ kind }: Step): readonly SetName[] {
  return setNames.filter((name) =>
    givenOf(name).some((given) => (givenSets[given] as GivenElementSet).steps.includes(kind)),
  );
}

/** Machines that have at least one element, of `MAC . port` or of their own. */
function macsOf(...held: readonly Held[]): Held {
  return keysOf(held.flatMap((set) => [...set.keys()].map((key) => key.split(" ", 1)[0] ?? key)));
}

function wrappedOf(held: Held): Held {
  return keysOf([...held.keys()].flatMap(wrappedKeys));
}

/** The elements of ports in encapsulations, and of UDP, that go with an element `MAC . port`. */
export function wrappedKeys(key: string): readonly string[] {
  const [mac = "", port] = key.split(" . ");
  return marksWith(Number(port)).map((mark) => `${mac} . ${mark}`);
}

/** Ports of the ways that are shut for at least one machine. */
function shutSomewhere(hosts: Held, transport: "tcp" | "udp"): Held {
  const numbers = [...hosts].flatMap(([key, verdict]) =>
    modeOf(verdict) === "enforce" ? key.split(" . ").slice(1) : [],
  );
  const ways = [...new Set(numbers)].map(wayOf);
  return keysOf(
    ways
      .flatMap((way) => (way === null || way === "hidden" || !isHideable(way) ? [] : barrierPorts[way][transport]))
      .map(String),
  );
}

/** Who is no stranger, where all others are on probation. */
function strangersBeside(rules: Held): Held {
  if (ruleOf(rules.get(everyMac) ?? "") !== "probation") return new Map();
  const { known, stranger } = probationVerdicts;
  return new Map([...rules.keys()].map((mac) => [mac, mac === everyMac ? stranger : known]));
}

/** Elements of a set that is no map. */
export function keysOf(keys: Iterable<string>): Held {
  return new Map([...keys].map((key) => [key, ""]));
}

/** The elements but for those of sets in which nothing may stand that no step has put there. */
export function withoutExact(elements: Elements): Elements {
  return elementsBy((set) => ((givenSets[set] as GivenElementSet).isExact === true ? new Map() : elements[set]));
}

/** Of each set what a function says. */
export function elementsBy(held: (set: GivenSet) => Held): Elements {
  return Object.fromEntries(givenNames.map((set) => [set, held(set)])) as Record<GivenSet, Held>;
}

export const noElements: Elements = elementsBy(() => new Map());

/** What a set is to hold, be it given or derived. */
export function heldIn(elements: Elements, name: SetName): Held {
  if (isGiven(name)) return elements[name];
  const { from, derive }: DerivedElementSet = derivedSets[name];
  return derive(...from.map((given) => elements[given]));
}

/**
 * Sets into which the kernel itself counts, and when there can be anything in them: where one of some sets has
 * elements, or a named counter has counted.
 */
export const countSets = {
  [limitCounts.throttled]: { sets: [limitSets.throttleFrom] },
  [limitCounts.throttledVector]: { sets: [limitSets.throttleVector] },
  [hiddenCount]: { sets: [containmentSets.vectorFrom, limitSets.throttleVector, sweepSets.ping] },
  [sweepCounts.ping]: { sets: [sweepSets.ping] },
  [sweepCounts.arp]: { sets: [sweepSets.arp] },
  [limitCounts.reflexPassed]: { counter: reflexCounters.passed },
  [limitCounts.reflexStopped]: { counter: reflexCounters.stopped },
  [stormSenders]: { counter: groupCounters.storm },
  [claimedNames]: { counter: claimCounters.outside },
  [barrierCounts.passed]: { counter: barrierCounts.passed },
  [barrierCounts.stopped]: { counter: barrierCounts.stopped },
} as const satisfies Readonly<Record<string, { readonly sets: readonly GivenSet[] } | { readonly counter: string }>>;
export type CountSet = keyof typeof countSets;
