/** Packets of several interfaces may lie this much out of order. */
const reorderedMs = 10_000;

/**
 * The judge's time never goes back: windows would stand still and grace never end. Where the clock
 * was set back (a box without a battery takes up a checkpoint from the future) time goes on from
 * what was reached, until the clock has caught up.
 */
export class JudgeTime {
  #now = 0;
  /** Added to the clock's time since it was set back. */
  #shiftMs = 0;

  /** The time that was reached. */
  get now(): number {
    return this.#now;
  }

  /** It is at least as late as this. */
  reach(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  /** Takes the clock's time; false where that is none that is new. */
  goOn(stamp: number): boolean {
    const at = this.#timeOf(stamp);
    if (!(at > this.#now)) return false;
    this.#now = at;
    return true;
  }

  #timeOf(stamp: number): number {
    if (stamp >= this.#now) {
      this.#shiftMs = 0;
      return stamp;
    }
    if (this.#now - (stamp + this.#shiftMs) > reorderedMs) this.#shiftMs = this.#now - stamp;
    return stamp + this.#shiftMs;
  }
}
