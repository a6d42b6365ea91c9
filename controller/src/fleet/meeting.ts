/**
 * Where people at the box and people here acted while neither knew of the other. The rule:
 *
 * - wishes add up: what was wished for at either place is wished for, and so the stricter of two holds;
 * - an end ends the wish that it named, at whichever place it was said, and no other one;
 * - of two settings of one thing, where only one can be, the stricter holds;
 * - where one place wished to hold and the other to let go, both are shown until a person decides.
 *
 * Pure: what is to be done to the records is said here, and done in `hand-back.ts`.
 */

/** A wish for something: a machine, a way of spreading, an area, the line. */
export interface Wish {
  readonly id: string;
  /** What it is for; wishes for the same add up or replace each other. */
  readonly about: string;
  /** The stricter one is larger. */
  readonly strength: number;
}

export interface Places {
  /** What was wished for when the line died. */
  readonly base: readonly Wish[];
  /** Wished for here now. */
  readonly here: readonly Wish[];
  /** Wished for at the box, what was there when the line died included. */
  readonly box: readonly Wish[];
  /** Ids of those in `base` that somebody at the box has ended. */
  readonly endedAtBox: ReadonlySet<string>;
  /** Ids of the box's own that the records know from before, whatever became of them since. */
  readonly known: ReadonlySet<string>;
  /** True where only one wish can be about the same thing. */
  readonly isSingle: boolean;
}

/** What was wished for and ended at two places, by ids, and what holds until a person decides. */
export interface TwoWords {
  readonly about: string;
  readonly atBox: { readonly wished: readonly string[]; readonly ended: readonly string[] };
  readonly here: { readonly wished: readonly string[]; readonly ended: readonly string[] };
  readonly holds: readonly string[];
}

export interface Meeting {
  /** Of the box's: to be wished for here too. */
  readonly taken: readonly string[];
  /** Of ours: to be ended, by the box's word. */
  readonly ended: readonly string[];
  /** Of ours: to give way to one that is stricter. */
  readonly replaced: readonly string[];
  readonly twoWords: readonly TwoWords[];
}

/** What becomes of the records where two places meet again. */
export function meet({ base, here, box, endedAtBox, known, isSingle }: Places): Meeting {
  const baseIds = idsOf(base);
  const hereIds = idsOf(here);
  const added = box.filter(({ id }) => !baseIds.has(id) && !hereIds.has(id) && !known.has(id));
  const ended = here.filter(({ id }) => endedAtBox.has(id));
  const kept = here.filter(({ id }) => !endedAtBox.has(id));
  const taken: Wish[] = [];
  const replaced: string[] = [];
  const twoWords: TwoWords[] = [];
  const abouts = new Set([...base, ...here, ...box].map(({ about }) => about));
  for (const about of abouts) {
    const of = (wishes: readonly Wish[]) => wishes.filter((wish) => wish.about === about);
    const ours = of(kept);
    const rival = isSingle ? of(added).filter((wish) => ours.some(({ strength }) => strength >= wish.strength)) : [];
    const theirs = of(added).filter((wish) => !rival.includes(wish));
    const weaker = isSingle && theirs.length > 0 ? ours : [];
    taken.push(...theirs);
    replaced.push(...weaker.map(({ id }) => id));
    const wishedHere = ours.filter(({ id }) => !baseIds.has(id) && !box.some((wish) => wish.id === id));
    const endedHere = of(base).filter(({ id }) => !hereIds.has(id));
    const endedThere = of(base).filter(({ id }) => endedAtBox.has(id));
    const isHeldHereAlone = endedThere.length > 0 && wishedHere.length > 0;
    const isHeldThereAlone = of(added).length > 0 && endedHere.some(({ id }) => !endedAtBox.has(id));
    const isOverruled = rival.some(({ strength }) => ours.some((our) => our.strength > strength));
    if (!isHeldHereAlone && !isHeldThereAlone && !isOverruled && weaker.length === 0) continue;
    const holds = [...ours.filter((wish) => !weaker.includes(wish)), ...theirs].map(({ id }) => id);
    twoWords.push({
      about,
      atBox: { wished: of(added).map(({ id }) => id), ended: endedThere.map(({ id }) => id) },
      here: { wished: wishedHere.map(({ id }) => id), ended: endedHere.map(({ id }) => id) },
      holds,
    });
  }
  return { taken: taken.map(({ id }) => id), ended: ended.map(({ id }) => id), replaced, twoWords };
}

function idsOf(wishes: readonly Wish[]): ReadonlySet<string> {
  return new Set(wishes.map(({ id }) => id));
}
