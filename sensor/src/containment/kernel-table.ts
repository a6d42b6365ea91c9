import { createHash } from "node:crypto";
import { encapsulationSets } from "./encapsulation-nft.ts";
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
}

/** Reads our table; null where it is missing. */
export async function readKernelTable(nft: Nft): Promise<KernelTable | null> {
  // Apart, because a listing of the whole table with elements also brings the limits' keys, up to 80,000.
  const [table, from, to, vectors, hosts, wrapped] = await Promise.all([
    nft.list(["table", "bridge", tableName]),
    readSet(nft, containmentSets.quarantineFrom),
    readSet(nft, containmentSets.quarantineTo),
    readSet(nft, containmentSets.vectorFrom),
    readSet(nft, encapsulationSets.hosts),
    readSet(nft, encapsulationSets.wrapped),
  ]);
  if (table === null) return null;
  const counters = new Map<string, Counter>();
  for (const object of table) {
    const counter = object["counter"] as { readonly name?: unknown } | undefined;
    if (typeof counter?.name === "string") counters.set(counter.name, counterOf(counter));
  }
  const version = [...counters.keys()].find((name) => name.startsWith(versionPrefix));
  return {
    version: version === undefined ? null : version.slice(versionPrefix.length),
    fingerprint: fingerprintOf(table),
    counters,
    quarantineFrom: from,
    quarantineTo: to,
    vectorFrom: vectors,
    vectorHosts: hosts,
    vectorWrapped: wrapped,
  };
}

async function readSet(nft: Nft, name: string): Promise<ReadonlyMap<string, Counter>> {
  const elements = new Map<string, Counter>();
  const objects = (await nft.listElements(["set", "bridge", tableName, name])) ?? [];
  for (const object of objects) {
    const set = object["set"] as { readonly elem?: readonly unknown[] } | undefined;
    for (const entry of set?.elem ?? []) {
      // With a counter: { elem: { val, counter } }; without: the value itself.
      const { val, counter } =
        isObject(entry) && isObject(entry["elem"]) ? entry["elem"] : { val: entry, counter: null };
      const parts = isObject(val) ? val["concat"] : [val];
      if (Array.isArray(parts)) elements.set(parts.join(" . "), counterOf(counter));
    }
  }
  return elements;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function counterOf(value: unknown): Counter {
  const { packets, bytes } = (value ?? {}) as { readonly packets?: unknown; readonly bytes?: unknown };
  return { packets: typeof packets === "number" ? packets : 0, bytes: typeof bytes === "number" ? bytes : 0 };
}

// What changes by itself: handles with every load, counters with every packet, elements with every click.
const volatile = new Set(["handle", "packets", "bytes", "elem"]);

function fingerprintOf(objects: readonly NftObject[]): string {
  const stable = objects.filter((object) => !("metainfo" in object));
  const text = JSON.stringify(stable, (key, value: unknown) => {
    if (volatile.has(key)) return undefined;
    // The order in which an anonymous set lists its elements is not promised.
    if (key === "set" && Array.isArray(value)) return value.map((element) => JSON.stringify(element)).toSorted();
    return value;
  });
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
