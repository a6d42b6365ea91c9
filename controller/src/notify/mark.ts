/** What was told of something that may be bad, so that it is told once however it flaps. */

/** How bad something is now. */
export interface Level {
  readonly name: string;
  /** A higher one is news although a lower one was told. */
  readonly rank: number;
}

export interface Mark {
  /** The worst level that was told; null while it has not held for long enough. */
  readonly told: string | null;
  readonly rank: number;
  /** When it was first seen. */
  readonly since: number;
  /** When it was last seen to have ended; null while it holds. */
  readonly calmSince: number | null;
}

export interface Patience {
  /** How long it has to hold before it is told, ms. */
  readonly holdMs: number;
  /** How long it has to be over before it is, ms: what comes back sooner is the same. */
  readonly calmMs: number;
}

export interface Step {
  readonly mark: Mark | null;
  readonly news: "raised" | "ended" | null;
}

/** What becomes of a mark by what is seen now; a null level means that all is well. */
export function stepOf(mark: Mark | null, level: Level | null, now: number, patience: Patience): Step {
  if (level === null) {
    if (mark?.told == null) return { mark: null, news: null };
    const calmSince = mark.calmSince ?? now;
    if (now - calmSince >= patience.calmMs) return { mark: null, news: "ended" };
    return { mark: { ...mark, calmSince }, news: null };
  }
  const since = mark?.since ?? now;
  if (mark?.told == null) {
    if (now - since < patience.holdMs) return { mark: { told: null, rank: 0, since, calmSince: null }, news: null };
    return { mark: { told: level.name, rank: level.rank, since, calmSince: null }, news: "raised" };
  }
  // It may have ended unseen between two looks: long ago is another time.
  if (mark.calmSince !== null && now - mark.calmSince >= patience.calmMs) return stepOf(null, level, now, patience);
  if (level.rank > mark.rank) {
    return { mark: { told: level.name, rank: level.rank, since, calmSince: null }, news: "raised" };
  }
  return { mark: { ...mark, calmSince: null }, news: null };
}

/** Whether two marks say the same. */
export function isSameMark(one: Mark | null, other: Mark | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.told === other.told && one.rank === other.rank && one.since === other.since && one.calmSince === other.calmSince
  );
}
