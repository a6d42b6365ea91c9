import { mkdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { FlowLoss, LookUpAnswer } from "@cordon/contract";
import type { FlowLine } from "../connection/flow.ts";
import { addressCell, cellsOf, addressHash, flowColumns } from "./flow-row.ts";
import { FlowClock } from "./flow-clock.ts";
import { lookUp, type BoundedQuestion, type LookUpPlace } from "./flow-look-up.ts";
import { idsOf, isDamage, openFlowDatabase, setLogAside } from "./flow-schema.ts";
import { FlowIndex, filtersOf, type Batch } from "./flow-index.ts";
import type { ClockWord } from "./flow-protocol.ts";
import type { FilterKey } from "./line-filter.ts";

export interface FlowStoreLimits {
  /** What the log may take of the disk; never more than half of the file system. Beyond it the oldest goes first. */
  readonly maxBytes: number;
  /** Older lines go, whatever room there is. */
  readonly maxAgeMs: number;
  /** Lines are written so often. Longer wears the disk less and loses more to a power cut. */
  readonly writeEveryMs: number;
  /** So many lines are written sooner. */
  readonly batchLines: number;
  /** Lines that wait while the disk refuses; beyond it the oldest are given up, and counted. */
  readonly maxWaiting: number;
}

export const defaultFlowStoreLimits: FlowStoreLimits = {
  maxBytes: 1024 * 1024 * 1024,
  maxAgeMs: 30 * 86_400_000,
  writeEveryMs: 60_000,
  batchLines: 10_000,
  maxWaiting: 20_000,
};

/** How the log stands; times are epoch milliseconds. */
export interface FlowStoreState {
  /** The oldest time of which it holds anything; null while it is empty. */
  readonly since: number | null;
  readonly lines: number;
  readonly sizeBytes: number;
  /** Lines that are not on the disk yet. */
  readonly unwritten: number;
  /** Why lines cannot be written; null where they are. */
  readonly failure: string | null;
  /** When a damaged file was set aside; null where none was since the start. */
  readonly setAsideAt: number | null;
}

/** What began longer before it was handed over is told anew, of its end. */
const lateMs = 240_000;

// With each write so much is purged at most: a log that is far too large shrinks over minutes, and nothing waits for it.
const purgedPerWrite = 4;
const lossesKept = 10_000;

/** The flow log's file. It blocks while it works: nothing else belongs into its thread. */
export class FlowStore {
  readonly #path: string;
  readonly #limits: FlowStoreLimits;
  readonly #now: () => number;
  readonly #clock = new FlowClock();
  #database: DatabaseSync | null = null;
  #insert: StatementSync | null = null;
  #waiting: FlowLine[] = [];
  #losses: FlowLoss[] = [];
  #wroteAt: number;
  #index: FlowIndex | null = null;
  #failure: string | null = null;
  #setAsideAt: number | null = null;
  #isClosing = false;

  /** @param now epoch milliseconds, by the clock of the lines */
  constructor(path: string, now: () => number, limits: Partial<FlowStoreLimits> = {}) {
    this.#path = path;
    this.#now = now;
    this.#limits = { ...defaultFlowStoreLimits, ...limits };
    this.#wroteAt = now();
  }

  /** Takes up what earlier runs left. What cannot be used is a failure of {@link state}, and tried again with each write. */
  open(): void {
    this.#guarded(() => this.#opened());
  }

  add(lines: readonly FlowLine[]): void {
    for (const line of lines) this.#waiting.push(this.#clock.aligned(line, this.#now()));
    if (this.#waiting.length >= this.#limits.batchLines) this.write();
  }

  /** The clock of the lines was set, or something else is known of how wrong it may be. Lines given until now are of before. */
  setClock({ now, steppedMs, errorMs }: Pick<ClockWord, "now" | "steppedMs" | "errorMs">): void {
    const clock = this.#clock;
    if (steppedMs === 0) {
      clock.learn(errorMs);
    } else if (clock.vouches(errorMs)) {
      const shifted = ({ startedAt, lastAt }: FlowLine) => ({
        startedAt: startedAt + steppedMs,
        lastAt: lastAt + steppedMs,
      });
      this.#waiting = this.#waiting.map((line) => ({ ...line, ...shifted(line) }));
      this.#losses = this.#losses.map((loss) => clock.shifted(loss, steppedMs));
      const hidden = clock.correct(now, steppedMs, errorMs);
      if (hidden !== null) this.miss(hidden);
    } else {
      this.write();
      const isWritten = this.#failure === null && this.#database !== null;
      clock.breakOff(now, steppedMs, errorMs, isWritten && this.#database !== null ? nextIn(this.#database) : null);
    }
    if (clock.isOwed) this.write();
  }

  /** Something is missing that was not given to this store. */
  miss(loss: FlowLoss): void {
    const last = this.#losses.at(-1);
    const isSame = last?.reason === loss.reason && loss.from - last.to < this.#limits.writeEveryMs;
    if (last === undefined || !isSame) this.#losses.push(loss);
    else this.#losses.splice(-1, 1, { ...last, to: loss.to, count: (last.count ?? 0) + (loss.count ?? 0) });
  }

  /** Time goes by. */
  advance(): void {
    if (this.#now() - this.#wroteAt >= this.#limits.writeEveryMs) this.write();
  }

  /** Writes what waits. */
  write(): void {
    this.#wroteAt = this.#now();
    this.#guarded(() => {
      const { database, index } = this.#opened();
      this.#transaction(database, index, this.#isClosing);
    });
    const excess = this.#waiting.length - this.#limits.maxWaiting;
    if (excess <= 0) return;
    const given = this.#waiting.splice(0, excess);
    const [from, to] = spanOf(given);
    this.miss({ from, to, reason: "disk", count: excess });
  }

  lookUp(question: BoundedQuestion, place: LookUpPlace): LookUpAnswer {
    const answer = this.#guarded(() =>
      lookUp(this.#opened(), question, { ...place, waiting: this.#waiting, losses: this.#losses }),
    );
    // Without its file the log knows what waits for it, and says since when.
    return answer ?? lookUp(null, question, { ...place, waiting: this.#waiting, losses: this.#losses });
  }

  get state(): FlowStoreState {
    const [from] = this.#waiting.length === 0 ? [null] : spanOf(this.#waiting);
    return {
      since: this.#index?.since ?? from,
      lines: this.#index?.lines ?? 0,
      sizeBytes: this.#database === null ? 0 : sizeOf(this.#path),
      unwritten: this.#waiting.length,
      failure: this.#failure,
      setAsideAt: this.#setAsideAt,
    };
  }

  close(): void {
    this.#isClosing = true;
    this.write();
    this.#database?.close();
    [this.#database, this.#index] = [null, null];
  }

  /** Null where it failed. A damaged file makes room for a new one, and it is done again with that. */
  #guarded<Result>(work: () => Result): Result | null {
    for (let isRetry = false; ; isRetry = true) {
      try {
        const result = work();
        this.#failure = null;
        return result;
      } catch (error) {
        this.#failure = (error as Error).message;
        if (isRetry || !isDamage(error)) return null;
        if (!this.#setAside()) return null;
      }
    }
  }

  #setAside(): boolean {
    this.#database?.close();
    [this.#database, this.#index] = [null, null];
    try {
      setLogAside(this.#path);
    } catch (error) {
      this.#failure = (error as Error).message;
      return false;
    }
    this.#setAsideAt = this.#now();
    return true;
  }

  #opened(): { readonly database: DatabaseSync; readonly index: FlowIndex } {
    if (this.#database !== null && this.#index !== null) return { database: this.#database, index: this.#index };
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const database = openFlowDatabase(this.#path);
    this.#database = database;
    const names = ["id", ...flowColumns];
    this.#insert = database.prepare(
      `INSERT INTO flows (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    );
    const index = new FlowIndex(database);
    this.#index = index;
    const { lastBefore } = this.#clock.begin(database, this.#now());
    // Where this boot's clock is behind the last one's nothing is known of the time between, until it is set.
    if (lastBefore !== null && lastBefore < this.#now()) {
      this.miss({ from: lastBefore, to: this.#now(), reason: "not-running", count: null });
    }
    return { database, index };
  }

  #transaction(database: DatabaseSync, index: FlowIndex, isLast: boolean): void {
    const lines = this.#waiting;
    const losses = this.#losses;
    // What the index has in memory changes once the file has.
    const done: (() => void)[] = [];
    database.exec("BEGIN IMMEDIATE");
    try {
      done.push(...this.#clock.settle(database, index));
      const shelved = index.shelve({ isLast });
      if (shelved !== null) done.push(shelved);
      const freshSince = this.#now() - this.#limits.writeEveryMs - lateMs;
      // What is told again long after its beginning would widen the time of its batch, and be searched each time.
      const [fresh, late]: [FlowLine[], FlowLine[]] = [[], []];
      for (const line of lines) (line.startedAt >= freshSince ? fresh : late).push(line);
      done.push(...this.#writeBatch(database, index, fresh, 0), ...this.#writeBatch(database, index, late, 1));
      const lose = database.prepare("INSERT INTO losses VALUES (?, ?, ?, ?)");
      for (const { from, to, reason, count } of losses) lose.run(Math.floor(from), Math.ceil(to), reason, count);
      done.push(...this.#purge(database, index));
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
    [this.#waiting, this.#losses] = [[], []];
    for (const each of done) each();
  }

  #writeBatch(database: DatabaseSync, index: FlowIndex, lines: readonly FlowLine[], isLate: 0 | 1): (() => void)[] {
    if (lines.length === 0) return [];
    const [first, lastAt, lastStart] = spanOf(lines);
    const clockError = this.#clock.errorAt(this.#now());
    const columns = "is_late, lines, written_at, first_start, last_start, last_at, clock_error";
    const { lastInsertRowid } = database
      .prepare(`INSERT INTO batches (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
      .run(isLate, lines.length, Math.round(this.#now()), first, lastStart, lastAt, clockError);
    const id = Number(lastInsertRowid);
    const ordered = lines
      .map((line) => ({ line, hash: addressHash(addressCell(line.remote)) }))
      .toSorted((one, other) => one.hash - other.hash);
    const ids = idsOf(id);
    for (const [place, { line }] of ordered.entries()) this.#insert?.run(ids.first + place, ...cellsOf(line, first));
    const batch: Batch = {
      ...{ id, lines: lines.length, is_late: isLate },
      ...{ first_start: first, last_start: lastStart, last_at: lastAt, clock_error: clockError },
    };
    return [() => index.add(batch, filtersOf(lines.flatMap(keysOf)))];
  }

  #purge(database: DatabaseSync, index: FlowIndex): (() => void)[] {
    const gone: Batch[] = [];
    for (const oldest of index.oldestFirst()) {
      // A clock that may have gone years ahead ends nothing.
      const isTooOld = this.#clock.errorMs !== null && oldest.last_at < this.#now() - this.#limits.maxAgeMs;
      const isTooMuch = usedBytes(database) > this.#maxBytes();
      if (gone.length >= purgedPerWrite || (!isTooOld && !isTooMuch)) break;
      if (isTooMuch) rmSync(`${this.#path}.damaged`, { force: true });
      const ids = idsOf(oldest.id);
      database.prepare("DELETE FROM flows WHERE id >= ? AND id < ?").run(ids.first, ids.end);
      database.prepare("DELETE FROM batches WHERE id = ?").run(oldest.id);
      gone.push(oldest);
    }
    const last = gone.at(-1);
    if (last !== undefined) database.prepare("DELETE FROM shelves WHERE last_batch <= ?").run(last.id);
    database.prepare("DELETE FROM losses WHERE last_at < ?").run(index.since ?? 0);
    database.prepare("DELETE FROM losses WHERE rowid <= (SELECT max(rowid) FROM losses) - ?").run(lossesKept);
    return gone.map((batch) => () => index.forget(batch));
  }

  #maxBytes(): number {
    const { bsize, blocks } = statfsSync(dirname(this.#path));
    return Math.min(this.#limits.maxBytes, (bsize * blocks) / 2);
  }
}

/** What is written next is of a new era. */
function nextIn(database: DatabaseSync): { readonly batch: number; readonly loss: number } {
  return database
    .prepare(
      `SELECT (SELECT coalesce(max(id), 0) + 1 FROM batches) AS batch, (SELECT coalesce(max(rowid), 0) FROM losses) AS loss`,
    )
    .get() as { batch: number; loss: number };
}

/** By these a line is looked up. */
function keysOf({ remote, remotePort, insidePort, outsidePort }: FlowLine): FilterKey[] {
  const ourPort = outsidePort < 0 ? insidePort : outsidePort;
  return [
    { of: "remote", value: addressCell(remote) },
    { of: "remote-port", value: remotePort },
    { of: "our-port", value: ourPort },
  ];
}

/** First beginning, last packet, last beginning. */
function spanOf(lines: readonly FlowLine[]): [first: number, lastAt: number, lastStart: number] {
  let [first, lastAt, lastStart] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const line of lines) {
    first = Math.min(first, Math.round(line.startedAt));
    lastStart = Math.max(lastStart, Math.round(line.startedAt));
    lastAt = Math.max(lastAt, Math.round(line.lastAt));
  }
  return [first, lastAt, lastStart];
}

function usedBytes(database: DatabaseSync): number {
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] as number;
  return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
