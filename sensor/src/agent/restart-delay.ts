/** How soon a process that ended is started again. */
export interface RestartPolicy {
  /** After the first failure. */
  readonly firstMs: number;
  /** However often it fails. */
  readonly maxMs: number;
  /** Having run so long, it counts as healthy, and its failures are forgotten. */
  readonly stableMs: number;
}

export const defaultRestartPolicy: RestartPolicy = { firstMs: 50, maxMs: 10_000, stableMs: 10_000 };

/** Doubles with each failure in a row, which `failures` counts from 1. */
export function restartDelayMs(failures: number, policy: RestartPolicy): number {
  return Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(failures - 1, 30));
}
