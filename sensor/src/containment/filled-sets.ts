import type { Skeleton } from "./skeleton.ts";
import { limitIn, type Limit, type TimedElement } from "./timed-elements.ts";

/**
 * Sets that the kernel, or the box's name service, fills by itself: who was heard, whom a limit counts. Nobody knows
 * what is to be in them, but what never is: an element with a time that is not the set's own, which stands open for
 * ever, or with a limit that no rule of ours has, which bounds nothing.
 */
export interface FilledSet {
  readonly name: string;
  readonly timeoutSeconds: number;
  /** The limits that rules of ours put into it; null is an element without one. */
  readonly limits: readonly (Limit | null)[];
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads from a ruleset which sets it has filled. */
export function filledSetsIn({ text, more }: Pick<Skeleton, "text" | "more">): readonly FilledSet[] {
  const whole = `${text}${more}`;
  const limits = new Map<string, (Limit | null)[]>();
  for (const [, name = "", element = ""] of whole.matchAll(/(?:add|update) @(\w+) \{ ([^{}]*) \}/g)) {
    limits.set(name, [...(limits.get(name) ?? []), limitIn(element)]);
  }
  return [...whole.matchAll(/^\tset (\w+) \{\n((?:\t\t.*\n)*)\t\}/gm)].flatMap(([, name = "", body = ""]) => {
    const [, count, unit = ""] = /^\t\ttimeout (\d+)(ms|s|m|h|d)$/m.exec(body) ?? [];
    // What is read from a frame by its place cannot be named as a key again.
    if (count === undefined || body.includes("typeof")) return [];
    const timeoutSeconds = (Number(count) * (unitMs[unit] ?? 1000)) / 1000;
    return [{ name, timeoutSeconds, limits: limits.get(name) ?? [null] }];
  });
}

/** Keys of elements that neither kernel nor name service has put there. */
export function foreignIn({ timeoutSeconds, limits }: FilledSet, elements: readonly TimedElement[]): readonly string[] {
  return elements
    .filter(
      (element) =>
        element.secondsLeft === null ||
        (element.timeoutSeconds !== null && element.timeoutSeconds !== timeoutSeconds) ||
        // Where it stands beside a counter nft does not list it; and an element without one has the kernel stop all.
        (element.limit !== null && !limits.some((limit) => isSame(limit, element.limit))),
    )
    .map(({ key }) => key);
}

function isSame(a: Limit | null, b: Limit | null): boolean {
  if (a === null || b === null) return a === b;
  return a.rate === b.rate && a.per === b.per && a.burst === b.burst && a.isOver === b.isOver;
}
