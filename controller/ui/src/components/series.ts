/** One value at one time; null where nothing is known. */
export interface Point {
  readonly at: number;
  readonly value: number | null;
}

/**
 * The points with a null wherever a step is missing, so that a gap is drawn as a gap and not as a
 * straight line. A step counts as missing after one and a half of them.
 */
export function withGaps(points: readonly Point[], stepMs: number): Point[] {
  return points.flatMap((point, i) => {
    const before = points[i - 1];
    const isAfterGap = before !== undefined && point.at - before.at > 1.5 * stepMs;
    return isAfterGap ? [{ at: before.at + stepMs, value: null }, point] : [point];
  });
}

/** The top of an axis that holds `highest`: 1, 2, 4, 6, 8 or 10 times a power of ten, so that its half is a round number too. */
export function axisTop(highest: number): number {
  if (highest <= 2) return 2;
  const power = 10 ** Math.floor(Math.log10(highest));
  const top = [1, 2, 4, 6, 8, 10].find((step) => step * power >= highest) ?? 10;
  return top * power;
}

/** The last minutes of a series, one value a minute, newest first: what "as table" shows. */
export function perMinute(points: readonly Point[], minutes: number): Point[] {
  const rows = new Map<number, Point>();
  for (const { at, value } of points) {
    const minute = Math.floor(at / 60_000) * 60_000;
    const before = rows.get(minute)?.value ?? null;
    rows.set(minute, {
      at: minute,
      value: before === null ? value : value === null ? before : Math.max(before, value),
    });
  }
  return [...rows.values()].toReversed().slice(0, minutes);
}
