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
/** The kernel looks for idle elements once a second. */
const sweepMs = 1_000;
const none = -1;

/**
 * A token bucket per key, as a dynamic nftables set with `limit rate R/minute burst B packets` keeps
 * it: filled continuously, refreshed by each packet, a bounded number of keys. A key that finds no
 * room passes. Numbers in typed arrays: looking a key up allocates nothing.
 */
export class KeyLimiter {
  readonly #options: KeyLimiterOptions;
  readonly #tokensPerMs: number;
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #words: Int32Array;
  readonly #tokens: Float64Array;
  readonly #lastAt: Float64Array;
  #free: number;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(options: KeyLimiterOptions) {
    this.#options = options;
    this.#tokensPerMs = options.perMinute / minuteMs;
    this.#heads = new Int32Array(2 ** Math.ceil(Math.log2(options.capacity * 2))).fill(none);
    this.#next = Int32Array.from({ length: options.capacity }, (_, index) => index + 1);
    this.#next[options.capacity - 1] = none;
    this.#free = 0;
    this.#words = new Int32Array(options.capacity * options.width);
    this.#tokens = new Float64Array(options.capacity);
    this.#lastAt = new Float64Array(options.capacity);
  }

  /** Takes a token of the key in the first words of `key`; false where it has none. `at` is in milliseconds. */
  allows(key: Int32Array, at: number): boolean {
    const { burst, idleMs } = this.#options;
    const head = hash(key, this.#options.width) & (this.#heads.length - 1);
    const found = this.#find(head, key);
    if (found === none) {
      this.#insert(head, key, at);
      return true;
    }
    const elapsedMs = at - (this.#lastAt[found] ?? at);
    this.#lastAt[found] = at;
    let tokens = this.#tokens[found] ?? 0;
    if (elapsedMs >= idleMs) tokens = burst;
    else if (elapsedMs > 0) tokens = Math.min(burst, tokens + elapsedMs * this.#tokensPerMs);
    const isAllowed = tokens >= 1;
    this.#tokens[found] = isAllowed ? tokens - 1 : tokens;
    return isAllowed;
  }

  #find(head: number, key: Int32Array): number {
    const width = this.#options.width;
    let entry = this.#heads[head] ?? none;
    while (entry !== none) {
      const from = entry * width;
      let word = 0;
      while (word < width && this.#words[from + word] === key[word]) word += 1;
      if (word === width) return entry;
      entry = this.#next[entry] ?? none;
    }
    return none;
  }

  #insert(head: number, key: Int32Array, at: number): void {
    if (this.#free === none) this.#sweep(at);
    const entry = this.#free;
    if (entry === none) return;
    this.#free = this.#next[entry] ?? none;
    this.#next[entry] = this.#heads[head] ?? none;
    this.#heads[head] = entry;
    const from = entry * this.#options.width;
    for (let word = 0; word < this.#options.width; word += 1) this.#words[from + word] = key[word] ?? 0;
    this.#tokens[entry] = this.#options.burst - 1;
    this.#lastAt[entry] = at;
  }

  /** Frees the keys that have been idle. */
  #sweep(at: number): void {
    // A clock that was set back must not keep the table full for ever.
    if (Math.abs(at - this.#sweptAt) < sweepMs) return;
    this.#sweptAt = at;
    for (let head = 0; head < this.#heads.length; head += 1) {
      let entry = this.#heads[head] ?? none;
      this.#heads[head] = none;
      while (entry !== none) {
        const next = this.#next[entry] ?? none;
        if (Math.abs(at - (this.#lastAt[entry] ?? at)) >= this.#options.idleMs) {
          this.#next[entry] = this.#free;
          this.#free = entry;
        } else {
          this.#next[entry] = this.#heads[head] ?? none;
          this.#heads[head] = entry;
        }
        entry = next;
      }
    }
  }
}

/** Murmur3's mixing of words: keys that differ in one bit land far apart. */
function hash(key: Int32Array, width: number): number {
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
  state ^= state >>> 13;
  return state >>> 0;
}
