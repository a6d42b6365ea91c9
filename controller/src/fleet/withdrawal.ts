import { writeAudit } from "../account/audit.ts";
import type { Ambient, Clock } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import type { Peer } from "../broker/peer.ts";
import type { Store } from "../store/schema.ts";
import { keepRevocation, type RevocationBook } from "./revocation-book.ts";
import { refusalOf } from "./standing.ts";
import { voidTokens } from "./tokens.ts";

export interface Withdrawal {
  readonly sensorId: string;
  /** `revoke`: its key counts no longer, a new token gives it another; `retire`: out of service for good. */
  readonly kind: "revoke" | "retire";
  readonly author: string;
  readonly reason: string;
}

/** Takes a sensor's identity back, for good in the book too. Throws `unknown-sensor` and `already-withdrawn`. Gives its site. */
export async function withdraw(
  store: Store,
  ambient: Ambient,
  wish: Withdrawal,
  book: RevocationBook,
): Promise<string> {
  const { sensorId, kind, author, reason } = wish;
  const now = ambient.clock.now();
  const { siteId, ...key } = await store.transaction().execute(async (rows) => {
    const sensor = await rows.selectFrom("sensors").selectAll().where("id", "=", sensorId).executeTakeFirst();
    if (sensor === undefined) throw new ControllerError("unknown-sensor", `there is no sensor ${sensorId}`);
    const column = kind === "revoke" ? "revoked_at" : "retired_at";
    if (sensor.retired_at !== null || sensor[column] !== null) {
      const what = sensor.retired_at === null ? "revoked" : "retired";
      throw new ControllerError("already-withdrawn", `sensor ${sensorId} is ${what} already`);
    }
    await rows
      .updateTable("sensors")
      .set({ [column]: now })
      .where("id", "=", sensorId)
      .execute();
    await voidTokens(rows, sensorId, now);
    await writeAudit(rows, ambient, {
      author,
      action: kind === "revoke" ? "sensor-revoked" : "sensor-retired",
      siteId: sensor.site_id,
      subject: sensorId,
      detail: reason,
    });
    return { siteId: sensor.site_id, keyHash: sensor.key_hash, fingerprint: sensor.certificate_fingerprint };
  });
  keepRevocation(book, ambient, { sensorId, kind, ...key, at: now, reason });
  return siteId;
}

export interface WithdrawalWatchParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Who is connected. */
  readonly peers: () => readonly Peer[];
  readonly end: (isMeant: (peer: Peer) => boolean) => void;
  readonly failed: (error: string) => void;
}

// A command line in another process writes to the store and nothing else.
const lookEveryMs = 1000;

/** Ends connections of sensors whose identity was taken back, by whichever process. */
export class WithdrawalWatch {
  readonly #parts: WithdrawalWatchParts;
  #cancel: () => void = () => undefined;
  #isClosed = false;

  constructor(parts: WithdrawalWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#later();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /** Looks now. */
  async look(): Promise<void> {
    const { store, peers, end } = this.#parts;
    const connected = peers();
    if (connected.length === 0) return;
    const gone = await store
      .selectFrom("sensors")
      .select("id")
      .where((build) => build.or([build("revoked_at", "is not", null), build("retired_at", "is not", null)]))
      .execute();
    const withdrawn = new Set(gone.map(({ id }) => id));
    for (const peer of connected.filter(({ sensorId }) => withdrawn.has(sensorId))) {
      // A sensor that has enrolled anew meanwhile is itself again.
      if ((await refusalOf(store, peer)) !== null) end((other) => other === peer);
    }
  }

  #later(): void {
    if (this.#isClosed) return;
    this.#cancel = this.#parts.clock.after(lookEveryMs, () => {
      this.look().then(
        () => this.#later(),
        (error: unknown) => {
          this.#parts.failed(errorText(error));
          this.#later();
        },
      );
    });
  }
}
