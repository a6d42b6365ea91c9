/**
 * Writes the newest of a value that changes faster than a disk should be written: never two
 * writes at a time, at most one per interval but for what is urgent, and the newest value is always
 * the last written.
 */
export class LatestWriter<T> {
  readonly #options: {
    readonly intervalMs: number;
    readonly write: (value: T) => Promise<void>;
    /** Told the outcome of every write; null where it went well. */
    readonly onOutcome: (error: unknown) => void;
  };
  #pending: { readonly make: () => T } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: {
    readonly intervalMs: number;
    readonly write: (value: T) => Promise<void>;
    readonly onOutcome: (error: unknown) => void;
  }) {
    this.#options = options;
  }

  /** Asks for a write; the value is made when it is written. */
  offer(make: () => T): void {
    this.#pending = { make };
    if (this.#timer !== null || this.#writing !== null || this.#isClosed) return;
    this.#begin();
  }

  /** Writes without waiting for the interval. Resolves when a value no older than this call was written, or was not to be. */
  async offerNow(make: () => T): Promise<void> {
    this.#pending = { make };
    await this.#writing;
    // Another call that waited for the same write may have taken this one's value along.
    if (this.#pending === null || this.#isClosed) return this.#writing ?? undefined;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#begin();
    await this.#writing;
  }

  /** Writes what is still pending, then nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#writing;
    if (this.#pending !== null) await this.#write();
  }

  #begin(): void {
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
      if (this.#isClosed) return;
      this.#timer = setTimeout(() => {
        this.#timer = null;
        if (this.#pending !== null) this.#begin();
      }, this.#options.intervalMs);
      this.#timer.unref();
    });
  }

  async #write(): Promise<void> {
    const pending = this.#pending;
    this.#pending = null;
    if (pending === null) return;
    try {
      await this.#options.write(pending.make());
      this.#options.onOutcome(null);
    } catch (error) {
      this.#options.onOutcome(error);
    }
  }
}
