import type { AddressKey } from "../packet/packet.ts";

const none = -1;

/**
 * A few values by address, or by another number of 32 bits. A new one takes the place of the oldest that may go, object
 * and all: most of what a busy machine calls comes once, and is to leave no garbage.
 */
export class AddressRing<Value> {
  readonly #size: number;
  readonly #make: () => Value;
  readonly #mayGo: (value: Value) => boolean;
  /** The keys that are numbers, and of the others what tells most of them apart. */
  readonly #marks: Int32Array;
  /** The others; null while there were none. */
  #texts: (string | null)[] | null = null;
  /** First index of each hash chain, and the next in it. */
  readonly #heads: Int16Array;
  readonly #next: Int16Array;
  readonly #values: Value[] = [];
  #turn = 0;

  /** @param mayGo whether nobody beside this ring still rests on a value */
  constructor(size: number, make: () => Value, mayGo: (value: Value) => boolean) {
    this.#size = size;
    this.#make = make;
    this.#mayGo = mayGo;
    this.#marks = new Int32Array(size);
    this.#heads = new Int16Array(2 ** Math.ceil(Math.log2(size * 2))).fill(none);
    this.#next = new Int16Array(size);
  }

  get values(): readonly Value[] {
    return this.#values;
  }

  find(key: AddressKey): Value | undefined {
    const mark = markOf(key);
    const marks = this.#marks;
    for (let index = this.#heads[this.#headOf(mark)] ?? none; index !== none; index = this.#next[index] ?? none) {
      if (marks[index] === mark && this.#isText(index, key)) return this.#values[index];
    }
    return undefined;
  }

  /** A value for a key that has none; it is as somebody else left it. */
  add(key: AddressKey): Value {
    const isFull = this.#values.length >= this.#size;
    const index = isFull ? this.#place() : this.#values.length;
    const mark = markOf(key);
    if (isFull) this.#unchain(index);
    const head = this.#headOf(mark);
    this.#next[index] = this.#heads[head] ?? none;
    this.#heads[head] = index;
    this.#marks[index] = mark;
    if (typeof key === "string") this.#texts ??= new Array<string | null>(this.#size).fill(null);
    if (this.#texts !== null) this.#texts[index] = typeof key === "string" ? key : null;
    const left = this.#values[index];
    if (left !== undefined && this.#mayGo(left)) return left;
    return (this.#values[index] = this.#make());
  }

  #headOf(mark: number): number {
    return (Math.imul(mark, 0x9e37_79b1) >>> 16) & (this.#heads.length - 1);
  }

  #isText(index: number, key: AddressKey): boolean {
    if (this.#texts === null) return typeof key === "number";
    return this.#texts[index] === (typeof key === "number" ? null : key);
  }

  #unchain(index: number): void {
    const head = this.#headOf(this.#marks[index] ?? 0);
    let before = this.#heads[head] ?? none;
    if (before === index) {
      this.#heads[head] = this.#next[index] ?? none;
      return;
    }
    while (this.#next[before] !== index) before = this.#next[before] ?? none;
    this.#next[before] = this.#next[index] ?? none;
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

function markOf(key: AddressKey): number {
  if (typeof key === "number") return key | 0;
  let mark = 0;
  for (let index = 0; index < key.length; index += 1) mark = Math.imul(mark ^ key.charCodeAt(index), 0x0100_0193);
  return mark;
}
