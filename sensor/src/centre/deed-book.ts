import type { FromCentre } from "@cordon/contract";
import { readFileIfPresent, writeFileAtomic } from "../record/atomic-file.ts";
import type { NoticeEntry } from "../record/notice-queue.ts";

type Told = Extract<FromCentre, { kind: "deed" }>;

export interface DeedBookOptions {
  /** Where it is kept how far deeds were told. */
  readonly path: string;
  readonly append: (entry: NoticeEntry) => void;
  /** Resolves when what was appended stands on the disk. */
  readonly flush: () => Promise<void>;
  readonly onSaved: (error: unknown) => void;
}

// What the contract lets a deed say.
const limits = { author: 200, action: 64, subject: 200, detail: 4000 } as const;

/** Hands on to the controller what somebody did at the box, once each, also across restarts of either process. */
export class DeedBook {
  readonly #options: DeedBookOptions;
  #until: number | null = null;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: DeedBookOptions) {
    this.#options = options;
  }

  /** The number of the last deed that was handed on. */
  async until(): Promise<number> {
    if (this.#until === null) {
      const kept = Number((await readFileIfPresent(this.#options.path)) ?? 0);
      this.#until = Number.isSafeInteger(kept) ? kept : 0;
    }
    return this.#until;
  }

  take({ number, at, author, action, subject, host, detail }: Told): void {
    const { path, append, flush, onSaved } = this.#options;
    if (number <= (this.#until ?? 0)) return;
    this.#until = number;
    append({
      ...{ kind: "deed", at },
      deed: {
        ...{ author: author.slice(0, limits.author), action: action.slice(0, limits.action), host },
        ...{ subject: subject?.slice(0, limits.subject) ?? null, detail: detail.slice(0, limits.detail) },
      },
    });
    this.#saving = this.#saving.then(() =>
      // Told twice is better than lost.
      flush()
        .then(() => writeFileAtomic(path, String(number)))
        .then(
          () => onSaved(null),
          (error: unknown) => onSaved(error),
        ),
    );
  }
}
