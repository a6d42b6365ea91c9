/** After so many in vain a reading waits for its turn. */
const readsBeside = 4;

/** A reading, and whether any task has run since a task that the reader knows of. */
export interface Beside<T> {
  readonly found: T;
  /** How many tasks have begun or ended until now. */
  readonly turn: number;
}

/**
 * Runs tasks one at a time, and readings beside them, so that no task waits for a reading. A task gives up what is being
 * read: that may be what the task changes, and on a slow box the two would share one processor. It is read anew afterwards.
 */
export class TaskQueue {
  #last: Promise<unknown> = Promise.resolve();
  /** Grows when a task begins and when it ends. */
  #turn = 0;
  readonly #readings = new Set<AbortController>();

  /** How many tasks have begun or ended. */
  get turn(): number {
    return this.#turn;
  }

  /** Runs a task once all before it have ended; settles as it does. */
  run<T>(task: () => Promise<T>): Promise<T> {
    for (const reading of this.#readings) reading.abort();
    const result = this.#last.then(async () => {
      this.#turn += 1;
      try {
        return await task();
      } finally {
        this.#turn += 1;
      }
    });
    // The caller gets the error; the queue goes on.
    this.#last = result.catch(() => {});
    return result;
  }

  /**
   * What `read` finds while no task runs; where tasks come in between again and again, as a task of its own.
   *
   * @param read ends soon after its signal, where there is one; how it then ends does not matter
   */
  async beside<T>(read: (signal?: AbortSignal) => Promise<T>): Promise<Beside<T>> {
    for (let attempt = 1; attempt <= readsBeside; attempt++) {
      await this.#last;
      const turn = this.#turn;
      const reading = new AbortController();
      this.#readings.add(reading);
      const outcome = await read(reading.signal)
        .then(
          (found) => ({ found }),
          (error: unknown) => ({ error }),
        )
        .finally(() => this.#readings.delete(reading));
      if (turn !== this.#turn || reading.signal.aborted) continue;
      if ("error" in outcome) throw outcome.error;
      return { found: outcome.found, turn };
    }
    return this.run(async () => {
      const found = await read();
      // Its own end is one more.
      return { found, turn: this.#turn + 1 };
    });
  }
}
