import type { DatabaseSync } from "node:sqlite";
import { filterOf, mayHold, type FilterKey } from "./line-filter.ts";

/** What was written at once. Times are epoch milliseconds. */
export interface Batch {
  readonly id: number;
  readonly lines: number;
  /** Of its lines' beginnings. */
  readonly first_start: number;
  readonly last_start: number;
  /** The last packet of any of its connections. */
  readonly last_at: number;
  /** It tells anew of connections that began long before. */
  readonly is_late: 0 | 1;
  /** By how much the clock may have been wrong by which it was written, milliseconds; null where nothing is known of that. */
  readonly clock_error: number | null;
}

/** Epoch milliseconds, both included. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** What a batch may hold, apart by what is asked for most. */
export interface BatchFilters {
  readonly remotes: Uint8Array;
  readonly ports: Uint8Array;
}

/** Filters of some batches in a row, one behind the other. */
interface Shelf {
  readonly batches: readonly number[];
  readonly ends: { readonly remotes: readonly number[]; readonly ports: readonly number[] };
}

interface ShelfRow {
  readonly id: number;
  readonly shelf: string;
}

// A shelf is some 80 KB each for addresses and ports: one long read, where filters by themselves would be many short ones.
const batchesPerShelf = 30;

/** The filters that a batch's lines have. */
export function filtersOf(keys: readonly FilterKey[]): BatchFilters {
  const isRemote = ({ of }: FilterKey) => of === "remote";
  return { remotes: filterOf(keys.filter(isRemote)), ports: filterOf(keys.filter((key) => !isRemote(key))) };
}

/**
 * Which batches there are, in memory, and what each may hold, on shelves in the file. The filters of the newest wait in
 * memory for their shelf; after a power cut those batches are searched without.
 */
export class FlowIndex {
  readonly #database: DatabaseSync;
  #batches: Batch[];
  readonly #waiting = new Map<number, BatchFilters>();
  /** Shelf and place by batch. */
  readonly #places = new Map<number, { readonly id: number; readonly shelf: Shelf; readonly place: number }>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    const columns = "id, lines, first_start, last_start, last_at, is_late, clock_error";
    this.#batches = database.prepare(`SELECT ${columns} FROM batches ORDER BY id`).all() as unknown as Batch[];
    const shelves = database.prepare("SELECT id, shelf FROM shelves").all() as unknown as ShelfRow[];
    for (const { id, shelf } of shelves) this.#place(id, JSON.parse(shelf) as Shelf);
  }

  /** In the order in which they were written. */
  oldestFirst(): readonly Batch[] {
    return this.#batches;
  }

  /** The oldest beginning that was told in time; null of none. */
  get since(): number | null {
    return this.#batches.find(({ is_late: isLate }) => isLate === 0)?.first_start ?? null;
  }

  /** Connections told of. */
  get lines(): number {
    return this.#batches.reduce((sum, { lines, is_late: isLate }) => sum + (isLate === 0 ? lines : 0), 0);
  }

  add(batch: Batch, filters: BatchFilters): void {
    this.#batches.push(batch);
    this.#waiting.set(batch.id, filters);
  }

  forget(batch: Batch): void {
    this.#batches.splice(this.#batches.indexOf(batch), 1);
    this.#waiting.delete(batch.id);
    this.#places.delete(batch.id);
  }

  /** Puts the times of all from this batch on right, and says how wrong they may still be. In a transaction of the caller's. */
  correct(since: number, shiftMs: number, errorMs: number): () => void {
    this.#database
      .prepare(
        `UPDATE batches SET written_at = written_at + $shift, first_start = first_start + $shift,
           last_start = last_start + $shift, last_at = last_at + $shift,
           clock_error = min(coalesce(clock_error, $error), $error)
         WHERE id >= $since`,
      )
      .run({ $shift: shiftMs, $error: errorMs, $since: since });
    return () => {
      this.#batches = this.#batches.map((batch) =>
        batch.id < since
          ? batch
          : {
              ...batch,
              first_start: batch.first_start + shiftMs,
              last_start: batch.last_start + shiftMs,
              last_at: batch.last_at + shiftMs,
              clock_error: Math.min(batch.clock_error ?? errorMs, errorMs),
            },
      );
    };
  }

  /** Writes a shelf where enough waits for one, or what there is. In a transaction of the caller's. */
  shelve({ isLast = false } = {}): (() => void) | null {
    if (this.#waiting.size < (isLast ? 1 : batchesPerShelf)) return null;
    const batches = [...this.#waiting.keys()];
    const filters = [...this.#waiting.values()];
    const shelf: Shelf = { batches, ends: { remotes: endsOf(filters, "remotes"), ports: endsOf(filters, "ports") } };
    const joined = (part: keyof BatchFilters) => Buffer.concat(filters.map((each) => each[part]));
    const { lastInsertRowid } = this.#database
      .prepare("INSERT INTO shelves (last_batch, shelf, remotes, ports) VALUES (?, ?, ?, ?)")
      .run(batches.at(-1) ?? 0, JSON.stringify(shelf), joined("remotes"), joined("ports"));
    return () => {
      for (const batch of batches) this.#waiting.delete(batch);
      this.#place(Number(lastInsertRowid), shelf);
    };
  }

  /** Those that may hold something of the time, each within what its clock may have been wrong by. */
  inTime(spanOf: (batch: Batch) => TimeSpan): readonly Batch[] {
    return this.#batches.filter((batch) => {
      const { from, to } = spanOf(batch);
      return batch.first_start <= to && batch.last_at >= from;
    });
  }

  /** Which of these may hold something of the keys, newest first. */
  *candidates(inTime: readonly Batch[], keys: readonly FilterKey[]): Generator<Batch> {
    const newestFirst = inTime.toSorted((one, other) => other.last_start - one.last_start || other.id - one.id);
    const read = { remotes: this.#reader("remotes"), ports: this.#reader("ports") };
    for (const batch of newestFirst) {
      const isIn = keys.every((key) => {
        const part = key.of === "remote" ? "remotes" : "ports";
        const filter = this.#waiting.get(batch.id)?.[part] ?? read[part](batch.id);
        return filter === null || mayHold(filter, key);
      });
      if (isIn) yield batch;
    }
  }

  /** Reads filters by whole shelves; null where there is none. */
  #reader(part: keyof BatchFilters): (batch: number) => Uint8Array | null {
    const statement = this.#database.prepare(`SELECT ${part} AS bytes FROM shelves WHERE id = ?`);
    const held: { id: number; bytes: Uint8Array } = { id: -1, bytes: new Uint8Array() };
    return (batch) => {
      const found = this.#places.get(batch);
      if (found === undefined) return null;
      const { id, shelf, place } = found;
      if (held.id !== id) {
        const row = statement.get(id) as { bytes: Uint8Array } | undefined;
        if (row === undefined) return null;
        [held.id, held.bytes] = [id, row.bytes];
      }
      return held.bytes.subarray(shelf.ends[part][place - 1] ?? 0, shelf.ends[part][place]);
    };
  }

  #place(id: number, shelf: Shelf): void {
    for (const [place, batch] of shelf.batches.entries()) this.#places.set(batch, { id, shelf, place });
  }
}

function endsOf(filters: readonly BatchFilters[], part: keyof BatchFilters): number[] {
  let end = 0;
  return filters.map((each) => (end += each[part].length));
}
