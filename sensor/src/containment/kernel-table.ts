import { createHash } from "node:crypto";
import { encapsulationSets } from "./encapsulation-nft.ts";
import { groupCounters, stormSenders } from "./group-nft.ts";
import { limitsOf, type Limits } from "./limit-elements.ts";
import { limitCounts, limitSets, reflexCounters } from "./limits-nft.ts";
import type { Nft, NftObject } from "./nft.ts";
import { containmentSets, tableName, versionPrefix } from "./skeleton.ts";

/** Packets and bytes as the kernel counts them. */
export interface Counter {
  readonly packets: number;
  readonly bytes: number;
}

/** Our table as read from the kernel. */
export interface KernelTable {
  /** What the version counter says; null where there is none. */
  readonly version: string | null;
  /** Digest of chains, rules and set definitions: tells whether a hand has changed them. */
  readonly fingerprint: string;
  /** Named counters. */
  readonly counters: ReadonlyMap<string, Counter>;
  /** Elements of the sets with their counters: MACs, and `MAC . port`. */
  readonly quarantineFrom: ReadonlyMap<string, Counter>;
  readonly quarantineTo: ReadonlyMap<string, Counter>;
  readonly vectorFrom: ReadonlyMap<string, Counter>;
  /** Of the sets that follow from `vectorFrom`: MACs, and `MAC . port`. */
  readonly vectorHosts: ReadonlyMap<string, Counter>;
  readonly vectorWrapped: ReadonlyMap<string, Counter>;
  /** Elements of the sets of limits. */
  readonly limits: Limits;
  /** What the limits stopped, by MAC and by `MAC . port`. */
  readonly throttled: ReadonlyMap<string, Counter>;
  readonly throttledVector: ReadonlyMap<string, Counter>;
  /** New targets beyond the budget by MAC: passed in dry run, and stopped. */
  readonly reflexPassed: ReadonlyMap<string, Counter>;
  readonly reflexStopped: ReadonlyMap<string, Counter>;
  /** Frames to groups beyond the limits, by sender, of the last minutes. */
  readonly stormFrom: ReadonlyMap<string, Counter>;
}

/**
 * Reads our table; null where it is missing. Each set takes a process of nft, so whoever looks often gives
 * the limits as last read: only what counts is read then.
 */
export async function readKernelTable(nft: Nft, limits: Limits | null = null): Promise<KernelTable | null> {
  const read = (name: string, kind: "set" | "map" = "set") => readElements(nft, kind, name);
  // Apart, because a listing of the whole table with elements also brings the limits' keys, up to 80,000.
  const [table, from, to, vectors, held] = await Promise.all([
    nft.list(["table", "bridge", tableName]),
    read(containmentSets.quarantineFrom),
    read(containmentSets.quarantineTo),
    read(containmentSets.vectorFrom),
    limits ?? readLimits(nft),
  ]);
  if (table === null) return null;
  const counters = new Map<string, Counter>();
  for (const object of table) {
    const counter = object["counter"] as { readonly name?: unknown } | undefined;
    if (typeof counter?.name === "string") counters.set(counter.name, counterOf(counter));
  }
  // Only where there is something to count: most tables have nobody throttled and nobody beyond his budget.
  const readIf = (condition: boolean, name: string) => (condition ? read(name) : Promise.resolve(new Map()));
  const hasCounted = (name: string) => (counters.get(name)?.packets ?? 0) > 0;
  const isWhole = limits === null;
  const [hosts, wrapped, throttled, throttledVector, passed, stopped, storm] = await Promise.all([
    readIf(isWhole || vectors.size > 0, encapsulationSets.hosts),
    readIf(isWhole || vectors.size > 0, encapsulationSets.wrapped),
    readIf(held[limitSets.throttleFrom].size > 0, limitCounts.throttled),
    readIf(held[limitSets.throttleVector].size > 0, limitCounts.throttledVector),
    readIf(hasCounted(reflexCounters.passed), limitCounts.reflexPassed),
    readIf(hasCounted(reflexCounters.stopped), limitCounts.reflexStopped),
    readIf(hasCounted(groupCounters.storm), stormSenders),
  ]);
  const version = [...counters.keys()].find((name) => name.startsWith(versionPrefix));
  return {
    version: version === undefined ? null : version.slice(versionPrefix.length),
    fingerprint: fingerprintOf(table),
    counters,
    quarantineFrom: countersOf(from),
    quarantineTo: countersOf(to),
    vectorFrom: countersOf(vectors),
    vectorHosts: countersOf(hosts),
    vectorWrapped: countersOf(wrapped),
    limits: held,
    throttled: countersOf(throttled),
    throttledVector: countersOf(throttledVector),
    reflexPassed: countersOf(passed),
    reflexStopped: countersOf(stopped),
    stormFrom: countersOf(storm),
  };
}

