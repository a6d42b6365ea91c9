import type { AddressKey } from "../packet/packet.ts";

const filterSize = 512;

/**
 * A few values, 255 at most, by address, or by another number of 32 bits. A new one takes the place of the oldest that may go, object
 * and all: most of what a busy machine calls comes once, and is to leave no garbage.
 */
export class AddressRing<Value> {
  readonly #size: number;
  readonly #make: () => Value;
  readonly #mayGo: (value: Value) => boolean;
  /** The keys that are numbers, and of the others what tells most of them apart. */
  readonly #marks: Int32Array;
  readonly #texts: (string | null)[] = [];
  /** How many keys fall into each of these: most that are not there fall into an empty one, and nobody has to look. */
  readonly #filter = new Uint8Array(filterSize);
  readonly #values: Value[] = [];
  #turn = 0;

  /** @param mayGo whether nobody beside this ring still rests on a value */
  constructor(size: number, make: () => Value, mayGo: (value: Value) => boolean) {
    this.#size = size;
    this.#make = make;
    this.#mayGo = mayGo;
    this.#marks = new Int32Array(size);
  }

  get values(): readonly Value[] {
    return this.#values;
  }

  find(key: AddressKey): Value | undefined {
    const index = this.#indexOf(key);
    return index < 0 ? undefined : this.#values[index];
  }

  /** A value for a key that has none; it is as somebody else left it. */
  add(key: AddressKey): Value {
    const isFull = this.#values.length >= this.#size;
    const index = isFull ? this.#place() : this.#values.length;
    const mark = markOf(key);
    if (isFull) this.#count(this.#marks[index] ?? 0, -1);
    this.#count(mark, 1);
    this.#marks[index] = mark;
    this.#texts[index] = typeof key === "string" ? key : null;
    const left = this.#values[index];
    if (left !== undefined && this.#mayGo(left)) return left;
    return (this.#values[index] = this.#make());
  }

  #count(mark: number, by: number): void {
    const bucket = bucketOf(mark);
    this.#filter[bucket] = (this.#filter[bucket] ?? 0) + by;
  }

  #indexOf(key: AddressKey): number {
    const mark = markOf(key);
    if (this.#filter[bucketOf(mark)] === 0) return -1;
    const marks = this.#marks;
    const text = typeof key === "string" ? key : null;
    const { length } = this.#values;
    for (let index = 0; index < length; index += 1) {
      if (marks[index] === mark && this.#texts[index] === text) return index;
    }
    return -1;
  }

  /** They were written in turn, so the next in turn that may go is the oldest of those. */
  #place(): number {
    const from = this.#turn;
    let index = from;
    for (let step = 0; step < this.#size; step += 1) {
      const next = (from + step) % this.#size;
      const value = this.#values[next];
      if (value === undefined || !this.#mayGo(value)) continue;
      index = next;
      break;
    }
    this.#turn = (index + 1) % this.#size;
    return index;
  }
}

function bucketOf(mark: number): number {
  return (Math.imul(mark, 0x9e37_79b1) >>> 16) % filterSize;
}

function markOf(key: AddressKey): number {
  if (typeof key === "number") return key | 0;
  let mark = 0;
  for (let index = 0; index < key.length; index += 1) mark = Math.imul(mark ^ key.charCodeAt(index), 0x0100_0193);
  return mark;
}
