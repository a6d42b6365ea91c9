const none = -1;

/**
 * Places by a hash of 32 bits. Hash and place lie beside each other, one that finds its slot taken in the next free one: to
 * learn that something is not there, or to take it out, nothing but a few neighbours in this table is looked at.
 */
export class PlaceIndex {
  /** Hash and place in turns; the place is counted from 1, and 0 where the slot is free: new memory is full of free slots. */
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** @param capacity most places at once */
  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.#slots = new Int32Array(2 * slots);
    this.#mask = slots - 1;
  }

  /** The first slot with this hash; -1 where there is none. */
  first(hash: number): number {
    return this.#from(hash & this.#mask, hash);
  }

  /** The next one after such a slot. */
  after(slot: number, hash: number): number {
    return this.#from((slot + 1) & this.#mask, hash);
  }

  placeAt(slot: number): number {
    return (this.#slots[2 * slot + 1] ?? 0) - 1;
  }

  add(hash: number, place: number): void {
    let slot = hash & this.#mask;
    while (this.placeAt(slot) !== none) slot = (slot + 1) & this.#mask;
    this.#write(slot, hash, place);
  }

  /** Takes out what is there. */
  remove(hash: number, place: number): void {
    let hole = hash & this.#mask;
    while (this.placeAt(hole) !== place) hole = (hole + 1) & this.#mask;
    // Whoever gave way to it moves up, so that none is behind a free slot.
    for (let slot = (hole + 1) & this.#mask; this.placeAt(slot) !== none; slot = (slot + 1) & this.#mask) {
      const itsHash = this.#slots[2 * slot] ?? 0;
      const isAtHome = ((slot - itsHash) & this.#mask) < ((slot - hole) & this.#mask);
      if (isAtHome) continue;
      this.#write(hole, itsHash, this.placeAt(slot));
      hole = slot;
    }
    this.#write(hole, 0, none);
  }

  #from(start: number, hash: number): number {
    let slot = start;
    while (this.placeAt(slot) !== none) {
      if (this.#slots[2 * slot] === hash) return slot;
      slot = (slot + 1) & this.#mask;
    }
    return none;
  }

  #write(slot: number, hash: number, place: number): void {
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = place + 1;
  }
}
