/** No place at all. */
export const none = -1;

/**
 * Where each field of a contact lies, counted in words of 32 bits; what a contact is found by, what becomes of it and who
 * waits beside it share one line of the processor's cache, what few ever ask for lies in the next.
 */
export const words = {
  next: 0,
  older: 1,
  newer: 2,
  address: 3,
  shelf: 4,
  identity: 5,
  /** Four bytes: see {@link bytes}. */
  traits: 6,
  port: 7,
  sourcePort: 8,
  attempts: 9,
  waitsAt: 10,
  flags: 11,
  unanswered: 26,
  sourcePortRises: 27,
  evenRounds: 28,
} as const;

/** The same counted in bytes. */
export const bytes = { portClass: 24, place: 25, resolution: 26, outcome: 27 } as const;

/** The same counted in numbers of 64 bits. */
export const times = {
  openedAt: 6,
  counted: 7,
  lastAt: 8,
  attemptAt: 9,
  visitedAt: 10,
  intervalMs: 11,
  answeredAt: 12,
} as const;

/** Bits of the flags. */
export const flags = { confirmed: 1, kept: 2, counted: 4, unlinked: 8, named: 16, waiting: 32 } as const;

/** Powers of two, so that a place is found by shifting. */
export const wordShift = 5;
export const byteShift = 7;
export const timeShift = 4;

const firstPlaces = 1024;

/**
 * Places for contacts in one piece of memory that grows by doubling: a contact is a number, and judging a packet makes no
 * object of it. What is no number lies beside.
 */
export class ContactPool {
  words: Int32Array;
  bytes: Uint8Array;
  times: Float64Array;
  /** By place: IPv6 addresses, and names. */
  readonly texts: (string | null)[] = [];
  readonly names: (string | null)[] = [];
  #free = none;
  #used = 0;

  constructor(places: number = firstPlaces) {
    const buffer = new ArrayBuffer(places << byteShift);
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.times = new Float64Array(buffer);
  }

  /** A place that nobody has; what lay in it is still written there. */
  take(): number {
    const place = this.#free;
    if (place !== none) {
      this.#free = this.words[(place << wordShift) + words.next] ?? none;
      return place;
    }
    if (this.#used << byteShift === this.bytes.length) this.#grow();
    this.texts.push(null);
    this.names.push(null);
    this.#used += 1;
    return this.#used - 1;
  }

  giveBack(place: number): void {
    this.words[(place << wordShift) + words.next] = this.#free;
    this.#free = place;
  }

  /** A pool with nothing but a copy of this place, which is its first. */
  copyOf(place: number): ContactPool {
    const copy = new ContactPool(1);
    copy.bytes.set(this.bytes.subarray(place << byteShift, (place + 1) << byteShift));
    copy.texts.push(this.texts[place] ?? null);
    copy.names.push(this.names[place] ?? null);
    return copy;
  }

  #grow(): void {
    const buffer = new ArrayBuffer(this.bytes.length * 2);
    const larger = new Uint8Array(buffer);
    larger.set(this.bytes);
    this.words = new Int32Array(buffer);
    this.bytes = larger;
    this.times = new Float64Array(buffer);
  }
}
