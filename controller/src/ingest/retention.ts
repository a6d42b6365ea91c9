import type { Ambient } from "../ambient.ts";
import { errorText } from "../errors.ts";
import { Exclusive } from "../exclusive.ts";
import { forgetOld, type RetentionLimits } from "../store/shares.ts";
import type { Store } from "../store/schema.ts";
import { forgetOldTimeline } from "../store/timeline-share.ts";

const lookEveryMs = 3_600_000;

export interface RetentionParts {
  readonly store: Store;
  readonly ambient: Ambient;
  readonly limits: RetentionLimits;
}

/** Forgets, once an hour, what sensors told longer ago than it is kept; also of those that tell nothing any more. */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #exclusive = new Exclusive();
  #cancel: () => void = () => undefined;
  #isClosed = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  start(): void {
    this.look().catch((error: unknown) => {
      if (!this.#isClosed) this.#parts.ambient.log.error("cannot forget what is old", { error: errorText(error) });
    });
    this.#cancel = this.#parts.ambient.clock.after(lookEveryMs, () => {
      if (!this.#isClosed) this.start();
    });
  }

  /** Goes through all sensors once, each in transactions of its own, so that nobody waits long for one of them. */
  look(): Promise<void> {
    return this.#exclusive.run(async () => {
      const { store, ambient, limits } = this.#parts;
      const sensors = await store.selectFrom("sensors").select("id").execute();
      for (const { id } of sensors) {
        let isMore = true;
        while (isMore && !this.#isClosed) {
          isMore = await store.transaction().execute(async (rows) => {
            const now = ambient.clock.now();
            const isMoreTold = await forgetOld(rows, id, now, limits);
            return (await forgetOldTimeline(rows, id, now, limits)) || isMoreTold;
          });
        }
      }
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#exclusive.idle();
  }
}
