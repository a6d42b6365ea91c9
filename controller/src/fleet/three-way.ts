import { isDeepStrictEqual } from "node:util";

/** What is to be done to our list for it to say what theirs says. */
export interface ThreeWay<T, H> {
  /** Of theirs: to be written. */
  readonly taken: readonly H[];
  /** Of ours: to be ended, for theirs has none or another one. */
  readonly ended: readonly T[];
}

/**
 * Takes into our list what theirs has made of the list that both went on from, but for what was changed, added or ended
 * in ours since.
 *
 * @param base null where it is not known: then nothing counts as changed in ours, and nothing is ended
 * @param said keys that count as changed in ours, whatever they say
 */
export function threeWay<T, H>(
  ours: readonly T[],
  base: readonly T[] | null,
  theirs: readonly H[],
  keyOf: (of: T | H) => string,
  said: ReadonlySet<string> = new Set(),
): ThreeWay<T, H> {
  if (base === null) return { taken: theirs, ended: [] };
  const [oursByKey, baseByKey, heldByKey] = [byKey(ours, keyOf), byKey(base, keyOf), byKey(theirs, keyOf)];
  const isChanged = (key: string) => said.has(key) || !isDeepStrictEqual(oursByKey.get(key), baseByKey.get(key));
  const isReplaced = (own: T, by: H | undefined) => by === undefined || idOf(own) !== idOf(by);
  return {
    taken: theirs.filter((each) => !isChanged(keyOf(each))),
    ended: ours.filter((each) => !isChanged(keyOf(each)) && isReplaced(each, heldByKey.get(keyOf(each)))),
  };
}

function byKey<T>(list: readonly T[], keyOf: (of: T) => string): ReadonlyMap<string, T> {
  return new Map(list.map((each) => [keyOf(each), each]));
}

/** What is kept by its id has to go where another one takes its place; what has none is kept by its key. */
function idOf(of: unknown): string | undefined {
  return (of as { readonly id?: string }).id;
}
