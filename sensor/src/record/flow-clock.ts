import type { DatabaseSync } from "node:sqlite";
import type { FlowLoss } from "@cordon/contract";
import type { FlowLine } from "../connection/flow.ts";
import type { FlowIndex } from "./flow-index.ts";

/** What a line that is handed over may be behind its beginning, while both clocks are in what is handed over. */
const mixedMs = 600_000;
// Set back by more, all that the old clock told lies in the future; hardly any connection lasts as long.
const toldApartMs = 86_400_000;
const stepsKept = 1000;

interface Step {
  readonly at: number;
  readonly byMs: number;
  readonly isCorrected: boolean;
}

/**
 * How far the clock of the log's lines can be relied on. It goes by eras: from the opening, or from a setting of the clock that
 * nothing vouched for, to the next. Once the clock is confirmed, all of the era is: the clock only went on since, or how far it was
 * set is how wrong it was.
 */
export class FlowClock {
  #errorMs: number | null = null;
  #era = { batch: 1, loss: 0, startedAt: 0, lastBefore: null as number | null };
  /** What the era's batches in the file are still to be told. */
  #owed: { shiftMs: number; errorMs: number; since: number } | null = null;
  #steps: Step[] = [];
  /** Lines may still come that were begun by the clock before. */
  #mixed: {
    readonly until: number;
    readonly oldAt: number;
    readonly byMs: number;
    readonly isCorrected: boolean;
  } | null = null;

  /** By how much lines that are handed over now may be off, milliseconds; null where nothing is known of that. */
  get errorMs(): number | null {
    return this.#errorMs;
  }

  /** By how much what is written at that time may be off: more, where lines of two clocks may be in it. */
  errorAt(now: number): number | null {
    if (this.#mixed === null || now >= this.#mixed.until) return this.#errorMs;
    const { isCorrected, byMs } = this.#mixed;
    if (!isCorrected || this.#errorMs === null) return null;
    return byMs > 0 || byMs < -toldApartMs ? this.#errorMs : Math.max(this.#errorMs, -byMs);
  }

  /** Whether something is to be written of it. */
  get isOwed(): boolean {
    return this.#owed !== null || this.#steps.length > 0;
  }

  /** A file was opened, or begun; `lastBefore` is when something was last written into it, null of an empty one. */
  begin(database: DatabaseSync, now: number): { readonly lastBefore: number | null } {
    const { at, id, loss } = database
      .prepare(
        `SELECT max(written_at) AS at, coalesce(max(id), 0) AS id, (SELECT coalesce(max(rowid), 0) FROM losses) AS loss
         FROM batches`,
      )
      .get() as { at: number | null; id: number; loss: number };
    this.#era = { batch: id + 1, loss, startedAt: now, lastBefore: at };
    return { lastBefore: at };
  }

  /** Nothing was set: how wrong the clock may be is known better, or worse. */
  learn(errorMs: number | null): void {
    const isBetter = errorMs !== null && (this.#errorMs === null || errorMs < this.#errorMs);
    this.#errorMs = errorMs;
    if (isBetter) this.#owe(0, errorMs);
  }

  /** Whether a setting of the clock tells how wrong it was before. */
  vouches(errorMs: number | null): errorMs is number {
    return errorMs !== null && (this.#errorMs === null || errorMs <= this.#errorMs);
  }

  /** A loss of the era, as the clock that was set by so much tells it: what it began before the era is known already. */
  shifted(loss: FlowLoss, byMs: number): FlowLoss {
    const right = (at: number) => (at >= this.#era.startedAt ? at + byMs : at);
    return { ...loss, from: right(loss.from), to: right(loss.to) };
  }

  /**
   * The clock was set to `now`, which is known to be right: lines and losses of the era are put right. Returns the time that
   * is missing where a clock that was behind hid it.
   */
  correct(now: number, byMs: number, errorMs: number): FlowLoss | null {
    this.#owe(byMs, errorMs);
    this.#note({ at: now, byMs, isCorrected: true });
    this.#errorMs = errorMs;
    const { startedAt, lastBefore } = this.#era;
    const to = startedAt + byMs;
    this.#era = { ...this.#era, startedAt: to };
    const isHidden = lastBefore !== null && startedAt <= lastBefore && lastBefore < to;
    return isHidden ? { from: lastBefore, to, reason: "not-running", count: null } : null;
  }

  /** The clock was set, and nothing tells which was right. All that went before has been written, or `next` is null. */
  breakOff(
    now: number,
    byMs: number,
    errorMs: number | null,
    next: { readonly batch: number; readonly loss: number } | null,
  ): void {
    this.#note({ at: now, byMs, isCorrected: false });
    this.#errorMs = errorMs;
    this.#owed = null;
    if (next !== null) this.#era = { ...next, startedAt: now, lastBefore: null };
  }

  /** A line that was begun by the clock before the last setting, and came after it, as far as that can be told apart. */
  aligned(line: FlowLine, now: number): FlowLine {
    const mixed = this.#mixed;
    if (mixed === null || now >= mixed.until || !mixed.isCorrected) return line;
    const { oldAt, byMs } = mixed;
    // Forward: what is not after the old clock's last is of it. Back: what would be in the future is.
    const right = (at: number) => ((byMs > 0 ? at <= oldAt : at > now) ? at + byMs : at);
    const startedAt = right(line.startedAt);
    return startedAt === line.startedAt
      ? line
      : { ...line, startedAt, lastAt: Math.max(startedAt, right(line.lastAt)) };
  }

  /** In a transaction of the caller's; what the memory is to know once that is done. */
  settle(database: DatabaseSync, index: FlowIndex): (() => void)[] {
    const done: (() => void)[] = [];
    const owed = this.#owed;
    if (owed !== null) {
      const { batch, loss } = this.#era;
      done.push(index.correct(batch, owed.shiftMs, owed.errorMs));
      database
        .prepare(
          `UPDATE losses SET first_at = first_at + iif(first_at >= $since, $shift, 0), last_at = last_at + iif(last_at >= $since, $shift, 0)
           WHERE rowid > $loss`,
        )
        .run({ $shift: owed.shiftMs, $since: owed.since, $loss: loss });
      done.push(() => {
        if (this.#owed === owed) this.#owed = null;
      });
    }
    const steps = this.#steps;
    const add = database.prepare("INSERT INTO steps VALUES (?, ?, ?)");
    for (const { at, byMs, isCorrected } of steps) add.run(Math.round(at), Math.round(byMs), Number(isCorrected));
    if (steps.length > 0)
      database.prepare("DELETE FROM steps WHERE rowid <= (SELECT max(rowid) FROM steps) - ?").run(stepsKept);
    done.push(() => (this.#steps = this.#steps.slice(steps.length)));
    return done;
  }

  #owe(shiftMs: number, errorMs: number): void {
    const { shiftMs: before, since } = this.#owed ?? { shiftMs: 0, since: this.#era.startedAt };
    this.#owed = { shiftMs: before + Math.round(shiftMs), errorMs, since };
  }

  #note(step: Step): void {
    this.#steps = [...this.#steps, step].slice(-stepsKept);
    const { at, byMs, isCorrected } = step;
    this.#mixed = { until: at + mixedMs, oldAt: at - byMs, byMs, isCorrected };
  }
}
