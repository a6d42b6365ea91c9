/** Ordering a box to forget its site, and what became of that. */
import { takesWipe, type Hello, type ReportedWipe, type WipeOrder } from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import type { Ambient, Clock } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import type { Rows, Store } from "../store/schema.ts";
import { vouchedStatement } from "./wipe-statement.ts";
import { withdraw } from "./withdrawal.ts";
import type { RevocationBook } from "./revocation-book.ts";

/**
 * Writes the order down; the next document carries it. Throws `unknown-sensor`, `already-withdrawn`, `already-ordered`, and
 * `wipe-not-taken` where the box would not follow it. Gives the site.
 */
export async function orderWipe(
  rows: Rows,
  ambient: Ambient,
  { sensorId, author, reason }: { readonly sensorId: string; readonly author: string; readonly reason: string },
): Promise<string> {
  const sensor = await rows.selectFrom("sensors").selectAll().where("id", "=", sensorId).executeTakeFirst();
  if (sensor === undefined) throw new ControllerError("unknown-sensor", `there is no sensor ${sensorId}`);
  const isWithdrawn = sensor.retired_at !== null || sensor.revoked_at !== null;
  if (isWithdrawn) {
    throw new ControllerError(
      "already-withdrawn",
      `sensor ${sensorId} is ${sensor.retired_at === null ? "revoked" : "retired"} and hears no order any more: destroy its card`,
    );
  }
  const hello = sensor.hello === null ? null : (JSON.parse(sensor.hello) as Hello);
  if (hello === null || hello.takes?.includes(takesWipe) !== true) {
    const why = hello === null ? "was never heard" : "has a program that is too old for it";
    throw new ControllerError("wipe-not-taken", `sensor ${sensorId} ${why}: revoke it, and destroy its card`);
  }
  const now = ambient.clock.now();
  const order_id = `w-${ambient.random(8).toString("hex")}`;
  const added = await rows
    .insertInto("wipe_orders")
    .values({ sensor_id: sensorId, order_id, author, reason, ordered_at: now })
    .onConflict((conflict) => conflict.column("sensor_id").doNothing())
    .returning("sensor_id")
    .executeTakeFirst();
  if (added === undefined)
    throw new ControllerError("already-ordered", `sensor ${sensorId} was told to wipe itself already`);
  await writeAudit(rows, ambient, {
    ...{ author, action: "box-wipe-ordered", siteId: sensor.site_id, subject: sensorId },
    detail: JSON.stringify({ order: order_id, reason }),
  });
  return sensor.site_id;
}

/** The order that a sensor's document is to carry; null where it is to go on with its work. */
export async function readWipe(rows: Rows, sensorId: string): Promise<WipeOrder | null> {
  const row = await rows.selectFrom("wipe_orders").selectAll().where("sensor_id", "=", sensorId).executeTakeFirst();
  return row === undefined ? null : { id: row.order_id, author: row.author, reason: row.reason, at: row.ordered_at };
}

/** A document that carries the order was made. */
export async function noteWipeIssued(rows: Rows, sensorId: string, now: number): Promise<void> {
  await rows
    .updateTable("wipe_orders")
    .set({ issued_at: now })
    .where("sensor_id", "=", sensorId)
    .where("issued_at", "is", null)
    .execute();
}

/** A box that gets a new token begins anew. */
export async function forgetWipe(rows: Rows, sensorId: string): Promise<void> {
  await rows.deleteFrom("wipe_orders").where("sensor_id", "=", sensorId).execute();
}

/** Takes down what a box said of it, once, and takes its key back: nobody is to come with it any more. */
export async function noteWiped(
  store: Store,
  ambient: Ambient,
  {
    sensorId,
    wiped,
    book,
    authority,
  }: {
    readonly sensorId: string;
    readonly wiped: ReportedWipe;
    readonly book: RevocationBook;
    /** PEM. */
    readonly authority: string;
  },
): Promise<void> {
  const noted = await store.transaction().execute(async (rows) => {
    const order = await rows
      .updateTable("wipe_orders")
      .set({ wiped_at: ambient.clock.now(), result: JSON.stringify(wiped) })
      .where("sensor_id", "=", sensorId)
      .where("order_id", "=", wiped.orderId)
      .where("wiped_at", "is", null)
      .returning("sensor_id")
      .executeTakeFirst();
    if (order === undefined) return false;
    const { site_id: siteId } = await rows
      .selectFrom("sensors")
      .select("site_id")
      .where("id", "=", sensorId)
      .executeTakeFirstOrThrow();
    const { orderId, destroyed, left } = wiped;
    const states = vouchedStatement(wiped, { sensorId, authority });
    await writeAudit(rows, ambient, {
      ...{ author: `sensor ${sensorId}`, action: "box-wiped", siteId, subject: sensorId },
      detail: JSON.stringify({ order: orderId, destroyed, left, ...(states === null ? {} : { states }) }),
    });
    return true;
  });
  if (!noted) return;
  await withdraw(store, ambient, { sensorId, kind: "revoke", author: `sensor ${sensorId}`, reason: "wiped" }, book);
}

// A command line in another process writes to the store and nothing else.
const lookEveryMs = 1000;

interface WipeWatchParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Makes and sends a sensor's next document. */
  readonly issue: (sensorId: string) => Promise<unknown>;
  readonly failed: (error: string) => void;
}

/** Has orders that another process wrote down issued. */
export class WipeWatch {
  readonly #parts: WipeWatchParts;
  #cancel: () => void = () => undefined;
  #isClosed = false;

  constructor(parts: WipeWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#isClosed) return;
    this.#cancel = this.#parts.clock.after(lookEveryMs, () => {
      this.#look().then(
        () => this.start(),
        (error: unknown) => {
          this.#parts.failed(errorText(error));
          this.start();
        },
      );
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { store, issue } = this.#parts;
    const open = await store.selectFrom("wipe_orders").select("sensor_id").where("issued_at", "is", null).execute();
    for (const { sensor_id: sensorId } of open) await issue(sensorId);
  }
}
