import type { Clock } from "../ambient.ts";

export interface AttemptLimits {
  /** Failures of one source within the window. Default 10: a person who mistypes, not a program that guesses. */
  readonly perSource: number;
  /** Failures of all sources within the window; bounds what a swarm can try. */
  readonly overall: number;
  /**
   * The first failures of each source, counted apart from all others: a few sources that fail all the time keep out nobody who has
   * hardly failed yet. Absent: they count among all.
   */
  readonly spared?: { readonly perSource: number; readonly overall: number };
  readonly windowMs: number;
}

/** Of the first three failures so many that it takes a hundred sources to keep others out. */
export const defaultAttemptLimits: AttemptLimits = {
  ...{ perSource: 10, overall: 100, spared: { perSource: 3, overall: 300 }, windowMs: 60_000 },
};

/** Counts failed tries in windows; bounded, since it forgets everything when the window is over. */
export class AttemptLimiter {
  readonly #clock: Clock;
  readonly #limits: AttemptLimits;
  readonly #failuresBySource = new Map<string, number>();
  #overall = 0;
  #spared = 0;
  #windowEndsAt = 0;

  constructor(clock: Clock, limits: AttemptLimits = defaultAttemptLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether a source may try now. */
  mayTry(source: string): boolean {
    this.#turn();
    const { perSource, overall, spared } = this.#limits;
    const failures = this.#failuresBySource.get(source) ?? 0;
    if (failures >= perSource) return false;
    return spared !== undefined && failures < spared.perSource
      ? this.#spared < spared.overall
      : this.#overall < overall;
  }

  /** Notes that a try failed. */
  failed(source: string): void {
    this.#turn();
    this.#count(source, 1);
  }

  /**
   * Notes a try before it is known how it ends, so that many at once are not let through together.
   *
   * @returns what takes it back once it has succeeded; null where the source may not try now
   */
  begin(source: string): (() => void) | null {
    if (!this.mayTry(source)) return null;
    this.failed(source);
    const windowEndsAt = this.#windowEndsAt;
    return () => {
      if (windowEndsAt !== this.#windowEndsAt) return;
      this.#count(source, -1);
    };
  }

  /** How long until everything is forgotten, milliseconds. */
  get waitMs(): number {
    return Math.max(0, this.#windowEndsAt - this.#clock.now());
  }

  #count(source: string, more: 1 | -1): void {
    const before = this.#failuresBySource.get(source) ?? 0;
    const after = before + more;
    this.#failuresBySource.set(source, after);
    if (Math.min(before, after) < (this.#limits.spared?.perSource ?? 0)) this.#spared += more;
    else this.#overall += more;
  }

  #turn(): void {
    const now = this.#clock.now();
    if (now < this.#windowEndsAt) return;
    this.#windowEndsAt = now + this.#limits.windowMs;
    this.#overall = 0;
    this.#spared = 0;
    this.#failuresBySource.clear();
  }
}
