import { pinAuthor, wishIds, type DesiredDocument } from "@cordon/contract";

/**
 * What the box is to hold where its controller's document came in before one of its own that was under way: what the
 * controller says, with what a person at the box has asked and ended since.
 *
 * @param own the newest document of the box's own key, which the box has not adopted; null where there is none
 * @param answered the one that the controller's answers, whose wishes it has met: what it lacks of them has ended
 */
export function carryOver(
  held: DesiredDocument,
  own: DesiredDocument | null,
  answered: DesiredDocument | null = null,
): DesiredDocument {
  if (own?.local === undefined) return held;
  const known = new Set([...wishIds(held), ...(answered === null ? [] : wishIds(answered))]);
  const ended = new Set(own.local.ended);
  const isKept = ({ id }: { readonly id: string }) => !ended.has(id);
  const isNew = (wish: { readonly id: string; readonly author: string }) =>
    wish.author === pinAuthor && !known.has(wish.id) && isKept(wish);
  const both = <W extends { readonly id: string; readonly author: string }>(
    ours: readonly W[] | undefined,
    theirs: readonly W[] | undefined,
  ) => [...(ours ?? []).filter(isKept), ...(theirs ?? []).filter(isNew)];
  const barriers = both(held.barriers, own.barriers);
  const [lineCut] = both(listOf(held.lineCut), listOf(own.lineCut));
  const { lineCut: _, ...rest } = held;
  return {
    ...rest,
    containments: both(held.containments, own.containments),
    throttles: both(held.throttles, own.throttles),
    sweeps: both(held.sweeps, own.sweeps),
    // One for each way and area; the newer word is the one of whoever is here.
    barriers: barriers.filter(
      (each, index) => !barriers.slice(index + 1).some(({ way, area }) => way === each.way && area === each.area),
    ),
    areaCuts: both(held.areaCuts, own.areaCuts),
    ...(lineCut === undefined ? {} : { lineCut }),
  };
}

function listOf<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
