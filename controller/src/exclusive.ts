/**
 * Runs tasks one after the other, in the order in which they were handed in. A task that fails
 * fails for its caller alone.
 */
export class Exclusive {
  #tail: Promise<unknown> = Promise.resolve();

  /** Resolves with the task's result once every task before it is over. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    // The caller holds `result` and sees its failure; the chain must go on in any case.
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything handed in so far is over. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
