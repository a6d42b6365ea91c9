/** The time of a made-up past, from which one goes on to now, so that what happened has its times. */
export class PastClock {
  #behindMs = 0;

  readonly now = (): number => Date.now() - this.#behindMs;

  /** That of a box, which takes a moment to do what it is asked for. */
  readonly boxNow = (): number => this.now() + (this.#behindMs === 0 ? 0 : 800);

  /** Goes on to so many minutes before now. */
  goTo(minutesAgo: number): void {
    this.#behindMs = minutesAgo * 60_000;
  }
}
