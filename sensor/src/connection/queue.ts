/**
 * First in, first out, each with the time it came at; in a ring that grows by doubling and is then used again and again.
 * Whoever waits may leave before its turn.
 */
export class TimedQueue<Item> {
  #ring: (Item | undefined)[] = new Array<Item | undefined>(64).fill(undefined);
  #times = new Float64Array(64);
  /** Places are counted on for ever; where one lies is what remains by the size of the ring. */
  #head = 0;
  #tail = 0;

  get size(): number {
    return this.#tail - this.#head;
  }

  /** When the first came; infinitely late where there is none. */
  get firstAt(): number {
    if (this.#head === this.#tail) return Number.POSITIVE_INFINITY;
    return this.#times[this.#head & (this.#times.length - 1)] ?? Number.POSITIVE_INFINITY;
  }

  /** The place it got. */
  push(item: Item, at: number): number {
    if (this.size === this.#ring.length) this.#grow();
    const place = this.#tail;
    this.#ring[place & (this.#ring.length - 1)] = item;
    this.#times[place & (this.#ring.length - 1)] = at;
    this.#tail += 1;
    return place;
  }

  /** The first, which is no longer in it; undefined where it had left before, or there is none. */
  shift(): Item | undefined {
    if (this.#head === this.#tail) return undefined;
    const index = this.#head & (this.#ring.length - 1);
    const item = this.#ring[index];
    this.#ring[index] = undefined;
    this.#head += 1;
    return item;
  }

  /** Whoever has this place waits no longer. */
  leave(place: number): void {
    if (place >= this.#head && place < this.#tail) this.#ring[place & (this.#ring.length - 1)] = undefined;
  }

  #grow(): void {
    const { length } = this.#ring;
    const ring = new Array<Item | undefined>(2 * length).fill(undefined);
    const times = new Float64Array(2 * length);
    for (let place = this.#head; place < this.#tail; place += 1) {
      ring[place & (ring.length - 1)] = this.#ring[place & (length - 1)];
      times[place & (ring.length - 1)] = this.#times[place & (length - 1)] ?? 0;
    }
    this.#ring = ring;
    this.#times = times;
  }
}
