import type { WeirdCounter } from "../packet/weird.ts";

/** The latest time that JavaScript can write as a date, in epoch milliseconds. */
const latestTime = 8.64e15;

/** Frames of several interfaces may lie this much out of order in a file. */
const reorderedMs = 10_000;

/**
 * Turns the time stamps of a file into a time that never goes back. Slightly older frames get the
 * time of the newest; where the clock was set back, or one stamp lay far in the future, time goes on
 * from there at its own pace: rates stay true, since a verdict rests on them, and dates are then as
 * wrong as the file's.
 */
export class PacketClock {
  #now = Number.NEGATIVE_INFINITY;
  #shiftMs = 0;
  readonly #weird: WeirdCounter;

  constructor(weird: WeirdCounter) {
    this.#weird = weird;
  }

  /** The time of the packet with this stamp, in epoch milliseconds. */
  timeOf(stamp: number): number {
    if (!(stamp >= 0 && stamp <= latestTime)) {
      this.#weird.count("absurd-timestamp");
      this.#now = Math.max(this.#now, 0);
      return this.#now;
    }
    let at = stamp + this.#shiftMs;
    if (this.#now - at > reorderedMs) {
      this.#weird.count("time-went-backwards");
      this.#shiftMs = this.#now - stamp;
      at = this.#now;
    }
    this.#now = Math.min(Math.max(this.#now, at), latestTime);
    return this.#now;
  }
}
