import { isDeepStrictEqual } from "node:util";

/** What is to be done to our list for it to say what theirs says. */
export interface ThreeWay<T, H> {
  /** Of theirs: to be written. */
  readonly taken: readonly H[];
  /** Of ours: to be ended. */
  readonly ended: readonly T[];
}

/**
 * Takes into our list what theirs has made of the list that both went on from, but for what was changed, added or ended
 * in ours since.
 *
 * @param base null where it is not known: then nothing counts as changed in ours, and nothing is ended
 */
export function threeWay<T, H>(
  ours: readonly T[],
  base: readonly T[] | null,
  theirs: readonly H[],
  keyOf: (of: T | H) => string,
): ThreeWay<T, H> {
  if (base === null) return { taken: theirs, ended: [] };
  const [oursByKey, baseByKey] = [ours, base].map((list) => new Map(list.map((each) => [keyOf(each), each])));
  const held = new Set(theirs.map(keyOf));
  const isChanged = (key: string) => !isDeepStrictEqual(oursByKey?.get(key), baseByKey?.get(key));
  return {
    taken: theirs.filter((each) => !isChanged(keyOf(each))),
    ended: ours.filter((each) => !held.has(keyOf(each)) && !isChanged(keyOf(each))),
  };
}
