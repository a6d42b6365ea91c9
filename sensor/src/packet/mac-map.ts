/** A power of two. */
const cached = 64;

/**
 * A Map by MAC, in the order in which they came, with those asked for of late in front of it: a number of 48 bits is an
 * object to the engine's Maps.
 */
export class MacMap<Value> {
  readonly #values = new Map<number, Value>();
  readonly #macs = new Float64Array(cached).fill(-1);
  readonly #latest: (Value | undefined)[] = new Array<Value | undefined>(cached).fill(undefined);

  get size(): number {
    return this.#values.size;
  }

  get(mac: number): Value | undefined {
    const place = placeOf(mac);
    if (this.#macs[place] === mac) return this.#latest[place];
    const value = this.#values.get(mac);
    this.#macs[place] = mac;
    this.#latest[place] = value;
    return value;
  }

  has(mac: number): boolean {
    return this.#values.has(mac);
  }

  set(mac: number, value: Value): void {
    this.#forget(mac);
    this.#values.set(mac, value);
  }

  delete(mac: number): void {
    this.#forget(mac);
    this.#values.delete(mac);
  }

  values(): IterableIterator<Value> {
    return this.#values.values();
  }

  [Symbol.iterator](): IterableIterator<[number, Value]> {
    return this.#values[Symbol.iterator]();
  }

  #forget(mac: number): void {
    const place = placeOf(mac);
    if (this.#macs[place] !== mac) return;
    this.#macs[place] = -1;
    this.#latest[place] = undefined;
  }
}

/** The lower half tells the cards of a site apart. */
function placeOf(mac: number): number {
  return (Math.imul(mac | 0, 0x9e37_79b1) >>> 16) & (cached - 1);
}
