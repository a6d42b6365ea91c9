/** No place at all. */
export const none = -1;

/**
 * Where each field of a contact lies, counted in words of 32 bits. What every contact has takes one line of the processor's
 * cache.
 */
export const words = {
  older: 0,
  newer: 1,
  address: 2,
  shelf: 3,
  identity: 4,
  /** Before them lie {@link bytes} and {@link shorts}, behind them {@link times}. */
  flags: 7,
  attempts: 14,
  waitsAt: 15,
} as const;

/** The same counted in numbers of 16 bits, of 8 bits, and in times of 64 bits. */
export const shorts = { port: 12, sourcePort: 13 } as const;
export const bytes = { portClass: 20, place: 21, resolution: 22, outcome: 23 } as const;
export const times = { openedAt: 4, counted: 5, answeredAt: 6 } as const;

/** The same of its past, which lies in a line of its own: few contacts are tried again, and of all others nobody writes one. */
export const pastWords = { unanswered: 0, sourcePortRises: 1, evenRounds: 2 } as const;
export const pastTimes = { lastAt: 2, attemptAt: 3, visitedAt: 4, intervalMs: 5 } as const;

/** Bits of the flags. */
export const flags = { confirmed: 1, kept: 2, unlinked: 8, counted: 4, named: 16, waiting: 32, past: 64 } as const;

/** Powers of two, so that a place is found by shifting. */
export const wordShift = 4;
export const shortShift = 5;
export const byteShift = 6;
export const timeShift = 3;

/**
 * Places for contacts in two pieces of memory that grow by doubling: a contact is a number, and judging a packet makes no
 * object of it. What is no number lies beside.
 */
export class ContactPool {
  words: Int32Array;
  shorts: Uint16Array;
  bytes: Uint8Array;
  times: Float64Array;
  pastWords: Int32Array;
  pastTimes: Float64Array;
  /** By place: IPv6 addresses, and names. */
  readonly texts: (string | null)[] = [];
  readonly names: (string | null)[] = [];
  #free = none;
  #used = 0;

  /** @param places so many at first: memory that nobody has written to takes none */
  constructor(places: number) {
    const buffer = new ArrayBuffer(places << byteShift);
    const past = new ArrayBuffer(places << byteShift);
    this.words = new Int32Array(buffer);
    this.shorts = new Uint16Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.times = new Float64Array(buffer);
    this.pastWords = new Int32Array(past);
    this.pastTimes = new Float64Array(past);
  }

  /** A place that nobody has; what lay in it is still written there. */
  take(): number {
    const place = this.#free;
    if (place !== none) {
      this.#free = this.words[(place << wordShift) + words.older] ?? none;
      return place;
    }
    if (this.#used << byteShift === this.bytes.length) this.#grow();
    this.texts.push(null);
    this.names.push(null);
    this.#used += 1;
    return this.#used - 1;
  }

  giveBack(place: number): void {
    this.words[(place << wordShift) + words.older] = this.#free;
    this.#free = place;
  }

  hasPast(place: number): boolean {
    return ((this.words[(place << wordShift) + words.flags] ?? 0) & flags.past) !== 0;
  }

  /** It has a past from now on: until now it was tried once. */
  beginPast(place: number): void {
    if (this.hasPast(place)) return;
    const word = place << wordShift;
    const time = place << timeShift;
    const openedAt = this.times[time + times.openedAt] ?? 0;
    this.words[word + words.flags] = (this.words[word + words.flags] ?? 0) | flags.past;
    this.pastWords[word + pastWords.unanswered] = 0;
    this.pastWords[word + pastWords.sourcePortRises] = 0;
    this.pastWords[word + pastWords.evenRounds] = 0;
    this.pastTimes[time + pastTimes.lastAt] = openedAt;
    this.pastTimes[time + pastTimes.attemptAt] = openedAt;
    this.pastTimes[time + pastTimes.visitedAt] = openedAt;
    this.pastTimes[time + pastTimes.intervalMs] = 0;
  }

  /** When it was tried last, by whatever packet. */
  lastAt(place: number): number {
    const time = place << timeShift;
    return (this.hasPast(place) ? this.pastTimes[time + pastTimes.lastAt] : this.times[time + times.openedAt]) ?? 0;
  }

  /** A pool with nothing but a copy of this place, which is its first. */
  copyOf(place: number): ContactPool {
    const copy = new ContactPool(1);
    const word = place << wordShift;
    copy.words.set(this.words.subarray(word, word + copy.words.length));
    copy.pastWords.set(this.pastWords.subarray(word, word + copy.pastWords.length));
    copy.texts.push(this.texts[place] ?? null);
    copy.names.push(this.names[place] ?? null);
    return copy;
  }

  #grow(): void {
    const larger = new ContactPool((this.bytes.length * 2) >> byteShift);
    larger.words.set(this.words);
    larger.pastWords.set(this.pastWords);
    this.words = larger.words;
    this.shorts = larger.shorts;
    this.bytes = larger.bytes;
    this.times = larger.times;
    this.pastWords = larger.pastWords;
    this.pastTimes = larger.pastTimes;
  }
}
