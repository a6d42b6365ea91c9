/** How long to wait before another try. */
export interface RetryPolicy {
  /** Upper bound of the first wait, in milliseconds. */
  readonly baseMs: number;
  /** Upper bound of every wait: higher spares the line, lower finds a returned controller sooner. */
  readonly maxMs: number;
}

/**
 * Full jitter: anywhere between nothing and a bound that doubles with every failure, so that a
 * thousand boxes that lost the same controller do not return in the same second.
 */
export function retryDelayMs(failures: number, policy: RetryPolicy, random: () => number): number {
  const bound = Math.min(policy.maxMs, policy.baseMs * 2 ** Math.min(failures, 30));
  return Math.round(random() * bound);
}