async function readLimits(nft: Nft): Promise<Limits> {
  const sets = Object.values(limitSets);
  const read = await Promise.all(
    sets.map((set) => readElements(nft, set === limitSets.reflexRules ? "map" : "set", set)),
  );
  const verdicts = new Map(sets.map((set, index) => [set, verdictsOf(read[index] ?? new Map())]));
  return limitsOf((set) => verdicts.get(set) ?? new Map());
}

/** An element as read: its counter, and its verdict where it stands in a map. */
interface Element {
  readonly counter: Counter;
  readonly verdict: string;
}

function countersOf(elements: ReadonlyMap<string, Element>): ReadonlyMap<string, Counter> {
  return new Map([...elements].map(([key, { counter }]) => [key, counter]));
}

function verdictsOf(elements: ReadonlyMap<string, Element>): ReadonlyMap<string, string> {
  return new Map([...elements].map(([key, { verdict }]) => [key, verdict]));
}

async function readElements(nft: Nft, kind: "set" | "map", name: string): Promise<ReadonlyMap<string, Element>> {
  const elements = new Map<string, Element>();
  const objects = (await nft.listElements([kind, "bridge", tableName, name])) ?? [];
  for (const object of objects) {
    const set = object[kind] as { readonly elem?: readonly unknown[] } | undefined;
    for (const entry of set?.elem ?? []) {
      // A map's element is a pair of key and verdict.
      const [item, verdict] = kind === "map" && Array.isArray(entry) ? (entry as [unknown, unknown]) : [entry, null];
      // With a counter: { elem: { val, counter } }; without: the value itself.
      const { val, counter } = isObject(item) && isObject(item["elem"]) ? item["elem"] : { val: item, counter: null };
      const parts = isObject(val) ? val["concat"] : [val];
      if (Array.isArray(parts)) {
        elements.set(parts.join(" . "), { counter: counterOf(counter), verdict: verdictText(verdict) });
      }
    }
  }
  return elements;
}

/** A verdict as nft takes it; "" where there is none. */
function verdictText(verdict: unknown): string {
  if (!isObject(verdict)) return "";
  const [[kind, value] = []] = Object.entries(verdict);
  if (kind === undefined) return "";
  return isObject(value) && typeof value["target"] === "string" ? `${kind} ${value["target"]}` : kind;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

export function counterOf(value: unknown): Counter {
  const { packets, bytes } = (value ?? {}) as { readonly packets?: unknown; readonly bytes?: unknown };
  return { packets: typeof packets === "number" ? packets : 0, bytes: typeof bytes === "number" ? bytes : 0 };
}

// What changes by itself: handles with every load, counters with every packet, elements with every click.
const volatile = new Set(["handle", "packets", "bytes", "elem"]);

/** Digest of a listing, without what changes by itself. */
export function fingerprintOf(objects: readonly NftObject[]): string {
  const stable = objects.filter((object) => !("metainfo" in object));
  const text = JSON.stringify(stable, (key, value: unknown) => {
    if (volatile.has(key)) return undefined;
    // The order in which an anonymous set lists its elements is not promised.
    if (key === "set" && Array.isArray(value)) return value.map((element) => JSON.stringify(element)).toSorted();
    return value;
  });
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
