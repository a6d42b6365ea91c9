const none = -1;
const firstPlaces = 64;

/**
 * Numbers, first in, first out, each with the time it came at; in a ring that grows by doubling and is then used again and
 * again. Whoever waits may leave before its turn.
 */
export class TimedQueue {
  #ring = new Int32Array(firstPlaces);
  #times = new Float64Array(firstPlaces);
  /** Places are counted on for ever, around 32 bits; where one lies is what remains by the size of the ring. */
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** When the first came; infinitely late where there is none. */
  get firstAt(): number {
    if (this.#size === 0) return Number.POSITIVE_INFINITY;
    return this.#times[this.#head & (this.#times.length - 1)] ?? Number.POSITIVE_INFINITY;
  }

  /** Queues a number that is not negative; the place it got. */
  push(item: number, at: number): number {
    if (this.#size === this.#ring.length) this.#grow();
    const place = (this.#head + this.#size) | 0;
    this.#ring[place & (this.#ring.length - 1)] = item;
    this.#times[place & (this.#ring.length - 1)] = at;
    this.#size += 1;
    return place;
  }

  /** The first, which is no longer in it; -1 where it had left before, or there is none. */
  shift(): number {
    if (this.#size === 0) return none;
    const item = this.#ring[this.#head & (this.#ring.length - 1)] ?? none;
    this.#head = (this.#head + 1) | 0;
    this.#size -= 1;
    return item;
  }

  /** Whoever has this place waits no longer. */
  leave(place: number): void {
    if ((place - this.#head) >>> 0 < this.#size) this.#ring[place & (this.#ring.length - 1)] = none;
  }

  #grow(): void {
    const { length } = this.#ring;
    const ring = new Int32Array(2 * length);
    const times = new Float64Array(2 * length);
    for (let left = 0; left < this.#size; left += 1) {
      const place = this.#head + left;
      ring[place & (ring.length - 1)] = this.#ring[place & (length - 1)] ?? none;
      times[place & (ring.length - 1)] = this.#times[place & (length - 1)] ?? 0;
    }
    this.#ring = ring;
    this.#times = times;
  }
}
