import type { TimelineEntry } from "../../../src/api/timeline-view.ts";

/** What stands in the list: a day's heading, a row, or a stretch in which nothing happened. */
export type TimelineItem =
  | { readonly kind: "day"; readonly at: number }
  | {
      readonly kind: "row";
      readonly entry: TimelineEntry;
      /** The same deed again and again, told as one; the newest first. */
      readonly again: readonly TimelineEntry[];
    }
  | { readonly kind: "quiet"; readonly lengthMs: number };

// Shorter ones are the ordinary course of things; longer ones are parted by the day.
const quietMs = 3 * 60_000;
// More are told by a further row.
const againLimit = 100;

/**
 * The list of a time line. Where rows were added at its end alone it goes on from the list before, so that reading on costs what
 * was read.
 */
export class TimelineItems {
  #entries: readonly TimelineEntry[] = [];
  #items: TimelineItem[] = [];

  of(entries: readonly TimelineEntry[]): readonly TimelineItem[] {
    if (entries === this.#entries) return this.#items;
    const before = this.#entries;
    const goesOn =
      before.length > 0 &&
      entries.length >= before.length &&
      entries[0] === before[0] &&
      entries[before.length - 1] === before.at(-1);
    const items = goesOn ? this.#items.slice() : [];
    for (let index = goesOn ? before.length : 0; index < entries.length; index += 1) {
      const [entry, above] = [entries[index], entries[index - 1]];
      if (entry === undefined) continue;
      const day = dayOf(entry.at);
      const row = items.at(-1);
      if (row?.kind === "row" && row.again.length < againLimit && isAgain(row.entry, entry, above)) {
        items[items.length - 1] = { ...row, again: [...row.again, entry] };
        continue;
      }
      if (above === undefined || dayOf(above.at) !== day) items.push({ kind: "day", at: entry.at });
      else if (above.at - entry.at >= quietMs) items.push({ kind: "quiet", lengthMs: above.at - entry.at });
      items.push({ kind: "row", entry, again: [] });
    }
    this.#entries = entries;
    this.#items = items;
    return items;
  }
}

/** Where a row stands in the list; −1 where it does not. */
export function indexOfRow(items: readonly TimelineItem[], id: string): number {
  return items.findIndex((item) => item.kind === "row" && [item.entry, ...item.again].some((entry) => entry.id === id));
}

/** Whether somebody looked something up again, of which no more is told than that: a list of these hides what matters. */
function isAgain(deed: TimelineEntry, entry: TimelineEntry, above: TimelineEntry | undefined): boolean {
  const isSame = deed.what === entry.what && deed.person === entry.person && deed.host === entry.host;
  if (!isSame || entry.kind !== "people" || Object.keys(entry.detail).length > 0) return false;
  return above !== undefined && above.at - entry.at < quietMs && dayOf(above.at) === dayOf(entry.at);
}

/** The start of a time's day, in this machine's zone. */
function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
