import { createHash } from "node:crypto";
import {
  countSets,
  derivedNames,
  derivedSets,
  elementSet,
  givenNames,
  givenOf,
  type CountSet,
  type Held,
  type SetName,
} from "./element-sets.ts";
import type { Nft, NftObject } from "./nft.ts";
import { tableName, versionPrefix } from "./skeleton.ts";

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
  /** What the table is made of, each as `kind name`: chains, sets, maps, counters, limits. */
  readonly parts: ReadonlySet<string>;
  /** Named counters. */
  readonly counters: ReadonlyMap<string, Counter>;
  /** The elements of each set, with counters and verdicts. */
  readonly held: HeldElements;
  /** What the kernel has counted by itself, by set. */
  readonly counts: ReadonlyMap<CountSet, ReadonlyMap<string, Counter>>;
}

/** An element as read: its counter, and its verdict where it stands in a map, else "". */
export interface HeldElement {
  readonly counter: Counter;
  readonly verdict: string;
}

/** Sets with their elements. */
export type HeldElements = ReadonlyMap<SetName, ReadonlyMap<string, HeldElement>>;

/** A set's elements without their counters. */
export function verdictsIn(held: HeldElements, set: SetName): Held {
  return new Map([...(held.get(set) ?? [])].map(([key, { verdict }]) => [key, verdict]));
}

/** Packets that the element of a set has counted. */
export function packetsIn(table: KernelTable, set: SetName, key: string): number {
  return table.held.get(set)?.get(key)?.counter.packets ?? 0;
}

/** What a table's rules are: nothing that packets add to. */
export type KernelRules = Pick<KernelTable, "version" | "fingerprint" | "parts">;

export interface KnownOfTable {
  /** Sets as last read: of these only those are read that count. */
  readonly held?: HeldElements;
  /** Whether nobody has changed anything since: then of these none is read that was empty. */
  readonly isUnchanged?: boolean;
  /** The rules, where nobody has changed them since they were read. */
  readonly rules?: KernelRules | undefined;
}

/**
 * Reads our table; null where it is missing. Each set takes a process of nft, and the rules are the most of it, so whoever looks
 * often says what is known.
 */
export async function readKernelTable(
  nft: Nft,
  { held: known = new Map(), isUnchanged = false, rules }: KnownOfTable = {},
): Promise<KernelTable | null> {
  const held = new Map<SetName, ReadonlyMap<string, HeldElement>>();
  const readSet = async (name: SetName) => {
    const { kind, isCounted } = elementSet(name);
    const last = known.get(name);
    // What follows from nothing has counted nothing.
    const isIdle =
      last !== undefined &&
      ((isUnchanged && last.size === 0) ||
        (name in derivedSets && givenOf(name).every((given) => held.get(given)?.size === 0)));
    held.set(name, last !== undefined && (!isCounted || isIdle) ? last : await readElements(nft, kind, name));
  };
  // Apart, because a listing of the whole table with elements also brings the limits' keys, up to 80,000.
  const what = rules === undefined ? ["table"] : ["counters", "table"];
  const [table] = await Promise.all([nft.list([...what, "bridge", tableName]), ...givenNames.map(readSet)]);
  if (table === null) return null;
  await Promise.all(derivedNames.map(readSet));
  const counters = new Map<string, Counter>();
  for (const object of table) {
    const counter = object["counter"] as { readonly name?: unknown } | undefined;
    if (typeof counter?.name === "string") counters.set(counter.name, counterOf(counter));
  }
  // Only where there is something to count: most tables have nobody throttled and nobody beyond his budget.
  const hasCounted = (when: (typeof countSets)[CountSet]) =>
    "sets" in when
      ? when.sets.some((set) => (held.get(set)?.size ?? 0) > 0)
      : (counters.get(when.counter)?.packets ?? 0) > 0;
  const counts = await Promise.all(
    (Object.keys(countSets) as CountSet[]).map(async (name) => {
      const elements = hasCounted(countSets[name]) ? await readElements(nft, "set", name) : new Map();
      return [name, countersOf(elements)] as const;
    }),
  );
  return { ...(rules ?? rulesIn(table, counters)), counters, held, counts: new Map(counts) };
}

function rulesIn(table: readonly NftObject[], counters: KernelTable["counters"]): KernelRules {
  const version = [...counters.keys()].find((name) => name.startsWith(versionPrefix));
  return {
    version: version === undefined ? null : version.slice(versionPrefix.length),
    fingerprint: fingerprintOf(table),
    parts: partsOf(table),
  };
}

function partsOf(table: readonly NftObject[]): ReadonlySet<string> {
  return new Set(
    table.flatMap((object) =>
      Object.entries(object).flatMap(([kind, part]) =>
        kind !== "table" && isObject(part) && typeof part["name"] === "string" ? [`${kind} ${part["name"]}`] : [],
      ),
    ),
  );
}

function countersOf(elements: ReadonlyMap<string, HeldElement>): ReadonlyMap<string, Counter> {
  return new Map([...elements].map(([key, { counter }]) => [key, counter]));
}

/** The elements of a set or map, by key. */
export async function readElements(
  nft: Nft,
  kind: "set" | "map",
  name: string,
): Promise<ReadonlyMap<string, HeldElement>> {
  const elements = new Map<string, HeldElement>();
  const objects = (await nft.listElements([kind, "bridge", tableName, name])) ?? [];
  for (const object of objects) {
    const set = object[kind] as { readonly elem?: readonly unknown[] } | undefined;
    for (const entry of set?.elem ?? []) {
      // A map's element is a pair of key and verdict.
      const [item, verdict] = kind === "map" && Array.isArray(entry) ? (entry as [unknown, unknown]) : [entry, null];
      // With a counter: { elem: { val, counter } }; without: the value itself.
      const { val, counter } = isObject(item) && isObject(item["elem"]) ? item["elem"] : { val: item, counter: null };
      elements.set(keyText(val), { counter: counterOf(counter), verdict: verdictText(verdict) });
    }
  }
  return elements;
}

/** A key as nft takes it. */
export function keyText(value: unknown): string {
  const parts = isObject(value) && Array.isArray(value["concat"]) ? (value["concat"] as readonly unknown[]) : [value];
  return parts.map(partText).join(" . ");
}

/** A part of a key as nft takes it: a network is an address with its length. */
function partText(part: unknown): string {
  if (!isObject(part)) return String(part);
  if (Array.isArray(part["range"])) return part["range"].join("-");
  const { addr, len } = (part["prefix"] ?? {}) as { readonly addr?: unknown; readonly len?: unknown };
  return `${String(addr)}/${String(len)}`;
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

// What changes by itself: handles with every load, counters with every packet.
const volatile = new Set(["handle", "packets", "bytes"]);

/** Digest of a listing, without what changes by itself. */
export function fingerprintOf(objects: readonly NftObject[]): string {
  const stable = objects.filter((object) => !("metainfo" in object));
  const text = JSON.stringify(stable, (key, value: unknown) => {
    if (volatile.has(key)) return undefined;
    // Elements of a set change with every click. The key of a statement on a set has the same name, and is no list.
    if (key === "elem" && Array.isArray(value)) return undefined;
    // The order in which an anonymous set lists its elements is not promised.
    if (key === "set" && Array.isArray(value)) return value.map((element) => JSON.stringify(element)).toSorted();
    return value;
  });
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
