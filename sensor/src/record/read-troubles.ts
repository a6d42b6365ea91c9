import type { Segment } from "./spool-segment.ts";

/**
 * Files of the spool that could not be read. A disk that fails now, or too many open files, may be over in a moment: such a file is tried
 * again for a time, and what comes after it waits, since it would else be taken for lost.
 */
export class ReadTroubles {
  readonly #patienceMs: number;
  readonly #monotonic: () => number;
  readonly #since = new Map<Segment, number>();
  #text: string | null = null;

  constructor(patienceMs: number, monotonic: () => number) {
    this.#patienceMs = patienceMs;
    this.#monotonic = monotonic;
  }

  /** Words for a person: of what cannot be read now, else of what could not be; null where everything could. */
  get text(): string | null {
    return this.#text;
  }

  /** Whether it is to be tried again. A file that is gone will not come back. */
  failed(segment: Segment, cause: unknown): boolean {
    const { code, message } = cause as NodeJS.ErrnoException;
    const now = this.#monotonic();
    const since = this.#since.get(segment) ?? now;
    this.#since.set(segment, since);
    const mayRecover = code !== "ENOENT" && now - since < this.#patienceMs;
    this.#text = mayRecover
      ? `notices cannot be read from the disk, and those after them wait: ${message}`
      : `notices could not be read from the disk and are missing: ${message}`;
    if (!mayRecover) this.#since.delete(segment);
    return mayRecover;
  }

  /** It could be read. */
  succeeded(segment: Segment): void {
    if (this.#since.delete(segment) && this.#since.size === 0) this.#text = null;
  }

  /** A file of an earlier boot is left where it is, and looked at by the next. */
  left(path: string, cause: unknown): void {
    this.#text = `notices of an earlier start could not be read from the disk: ${path}: ${(cause as Error).message}`;
  }
}
