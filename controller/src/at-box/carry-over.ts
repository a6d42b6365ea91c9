import { pinAuthor, wishIds, type DesiredDocument } from "@cordon/contract";

/**
 * What the box is to hold where its controller's document came in before one of its own that was under way: what the
 * controller says, with what a person at the box has asked and ended since.
 *
 * @param own the newest document of the box's own key, which the box has not adopted; null where there is none
 */
export function carryOver(held: DesiredDocument, own: DesiredDocument | null): DesiredDocument {
  if (own?.local === undefined) return held;
  const there = wishIds(held);
  const ended = new Set(own.local.ended);
  const isKept = ({ id }: { readonly id: string }) => !ended.has(id);
  const isNew = (wish: { readonly id: string; readonly author: string }) =>
    wish.author === pinAuthor && !there.has(wish.id) && isKept(wish);
  const both = <W extends { readonly id: string; readonly author: string }>(
    ours: readonly W[] | undefined,
    theirs: readonly W[] | undefined,
  ) => [...(ours ?? []).filter(isKept), ...(theirs ?? []).filter(isNew)];
  const barriers = both(held.barriers, own.barriers);
  const lineCut = [held.lineCut, own.lineCut].find((cut) => cut !== undefined && isKept(cut));
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
