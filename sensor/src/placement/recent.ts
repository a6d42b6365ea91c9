/** Keys with the time each was last noted: how many of late, and when one was. Bounded: the oldest go first. */
export class Recent<Key> {
  readonly #cap: number;
  readonly #at = new Map<Key, number>();

  constructor(cap: number) {
    this.#cap = cap;
  }

  note(key: Key, at: number): void {
    this.#at.delete(key);
    this.#at.set(key, at);
    if (this.#at.size <= this.#cap) return;
    for (const oldest of this.#at.keys()) {
      this.#at.delete(oldest);
      return;
    }
  }

  /** When this key was last noted; never is -Infinity. */
  atOf(key: Key): number {
    return this.#at.get(key) ?? Number.NEGATIVE_INFINITY;
  }

  /** How many keys were noted at that time or later. */
  countSince(at: number): number {
    let count = 0;
    for (const notedAt of this.#at.values()) if (notedAt >= at) count += 1;
    return count;
  }
}
