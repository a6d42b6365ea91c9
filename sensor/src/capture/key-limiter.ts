import { PlaceIndex } from "../packet/place-index.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** How many words (32 bits) the longest key has. */
export const maxKeyWords = 16;

export interface KeyLimiterOptions {
  /** Words of a key. */
  readonly width: number;
  readonly perMinute: number;
  readonly burst: number;
  /** How many keys are remembered; more means more memory and fewer keys that pass uncounted. */
  readonly capacity: number;
  /** After this long without a packet a key is forgotten. */
  readonly idleMs: number;
}

const minuteMs = 60_000;
const none = -1;

/**
 * A token bucket per key, as a dynamic nftables set with `limit rate R/minute burst B packets` keeps
 * it: filled continuously, refreshed by each packet, a bounded number of keys. A key that finds no
 * room passes. Numbers in typed arrays: looking a key up allocates nothing.
 */
export class KeyLimiter {
  readonly #width: number;
  readonly #burst: number;
  readonly #capacity: number;
  readonly #idleMs: number;
  readonly #tokensPerMs: number;
  readonly #index: PlaceIndex;
  /** Neighbours in the order of last use. */
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  #oldest = none;
  #newest = none;
  #size = 0;
  readonly #hashes: Int32Array;
  readonly #words: Int32Array;
  readonly #tokens: Float64Array;
  readonly #lastAt: Float64Array;

  constructor(options: KeyLimiterOptions) {
    const { capacity } = options;
    this.#width = options.width;
    this.#burst = options.burst;
    this.#capacity = capacity;
    this.#idleMs = options.idleMs;
    this.#tokensPerMs = options.perMinute / minuteMs;
    this.#index = new PlaceIndex(capacity);
    this.#older = new Int32Array(capacity);
    this.#newer = new Int32Array(capacity);
    this.#hashes = new Int32Array(capacity);
    this.#words = new Int32Array(capacity * options.width);
    this.#tokens = new Float64Array(capacity);
    this.#lastAt = new Float64Array(capacity);
  }

  /**
   * Takes a token of the key in the first words of `key`; false where it has none. `at` is in milliseconds.
   *
   * @param mayBegin asked, where it is given, whether a key that is not remembered may be: else it has no token
   * @param hash of the key, where it is known from a limiter of keys as wide
   */
  allows(
    key: Int32Array,
    at: number,
    mayBegin: TokenBucket | null = null,
    hash: number = hashKey(key, this.#width),
  ): boolean {
    const burst = this.#burst;
    const idleMs = this.#idleMs;
    const found = this.#find(hash, key);
    const isKnown = found !== none && at - (this.#lastAt[found] ?? at) < idleMs;
    if (!isKnown && mayBegin !== null && !mayBegin.allows(at)) return false;
    if (found === none) {
      this.#insert(hash, key, at);
      return true;
    }
    const elapsedMs = at - (this.#lastAt[found] ?? at);
    this.#lastAt[found] = at;
    let tokens = this.#tokens[found] ?? 0;
    if (elapsedMs >= idleMs) tokens = burst;
    else if (elapsedMs > 0) tokens = Math.min(burst, tokens + elapsedMs * this.#tokensPerMs);
    const isAllowed = tokens >= 1;
    this.#tokens[found] = isAllowed ? tokens - 1 : tokens;
    if (found !== this.#newest) {
      this.#unlink(found);
      this.#append(found);
    }
    return isAllowed;
  }

  #find(hash: number, key: Int32Array): number {
    const width = this.#width;
    for (let slot = this.#index.first(hash); slot !== none; slot = this.#index.after(slot, hash)) {
      const entry = this.#index.placeAt(slot);
      const from = entry * width;
      let word = 0;
      while (word < width && this.#words[from + word] === key[word]) word += 1;
      if (word === width) return entry;
    }
    return none;
  }

  #insert(hash: number, key: Int32Array, at: number): void {
    const entry = this.#room(at);
    if (entry === none) return;
    this.#index.add(hash, entry);
    this.#hashes[entry] = hash;
    const from = entry * this.#width;
    for (let word = 0; word < this.#width; word += 1) this.#words[from + word] = key[word] ?? 0;
    this.#tokens[entry] = this.#burst - 1;
    this.#lastAt[entry] = at;
    this.#append(entry);
  }

  /** An entry that is free: a new one, or that of the key unused for longest if it has been idle. */
  #room(at: number): number {
    if (this.#size < this.#capacity) {
      this.#size += 1;
      return this.#size - 1;
    }
    const entry = this.#oldest;
    // A clock that was set back must not keep the table full for ever.
    if (Math.abs(at - (this.#lastAt[entry] ?? at)) < this.#idleMs) return none;
    this.#index.remove(this.#hashes[entry] ?? 0, entry);
    this.#unlink(entry);
    return entry;
  }

  #append(entry: number): void {
    this.#older[entry] = this.#newest;
    this.#newer[entry] = none;
    if (this.#newest === none) this.#oldest = entry;
    else this.#newer[this.#newest] = entry;
    this.#newest = entry;
  }

  #unlink(entry: number): void {
    const older = this.#older[entry] ?? none;
    const newer = this.#newer[entry] ?? none;
    if (older === none) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === none) this.#newest = older;
    else this.#older[newer] = older;
  }
}

/** Murmur3's mixing of words: keys that differ in one bit land far apart. */
export function hashKey(key: Int32Array, width: number): number {
  let state = 0x9747_b28c;
  for (let word = 0; word < width; word += 1) {
    let mixed = Math.imul(key[word] ?? 0, 0xcc9e_2d51);
    mixed = (mixed << 15) | (mixed >>> 17);
    state ^= Math.imul(mixed, 0x1b87_3593);
    state = (state << 13) | (state >>> 19);
    state = (Math.imul(state, 5) + 0xe654_6b64) | 0;
  }
  state ^= state >>> 16;
  state = Math.imul(state, 0x85eb_ca6b);
  return state ^ (state >>> 13);
}
