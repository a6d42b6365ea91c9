/**
 * What would otherwise be reached for from anywhere: time, timers, chance and the log. Only
 * composition roots make one from the machine; everything else is handed it.
 */
import { randomBytes } from "node:crypto";

export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Runs once after `delayMs`; the result cancels it. Timers do not keep the process alive. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

export interface Log {
  readonly info: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly error: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
}

export interface Ambient {
  readonly clock: Clock;
  readonly log: Log;
  /** That many bytes that nobody can guess. */
  readonly random: (sizeBytes: number) => Buffer;
}

// A timer set further away than this fires at once in Node: 2^31 - 1 ms, about 24 days.
const longestTimerMs = 2_147_483_647;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), longestTimerMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** The ambient of a real process with the given log. */
export function systemAmbient(log: Log): Ambient {
  return { clock: systemClock, log, random: (sizeBytes) => randomBytes(sizeBytes) };
}

/** A log that keeps silent. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
