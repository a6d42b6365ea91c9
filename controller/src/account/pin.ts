import { scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";
import { promisify } from "node:util";
import type { PinHash } from "@cordon/contract";
import type { Clock } from "../ambient.ts";

const derive = promisify<Buffer, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Whether it is that PIN. Blanks and dashes between the digits are the typist's. */
async function isPin(typed: string, { cost, blockSize, parallelization, salt, hash }: PinHash): Promise<boolean> {
  const digits = Buffer.from(typed.replace(/[\s-]/g, ""), "utf8");
  const expected = Buffer.from(hash, "base64");
  const work = { cost, blockSize, parallelization, maxmem: 256 * cost * blockSize };
  const found = await derive(digits, Buffer.from(salt, "base64"), expected.length, work);
  return expected.length > 0 && timingSafeEqual(found, expected);
}

export type PinOutcome =
  | { readonly kind: "in" }
  | { readonly kind: "refused"; readonly triesLeft: number }
  /** Nobody from there is looked at before. */
  | { readonly kind: "locked"; readonly until: number; readonly isNew: boolean }
  /** From there one is waiting already, or too many wait who have failed less. */
  | { readonly kind: "busy" };

/** As whose deed it is written down that a PIN was wrong. */
export const wrongPin = "somebody with a wrong PIN";

/** A PIN that was wrong: where it came from (`sourceOf`), and when. */
export interface PinFailure {
  readonly source: string;
  readonly at: number;
}

export interface PinLimits {
  /** Tries of one source that fail in a row before it waits, and how long for; twice as long each time, up to the last. */
  readonly tries: number;
  readonly lockMs: number;
  readonly maxLockMs: number;
  /** After a try that failed everybody waits so long for each failure of the day before, up to the last. */
  readonly pauseMs: number;
  readonly maxPauseMs: number;
  /** Tries that wait for their turn, one of each source. */
  readonly waiting: number;
}

export const defaultPinLimits: PinLimits = {
  ...{ tries: 5, lockMs: 60_000, maxLockMs: 1_200_000 },
  ...{ pauseMs: 50, maxPauseMs: 60_000, waiting: 64 },
};

const dayMs = 86_400_000;

interface Waiting {
  readonly typed: string;
  readonly source: string;
  readonly answer: (outcome: PinOutcome | Promise<never>) => void;
}

/**
 * Holds tries against a PIN, one after the other. A source that fails waits by itself, so that nobody can lock out others; what
 * a swarm of sources can try is bounded by a pause that grows with all failures of a day, and whoever has failed least is
 * next: the right person with the right PIN waits for one pause, not for the swarm. Who fails T times a day makes everybody wait
 * T·50 ms after each, so that T cannot pass 86,400 s ÷ (T · 0.05 s), which is some 1,315 a day: of eight digits 0.0013 %, and
 * 0.5 % in a year; of six it would be 0.13 % a day, and every third PIN in a year.
 */
export class PinGate {
  readonly #hash: PinHash;
  readonly #clock: Clock;
  readonly #limits: PinLimits;
  #failures: PinFailure[];
  /** How often in a row, by source. */
  readonly #failedBySource = new Map<string, number>();
  readonly #lockedUntil = new Map<string, number>();
  #waiting: Waiting[] = [];
  #isLooking = false;
  #cancel: (() => void) | null = null;
  #nextAt = 0;

  /** @param failures of the last day, oldest first, of the process before this one */
  constructor(hash: PinHash, clock: Clock, failures: readonly PinFailure[] = [], limits: PinLimits = defaultPinLimits) {
    this.#hash = hash;
    this.#clock = clock;
    this.#limits = limits;
    this.#failures = [...failures];
    for (const { source, at } of failures) this.#count(source, at);
    const last = failures.at(-1);
    if (last !== undefined) this.#nextAt = last.at + this.#pause();
  }

  /** Resolves when it was its turn. */
  try(typed: string, source: string): Promise<PinOutcome> {
    this.#forget();
    const until = this.#lockedUntil.get(source) ?? 0;
    if (this.#clock.now() < until) return Promise.resolve({ kind: "locked", until, isNew: false });
    if (this.#waiting.some((each) => each.source === source)) return Promise.resolve({ kind: "busy" });
    return new Promise((answer) => {
      this.#waiting.push({ typed, source, answer });
      if (this.#waiting.length > this.#limits.waiting) this.#takeOut("most")?.answer({ kind: "busy" });
      this.#turn();
    });
  }

  /** Nobody is answered any more. */
  close(): void {
    this.#cancel?.();
    for (const { answer } of this.#waiting.splice(0)) answer({ kind: "busy" });
  }

  #turn(): void {
    if (this.#isLooking || this.#waiting.length === 0) return;
    const waitMs = this.#nextAt - this.#clock.now();
    if (waitMs > 0) {
      this.#cancel ??= this.#clock.after(waitMs, () => {
        this.#cancel = null;
        this.#turn();
      });
      return;
    }
    const next = this.#takeOut("least");
    if (next === null) return;
    this.#isLooking = true;
    const over = (outcome: PinOutcome | Promise<never>) => {
      this.#isLooking = false;
      next.answer(outcome);
      this.#turn();
    };
    this.#look(next).then(over, (error: unknown) => over(Promise.reject(error as Error)));
  }

  async #look({ typed, source }: Waiting): Promise<PinOutcome> {
    if (await isPin(typed, this.#hash)) {
      this.#failedBySource.delete(source);
      return { kind: "in" };
    }
    const now = this.#clock.now();
    this.#failures.push({ source, at: now });
    const failed = this.#count(source, now);
    this.#nextAt = now + this.#pause();
    const until = this.#lockedUntil.get(source) ?? 0;
    if (until > now) return { kind: "locked", until, isNew: true };
    return { kind: "refused", triesLeft: this.#limits.tries - (failed % this.#limits.tries) };
  }

  /** Whose source has failed least or most often; of two the one that came first, or last. */
  #takeOut(which: "least" | "most"): Waiting | null {
    const failed = ({ source }: Waiting) => this.#failedBySource.get(source) ?? 0;
    const sorted = this.#waiting.toSorted((one, other) => failed(one) - failed(other));
    const out = (which === "least" ? sorted[0] : sorted.at(-1)) ?? null;
    this.#waiting = this.#waiting.filter((each) => each !== out);
    return out;
  }

  #count(source: string, at: number): number {
    const { tries, lockMs, maxLockMs } = this.#limits;
    const failed = (this.#failedBySource.get(source) ?? 0) + 1;
    this.#failedBySource.set(source, failed);
    if (failed % tries === 0) {
      const round = Math.min(failed / tries - 1, 20);
      this.#lockedUntil.set(source, at + Math.min(maxLockMs, lockMs * 2 ** round));
    }
    return failed;
  }

  #pause(): number {
    const { pauseMs, maxPauseMs } = this.#limits;
    return Math.min(maxPauseMs, this.#failures.length * pauseMs);
  }

  /** What is older than a day, and sources of which nothing younger is known. */
  #forget(): void {
    const since = this.#clock.now() - dayMs;
    if ((this.#failures[0]?.at ?? since) >= since) return;
    this.#failures = this.#failures.filter(({ at }) => at >= since);
    const left = new Set(this.#failures.map(({ source }) => source));
    for (const source of this.#failedBySource.keys()) {
      if (left.has(source)) continue;
      this.#failedBySource.delete(source);
      this.#lockedUntil.delete(source);
    }
  }
}
