import type { StartOptions } from "./options.ts";
import type { Telling } from "./telling.ts";

/** What the composition root hands to what it runs. */
export interface StartParts {
  readonly options: StartOptions;
  /** Of our own, for state and logs. */
  readonly folder: string;
  readonly telling: Telling;
  /** A person asked for the end. */
  readonly asked: AbortSignal;
}

/** Everything ends within this after Ctrl-C, ms; what does not is killed. */
export const endMs = 1500;

/** Settles when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((settle) => signal.addEventListener("abort", () => settle(), { once: true }));
}
