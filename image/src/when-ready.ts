import { ImageError } from "./errors.ts";

interface Item {
  readonly name: string;
  /** Names of those that come before it. */
  readonly needs: readonly string[];
}

/**
 * Works on each once all that it needs is done, so many at a time, in the order of the list. After a failure nothing more is
 * begun; rejects with it when nothing is under way any more. Rejects with `layers-unordered` where one waits for what is not there.
 */
export async function eachWhenReady<T extends Item>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = new Set(items);
  const done = new Set<string>();
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const isReady = ({ needs }: Item) => needs.every((need) => done.has(need));
  const begin = (item: T) => {
    waiting.delete(item);
    const working: Promise<void> = work(item)
      .then(() => void done.add(item.name))
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(working));
    underWay.add(working);
  };
  for (;;) {
    const isFree = failures.length === 0 && underWay.size < atOnce;
    const next = isFree ? [...waiting].find(isReady) : undefined;
    if (next !== undefined) begin(next);
    else if (underWay.size > 0) await Promise.race(underWay);
    else break;
  }
  if (failures.length > 0) throw failures[0];
  const [stuck] = waiting;
  if (stuck !== undefined) throw new ImageError("layers-unordered", `${stuck.name} needs what nobody makes`);
}
