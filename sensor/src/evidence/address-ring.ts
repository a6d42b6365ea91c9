import type { AddressKey } from "../packet/packet.ts";

/** No place at all. */
export const noPlace = -1;

/**
 * Places by address, or by another number of 32 bits. A new key gets the place of the oldest that nobody holds. What lies in
 * a place is its user's, best in arrays of numbers: most of what a busy machine calls comes once, and is to leave no objects.
 */
export class AddressRing {
  readonly #size: number;
  /** The keys that are numbers, and of the others what tells most of them apart. */
  readonly #marks: Int32Array;
  /** The others; null while there were none. */
  #texts: (string | null)[] | null = null;
  /** First place of each hash chain, and the next in it. */
  readonly #heads: Int16Array;
  readonly #next: Int16Array;
  readonly #isHeld: Uint8Array;
  #held = 0;
  #used = 0;
  #turn = 0;

  constructor(size: number) {
    this.#size = size;
    this.#marks = new Int32Array(size);
    this.#heads = new Int16Array(2 ** Math.ceil(Math.log2(size * 2))).fill(noPlace);
    this.#next = new Int16Array(size);
    this.#isHeld = new Uint8Array(size);
  }

  /** Where a key lies; -1 where it does not. */
  find(key: AddressKey): number {
    const mark = markOf(key);
    let place = this.#heads[this.#headOf(mark)] ?? noPlace;
    while (place !== noPlace && (this.#marks[place] !== mark || !this.#isText(place, key))) {
      place = this.#next[place] ?? noPlace;
    }
    return place;
  }

  /** A place for a key that has none; what lies in it is as somebody else left it, and nobody holds it. */
  add(key: AddressKey): number {
    const isFull = this.#used >= this.#size;
    const place = isFull ? this.#oldest() : this.#used;
    const mark = markOf(key);
    if (isFull) this.#unchain(place);
    else this.#used += 1;
    this.release(place);
    const head = this.#headOf(mark);
    this.#next[place] = this.#heads[head] ?? noPlace;
    this.#heads[head] = place;
    this.#marks[place] = mark;
    if (typeof key === "string") this.#texts ??= new Array<string | null>(this.#size).fill(null);
    if (this.#texts !== null) this.#texts[place] = typeof key === "string" ? key : null;
    return place;
  }

  /** It is to stay while there is another that may go. */
  hold(place: number): void {
    if (this.#isHeld[place] === 1) return;
    this.#isHeld[place] = 1;
    this.#held += 1;
  }

  release(place: number): void {
    if (this.#isHeld[place] === 0) return;
    this.#isHeld[place] = 0;
    this.#held -= 1;
  }

  #headOf(mark: number): number {
    return (Math.imul(mark, 0x9e37_79b1) >>> 16) & (this.#heads.length - 1);
  }

  #isText(place: number, key: AddressKey): boolean {
    if (this.#texts === null) return typeof key === "number";
    return this.#texts[place] === (typeof key === "number" ? null : key);
  }

  #unchain(place: number): void {
    const head = this.#headOf(this.#marks[place] ?? 0);
    let before = this.#heads[head] ?? noPlace;
    if (before === place) {
      this.#heads[head] = this.#next[place] ?? noPlace;
      return;
    }
    while (this.#next[before] !== place) before = this.#next[before] ?? noPlace;
    this.#next[before] = this.#next[place] ?? noPlace;
  }

  /** They were written in turn, so the next in turn that may go is the oldest of those. */
  #oldest(): number {
    let place = this.#turn;
    if (this.#held < this.#size) while (this.#isHeld[place] === 1) place = this.#after(place);
    this.#turn = this.#after(place);
    return place;
  }

  #after(place: number): number {
    return place + 1 === this.#size ? 0 : place + 1;
  }
}

function markOf(key: AddressKey): number {
  if (typeof key === "number") return key | 0;
  let mark = 0;
  for (let index = 0; index < key.length; index += 1) mark = Math.imul(mark ^ key.charCodeAt(index), 0x0100_0193);
  return mark;
}
