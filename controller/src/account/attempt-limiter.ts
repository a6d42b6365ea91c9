import type { Clock } from "../ambient.ts";

export interface AttemptLimits {
  /** Failures of one source within the window. Default 10: a person who mistypes, not a program that guesses. */
  readonly perSource: number;
  /** Failures of all sources within the window; bounds what a swarm can try. */
  readonly overall: number;
  readonly windowMs: number;
}

export const defaultAttemptLimits: AttemptLimits = { perSource: 10, overall: 100, windowMs: 60_000 };

/** Counts failed tries in windows; bounded, since it forgets everything when the window is over. */
export class AttemptLimiter {
  readonly #clock: Clock;
  readonly #limits: AttemptLimits;
  readonly #failuresBySource = new Map<string, number>();
  #overall = 0;
  #windowEndsAt = 0;

  constructor(clock: Clock, limits: AttemptLimits = defaultAttemptLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether a source may try now. */
  mayTry(source: string): boolean {
    this.#turn();
    return (this.#failuresBySource.get(source) ?? 0) < this.#limits.perSource && this.#overall < this.#limits.overall;
  }

  /** Notes that a try failed. */
  failed(source: string): void {
    this.#turn();
    this.#overall += 1;
    this.#failuresBySource.set(source, (this.#failuresBySource.get(source) ?? 0) + 1);
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
      this.#overall -= 1;
      this.#failuresBySource.set(source, (this.#failuresBySource.get(source) ?? 1) - 1);
    };
  }

  /** How long until everything is forgotten, milliseconds. */
  get waitMs(): number {
    return Math.max(0, this.#windowEndsAt - this.#clock.now());
  }

  #turn(): void {
    const now = this.#clock.now();
    if (now < this.#windowEndsAt) return;
    this.#windowEndsAt = now + this.#limits.windowMs;
    this.#overall = 0;
    this.#failuresBySource.clear();
  }
}
