import type { Ambient } from "../ambient.ts";
import { errorText } from "../errors.ts";
import { Exclusive } from "../exclusive.ts";
import type { Store } from "../store/schema.ts";
import { tellOfBox } from "../store/timeline-share.ts";

// A box that sends rubbish sends much of it: one write covers what came meanwhile.
const flushAfterMs = 250;
const tellAgainMs = 3_600_000;

interface Entry {
  count: number;
  lastAt: number;
  lastError: string;
}

/** Counts what was not let in, by sensor and reason; reasons are a closed list, so the book stays small. */
export class RefusalBook {
  readonly #store: Store;
  readonly #ambient: Ambient;
  readonly #changed: (sensorId: string) => void;
  readonly #exclusive = new Exclusive();
  #pending = new Map<string, Entry>();
  #isScheduled = false;
  #cancel: () => void = () => undefined;

  constructor(store: Store, ambient: Ambient, changed: (sensorId: string) => void) {
    this.#store = store;
    this.#ambient = ambient;
    this.#changed = changed;
  }

  /** Notes one refusal. `sensorId` is empty where the sender is not known. */
  add(sensorId: string, reason: string, error: string): void {
    const key = `${sensorId} ${reason}`;
    const lastAt = this.#ambient.clock.now();
    const lastError = error.slice(0, 400);
    const entry = this.#pending.get(key);
    if (entry === undefined) this.#pending.set(key, { count: 1, lastAt, lastError });
    else Object.assign(entry, { count: entry.count + 1, lastAt, lastError });
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#cancel = this.#ambient.clock.after(flushAfterMs, () => {
      this.flush().catch((error: unknown) => {
        this.#ambient.log.error("cannot write refusals down", { error: errorText(error) });
      });
    });
  }

  /** Writes what is pending. */
  flush(): Promise<void> {
    return this.#exclusive.run(async () => {
      this.#cancel();
      this.#isScheduled = false;
      const entries = this.#pending;
      this.#pending = new Map();
      for (const [key, entry] of entries) {
        const space = key.indexOf(" ");
        const sensorId = key.slice(0, space);
        await this.#tell(sensorId, key.slice(space + 1), entry);
        await this.#store
          .insertInto("refusals")
          .values({
            sensor_id: sensorId,
            reason: key.slice(space + 1),
            count: entry.count,
            first_at: entry.lastAt,
            last_at: entry.lastAt,
            last_error: entry.lastError,
          })
          .onConflict((conflict) =>
            conflict.columns(["sensor_id", "reason"]).doUpdateSet((build) => ({
              count: build("refusals.count", "+", entry.count),
              last_at: entry.lastAt,
              last_error: entry.lastError,
            })),
          )
          .execute();
        this.#changed(sensorId);
      }
    });
  }

  /** A reason stands on the time line once, and again after an hour without. */
  async #tell(sensorId: string, reason: string, { lastAt, lastError }: Entry): Promise<void> {
    const sensor = await this.#store
      .selectFrom("sensors")
      .leftJoin("refusals", (join) =>
        join.onRef("refusals.sensor_id", "=", "sensors.id").on("refusals.reason", "=", reason),
      )
      .select(["site_id", "last_at"])
      .where("sensors.id", "=", sensorId)
      .executeTakeFirst();
    if (sensor === undefined || lastAt - (sensor.last_at ?? 0) < tellAgainMs) return;
    const fact = {
      ...({ id: `refused-${reason}-${lastAt}`, at: lastAt, kind: "box", what: "refused" } as const),
      detail: { reason, text: lastError },
    };
    const { site_id: siteId } = sensor;
    await this.#store.transaction().execute((rows) => tellOfBox(rows, { id: sensorId, siteId }, [fact], lastAt));
  }
}
