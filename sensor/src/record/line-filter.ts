/**
 * Which addresses and ports a batch may hold (Bloom, Space/time trade-offs in hash coding with allowable errors, 1970):
 * what it denies is not there, and of the rest one in a hundred is not there either. Ten bits a key and seven probes.
 */
const bitsPerKey = 10;
const probes = 7;

/** What is asked of a filter: of ports, whose. */
export type FilterKey = { readonly of: "remote" | "remote-port" | "our-port"; readonly value: number | Uint8Array };

const seeds = { remote: 1, "remote-port": 2, "our-port": 3 } as const;

/** A filter that lets these through. */
export function filterOf(keys: readonly FilterKey[]): Uint8Array {
  const filter = new Uint8Array(Math.max(1, Math.ceil((keys.length * bitsPerKey) / 8)));
  for (const key of keys) {
    for (const bit of bitsOf(key, filter)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return filter;
}

/** Whether the key may be among those that the filter was made of. */
export function mayHold(filter: Uint8Array, key: FilterKey): boolean {
  for (const bit of bitsOf(key, filter)) if (((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  return true;
}

/** Two hashes stand for seven (Kirsch and Mitzenmacher, Less hashing, same performance, 2006). */
function* bitsOf({ of, value }: FilterKey, filter: Uint8Array): Generator<number> {
  let state = Math.imul(seeds[of], 0x9e37_79b1);
  if (typeof value === "number") state = mixed(state ^ (value | 0));
  else for (const byte of value) state = Math.imul(state ^ byte, 0x0100_0193);
  const first = mixed(state) >>> 0;
  const step = (mixed(state ^ 0x5bd1_e995) | 1) >>> 0;
  const size = filter.length * 8;
  for (let probe = 0; probe < probes; probe += 1) yield (first + probe * step) % size;
}

/** Murmur3's finish. */
function mixed(word: number): number {
  let state = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35);
  return state ^ (state >>> 16);
}
