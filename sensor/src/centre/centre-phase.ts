/** When a box is its own centre. Pure. */

export interface CentreTimes {
  /** Default 2 minutes without a controller, and the box is its own centre. */
  readonly awayMs: number;
  /** Default 10 minutes without anybody at its pages, and it is not where there is a controller. */
  readonly idleMs: number;
}

export const defaultCentreTimes: CentreTimes = { awayMs: 120_000, idleMs: 600_000 };

/** Monotonic milliseconds; null where it is not so. */
export interface CentreFacts {
  /** Since when there has been no controller. */
  readonly awaySince: number | null;
  /** When somebody last asked for a page, or used one. */
  readonly usedAt: number | null;
}

/** Whether the box is to be its own centre now. */
export function isOwnCentre({ awaySince, usedAt }: CentreFacts, times: CentreTimes, now: number): boolean {
  const isAway = awaySince !== null && now - awaySince >= times.awayMs;
  const isUsed = usedAt !== null && now - usedAt < times.idleMs;
  return isAway || isUsed;
}
