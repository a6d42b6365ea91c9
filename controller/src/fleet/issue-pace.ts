import type { Clock } from "../ambient.ts";

export interface IssueLimits {
  /** Default 4 certificates of one key within the window: the first, and others where its answer was lost on the way. */
  readonly perKey: number;
  /** Default a day: a thirtieth of a certificate's life. A box renews at two thirds of it. */
  readonly windowMs: number;
}

export const defaultIssueLimits: IssueLimits = { perKey: 4, windowMs: 86_400_000 };

/** How often certificates are made for one key; keys are those that a sensor of ours has, so that there are few. */
export class IssuePace {
  readonly #clock: Clock;
  readonly #limits: IssueLimits;
  readonly #issuedAt = new Map<string, readonly number[]>();

  constructor(clock: Clock, limits: IssueLimits = defaultIssueLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  mayIssue(keyHash: string): boolean {
    return this.#lately(keyHash).length < this.#limits.perKey;
  }

  issued(keyHash: string): void {
    this.#issuedAt.set(keyHash, [...this.#lately(keyHash), this.#clock.now()]);
  }

  #lately(keyHash: string): readonly number[] {
    const since = this.#clock.now() - this.#limits.windowMs;
    return (this.#issuedAt.get(keyHash) ?? []).filter((at) => at > since);
  }
}
