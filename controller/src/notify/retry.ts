export interface RetryLimits {
  /** Before the second try, ms; doubled with each after it. */
  readonly firstMs: number;
  /** At most between two tries, ms. */
  readonly longestMs: number;
  /** From the first try on, ms: then it is given up. */
  readonly patienceMs: number;
  /** Tries of a message that is itself refused: it would keep those behind it waiting for nothing. */
  readonly refusedTries: number;
}

export interface Tries {
  /** How many there were. */
  readonly tries: number;
  readonly firstAt: number;
  readonly now: number;
  /** Whether the last found the message itself refused. */
  readonly isRefused: boolean;
}

/**
 * When a delivery is tried again; null where it is given up.
 *
 * @param chance from 0 to below 1: many receivers that fell together are not called together
 */
export function nextTryAt(
  { tries, firstAt, now, isRefused }: Tries,
  chance: number,
  limits: RetryLimits,
): number | null {
  if (isRefused && tries >= limits.refusedTries) return null;
  const fullMs = Math.min(limits.longestMs, limits.firstMs * 2 ** Math.min(tries - 1, 30));
  const at = now + Math.round(fullMs * (0.5 + chance / 2));
  return at - firstAt > limits.patienceMs ? null : at;
}
