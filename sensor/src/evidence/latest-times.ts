const firstKept = 16;

/** The latest times of something, which come nearly in order: a bounded number, in a ring that grows by doubling until then. */
export class LatestTimes {
  readonly #most: number;
  #times = new Float64Array(firstKept);
  #noted = 0;

  /** @param most a power of two, 16 or more */
  constructor(most: number) {
    this.#most = most;
  }

  note(at: number): void {
    if (this.#noted === this.#times.length && this.#noted < this.#most) {
      const larger = new Float64Array(2 * this.#noted);
      larger.set(this.#times);
      this.#times = larger;
    }
    this.#times[this.#noted & (this.#times.length - 1)] = at;
    this.#noted += 1;
  }

  /** How many of the latest are later than this. */
  countSince(since: number): number {
    const known = Math.min(this.#noted, this.#times.length);
    let count = 0;
    while (count < known && this.latest(count) > since) count += 1;
    return count;
  }

  /** The latest but so many of those that are kept. */
  latest(but: number): number {
    return this.#times[(this.#noted - 1 - but) & (this.#times.length - 1)] ?? 0;
  }
}
