import type { SeededRandom } from "./random.ts";

/** A value with the interval that holds it in 95 of 100 repetitions. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The middle value; of an even number the upper of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** The least value that a share of all does not exceed (nearest rank); NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const resamples = 2000;

/**
 * The median with its 95 % interval by the percentile bootstrap: the values are drawn anew from
 * themselves, as often as there are, and what the median does then tells how sure it is. It assumes
 * nothing about how they are spread but that they do not depend on one another.
 */
export function medianEstimate(values: readonly number[], random: SeededRandom): Estimate {
  const medians = Array.from({ length: resamples }, () =>
    median(values.map(() => values[random.below(values.length)] ?? Number.NaN)),
  );
  return { value: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/** The same values in another order (Fisher and Yates). */
export function shuffled<T>(values: readonly T[], random: SeededRandom): T[] {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
