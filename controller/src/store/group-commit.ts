import { setImmediate as nextTurn } from "node:timers/promises";
import type { Rows, Store } from "./schema.ts";

interface Task {
  readonly run: (rows: Rows) => Promise<unknown>;
  readonly resolve: (outcome: never) => void;
  readonly reject: (error: unknown) => void;
}

// What has to wait for a group, a person's click among it, waits no longer than this and one commit.
const longestGroupMs = 20;

/**
 * Has tasks that come in the same moment committed together: a commit waits for the disk, whose flushes a second are few, and
 * one can carry the news of many sensors.
 */
export class GroupCommit {
  readonly #store: Store;
  readonly #waiting: Task[] = [];
  #isWorking = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Resolves with what the task gave once that is committed; rejects with its error, and then nothing of it is. A task may be
   * run a second time, where another of its group failed: it changes rows and nothing else.
   */
  run<T>(task: (rows: Rows) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run: task, resolve: resolve as Task["resolve"], reject });
      if (!this.#isWorking) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting.length > 0) {
      await this.#commitGroup();
      // A database within the process answers without ever letting anybody else have a turn.
      await nextTurn();
    }
    this.#isWorking = false;
  }

  async #commitGroup(): Promise<void> {
    const group: { readonly task: Task; readonly outcome: unknown }[] = [];
    let failing: Task | null = null;
    try {
      await this.#store.transaction().execute(async (rows) => {
        const endsAt = performance.now() + longestGroupMs;
        for (let task = this.#waiting[0]; task !== undefined; task = this.#waiting[0]) {
          this.#waiting.shift();
          failing = task;
          group.push({ task, outcome: await task.run(rows) });
          failing = null;
          if (performance.now() >= endsAt) break;
        }
      });
    } catch {
      // Where none had begun the store let nobody in: tried alone, the first is told why.
      failing ??= group.length === 0 ? (this.#waiting.shift() ?? null) : null;
      const tasks = [...group.map(({ task }) => task), ...(failing === null ? [] : [failing])];
      for (const task of tasks) await this.#commitAlone(task);
      return;
    }
    for (const { task, outcome } of group) task.resolve(outcome as never);
  }

  async #commitAlone(task: Task): Promise<void> {
    try {
      task.resolve((await this.#store.transaction().execute((rows) => task.run(rows))) as never);
    } catch (error) {
      task.reject(error);
    }
  }
}
