import { stat } from "node:fs/promises";
import { uptime } from "node:os";
import type { Logger } from "pino";
import type { HealthBoard } from "./health-board.ts";
import type { TrustedTime } from "./trusted-time.ts";

// The time service touches it each time it has set the clock.
const synchronisedFlag = "/run/systemd/timesync/synchronized";

export interface ClockWatchOptions {
  readonly time: TrustedTime;
  /** Whether the clock is of this machine's: a capture that is played has one of its own. */
  readonly isOwn: boolean;
  readonly health: HealthBoard;
  readonly log: Logger;
}

/** Looks whether the box's clock has been set, and says where it is wrong. */
export class ClockWatch {
  readonly #options: ClockWatchOptions;
  #trouble: string | null = null;

  constructor(options: ClockWatchOptions) {
    this.#options = options;
  }

  async look(): Promise<void> {
    const { time, isOwn, health, log } = this.#options;
    const setAt = await stat(synchronisedFlag).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    );
    time.synchronised(setAt, uptime() * 1000);
    const words = isOwn ? time.trouble() : null;
    if (words !== this.#trouble) log.warn({ trouble: words }, "what is known of the box's clock changed");
    this.#trouble = words;
    if (words === null) health.clear("clock-wrong");
    else health.raise("clock-wrong", "warning", words);
  }
}
