import {
  maxPackedDesiredBytes,
  maxSignedDesiredBytes,
  packedDesired,
  type DesiredDocument,
  type DesiredMessage,
  type Hello,
  type Policy,
  type Reported,
  type SignedDesired,
} from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { Exclusive } from "../exclusive.ts";
import { nextExpiry, openContainments, sensorsWithExpired } from "../store/containment-rows.ts";
import { readAnswered } from "../store/delegation-rows.ts";
import { writeIssued } from "../store/issued-rows.ts";
import { readPardons } from "../store/pardon-rows.ts";
import { readReflexWish } from "../store/reflex-wishes.ts";
import { noSiteWishes, readSiteWishes } from "../store/site-wishes.ts";
import { readUpdate } from "../rollout/update-order.ts";
import type { DesiredRow, Rows, Store } from "../store/schema.ts";
import { adoptReport, isForgotten, readDesired } from "./adopt-report.ts";
import { defaultAdoptionLimits, type AdoptionLimits } from "./adoption-bounds.ts";
import { containmentOf, isWanted, nextDocument, type Revision } from "./desired.ts";
import { ForgottenKeeper } from "./forgotten-keeper.ts";
import { handBack, isHandBack } from "./hand-back.ts";
import type { Signer } from "./signer.ts";
import { noteWipeIssued, readWipe } from "./wipe.ts";

// Expired ones leave the document this much late: a timer may fire a hair before its time.
const expirySlackMs = 20;
// What ended and cannot be said to a box stays so until a person does something.
const retryMs = 60_000;
// How often documents are looked at for running out.
const refreshMs = 12 * 3_600_000;

export interface KeeperParts {
  readonly store: Store;
  readonly signer: Signer;
  readonly ambient: Ambient;
  /** Hands a signed document to the broker. */
  readonly publish: (sensorId: string, message: DesiredMessage) => Promise<void>;
  /** Told when what a site's page says may have changed. */
  readonly changed: (siteId: string) => void;
  /** Something that a sensor tells was not taken up; `reason` is in kebab case. */
  readonly refused: (sensorId: string, reason: string, error: string) => void;
  readonly adoptionLimits?: Partial<AdoptionLimits>;
  /** On a box that is its own centre: the controller's document that it goes on from. Absent: this is the controller. */
  readonly base?: () => DesiredDocument | null;
}

/**
 * Keeps each sensor's desired document in step with the containments.
 *
 * Invariants: a change of containments and the document that carries it are one transaction; documents leave in the
 * order of their revisions, since everything for one sensor runs one after the other.
 */
export class DesiredKeeper {
  readonly #parts: KeeperParts;
  readonly #beganAt: number;
  /** What is done for one sensor waits for nothing that is done for another. */
  readonly #linesBySensor = new Map<string, Exclusive>();
  readonly #expiry = new Exclusive();
  readonly #limits: AdoptionLimits;
  /** Whose orders are kept back. */
  readonly forgotten: ForgottenKeeper;
  /** Sending waits for the sensor's socket; one that does not read must not hold up the others. */
  readonly #sendingBySensor = new Map<string, Exclusive>();
  /** The form and the signature last handed over: the broker retains it for as long as we run. */
  readonly #sentBySensor = new Map<string, string>();
  /** Whose document was last too large to be issued. */
  readonly #stuck = new Set<string>();
  #cancelExpiry: () => void = () => undefined;
  #cancelRefresh: () => void = () => undefined;
  #isClosed = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#limits = { ...defaultAdoptionLimits, ...parts.adoptionLimits };
    this.forgotten = new ForgottenKeeper({
      ...parts,
      limits: this.#limits,
      adopt: (sensorId, siteId, reported) => this.#adopt(sensorId, siteId, reported),
      resend: (sensorId) => this.#resend(sensorId),
    });
    this.#beganAt = parts.ambient.clock.now();
  }

  /** Issues what is due for every sensor and keeps watch over expiries. */
  async start(): Promise<void> {
    const sensors = await this.#parts.store
      .selectFrom("sensors")
      .select("id")
      .where("retired_at", "is", null)
      .execute();
    for (const sensor of sensors) await this.#issueIfItCan(sensor.id);
    await this.#scheduleExpiry();
    if (this.#isClosed) return;
    this.#cancelRefresh = this.#parts.ambient.clock.after(refreshMs, () => {
      this.start().catch((error: unknown) => this.#complain(error));
    });
  }

  /** Stops the timers and waits for what runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelExpiry();
    this.#cancelRefresh();
    await this.forgotten.close();
    for (const line of [...this.#linesBySensor.values(), this.#expiry]) await line.idle();
  }

  /**
   * Brings a sensor's document up to date and publishes it.
   *
   * @param mutate changes rows in the same transaction, before the document is built
   */
  issue<T = void>(sensorId: string, mutate?: (rows: Rows) => Promise<T>): Promise<T | undefined> {
    return this.#issue(sensorId, async (rows) => ({ result: await mutate?.(rows), reached: null }));
  }

  /** A document that would be too large holds up no other sensor's: how large it is, the box has a hand in. */
  async #issueIfItCan(sensorId: string): Promise<void> {
    try {
      await this.issue(sensorId);
    } catch (error) {
      if (!(error instanceof ControllerError)) throw error;
      this.#stuck.add(sensorId);
      this.#complain(error);
    }
  }

  /** Resolves when the broker has everything that was issued to a sensor so far. */
  async sent(sensorId: string): Promise<void> {
    await this.#lineOf(sensorId).idle();
    await this.#sendingBySensor.get(sensorId)?.idle();
  }

  /**
   * Goes on from what a sensor has reached where the records know nothing of that, as after a restore from a backup. What it
   * holds and we have forgotten comes back into the records: what is absent from the next document would be released unasked.
   */
  #adopt(sensorId: string, siteId: string, reported: Reported): Promise<void> {
    const { ambient } = this.#parts;
    return this.#issue(sensorId, async (rows) => {
      const last = await readDesired(rows, sensorId);
      if (!(await isForgotten(rows, sensorId, reported, last))) return { result: undefined, reached: null };
      const adoption = { sensorId, siteId, reported, now: ambient.clock.now(), limits: this.#limits };
      // What a person at the box did is no forgotten word of ours.
      if (isHandBack(reported)) await handBack(rows, { ...adoption, reported, ambient });
      else await adoptReport(rows, adoption);
      const { epoch, revision, issuedAt } = reported;
      if (issuedAt !== undefined) await writeIssued(rows, sensorId, { epoch, revision, issuedAt }, null, this.#beganAt);
      if (isHandBack(reported)) return { result: undefined, reached: { epoch, revision } };
      await writeAudit(rows, ambient, {
        author: sensorId,
        action: "revision-adopted",
        siteId,
        subject: sensorId,
        detail: `the sensor had reached ${epoch}.${revision}, the records ${last === null ? "nothing" : `${last.epoch}.${last.revision}`}`,
      });
      return { result: undefined, reached: { epoch, revision } };
    });
  }

  /** Hands the newest document over again, whatever was handed over before. Asks the store for nothing that it may not be able to do. */
  #resend(sensorId: string): Promise<void> {
    return this.#lineOf(sensorId).run(async () => {
      const { store } = this.#parts;
      const row = await readDesired(store, sensorId);
      if (row === null) return;
      const isPacked = await takesPacked(store, sensorId);
      this.#sentBySensor.delete(sensorId);
      this.#send(row, isPacked);
    });
  }

  #issue<T>(
    sensorId: string,
    mutate: (rows: Rows) => Promise<{ readonly result: T; readonly reached: Revision | null }>,
  ): Promise<T> {
    return this.#lineOf(sensorId).run(async () => {
      const { store } = this.#parts;
      const outcome = await store.transaction().execute(async (rows) => {
        const { result, reached } = await mutate(rows);
        const row = await this.#rewrite(rows, sensorId, reached);
        return { result, row, isPacked: await takesPacked(rows, sensorId) };
      });
      this.#send(outcome.row, outcome.isPacked);
      this.#stuck.delete(sensorId);
      await this.#scheduleExpiry();
      return outcome.result;
    });
  }

  #lineOf(sensorId: string): Exclusive {
    let line = this.#linesBySensor.get(sensorId);
    if (line === undefined) this.#linesBySensor.set(sensorId, (line = new Exclusive()));
    return line;
  }

  #send(row: DesiredRow, isPacked: boolean): void {
    const sensorId = row.sensor_id;
    if (this.forgotten.stops(sensorId)) return;
    let sending = this.#sendingBySensor.get(sensorId);
    if (sending === undefined) this.#sendingBySensor.set(sensorId, (sending = new Exclusive()));
    const sent = `${isPacked ? "packed" : "plain"} ${row.signature}`;
    if (this.#sentBySensor.get(sensorId) === sent) return;
    this.#sentBySensor.set(sensorId, sent);
    const { publish, signer } = this.#parts;
    const signed: SignedDesired = { document: row.document, signature: row.signature, keyId: row.key_id };
    sending
      .run(() => publish(sensorId, isPacked ? signer.pack(signed) : signed))
      .catch((error: unknown) => {
        this.#sentBySensor.delete(sensorId);
        this.#complain(error);
      });
  }

  async #rewrite(rows: Rows, sensorId: string, reached: Revision | null): Promise<DesiredRow> {
    const { signer, ambient } = this.#parts;
    const now = ambient.clock.now();
    const sensor = await rows
      .selectFrom("sensors")
      .innerJoin("sites", "sites.id", "sensors.site_id")
      .select(["sites.id as siteId", "sites.policy as policy"])
      .where("sensors.id", "=", sensorId)
      .executeTakeFirst();
    if (sensor === undefined) throw new ControllerError("unknown-sensor", `there is no sensor ${sensorId}`);
    const last = await readDesired(rows, sensorId);
    const open = await openContainments(rows, sensorId);
    const wipe = await readWipe(rows, sensorId);
    // What a box that forgets its site has cut off is let go: there is nobody any more who would end it.
    const isKept = (row: (typeof open)[number]): boolean => wipe === null && isWanted(row, now);
    const { siteId } = sensor;
    const base = this.#parts.base?.() ?? null;
    const answers = await readAnswered(rows, sensorId);
    const document = nextDocument(
      wipe === null
        ? {
            ...{ sensorId, siteId, now, policy: sensor.policy as Policy },
            reflex: await readReflexWish(rows, siteId),
            pardons: await readPardons(rows, siteId, now),
            wishes: await readSiteWishes(rows, siteId, now),
            containments: open.filter(isKept).map(containmentOf),
            update: base === null ? await readUpdate(rows, sensorId) : null,
            ...{ answers, ...(base === null ? {} : { base }) },
          }
        : {
            ...{
              sensorId,
              siteId,
              now,
              policy: "observe",
              reflex: null,
              pardons: [],
              wishes: noSiteWishes,
              containments: [],
            },
            ...{ wipe, answers },
          },
      last === null ? null : (JSON.parse(last.document) as DesiredDocument),
      reached,
    );
    if (wipe !== null) await noteWipeIssued(rows, sensorId, now);
    const drop = async (at: Revision): Promise<void> => {
      for (const row of open) {
        if (row.dropped_revision !== null || isKept(row)) continue;
        await rows
          .updateTable("containments")
          .set({ dropped_epoch: at.epoch, dropped_revision: at.revision })
          .where("id", "=", row.id)
          .execute();
      }
    };
    // What the controller has signed stays so on the box.
    if (document === null && last !== null && (last.key_id === signer.keyId || base !== null)) {
      // At a box what ends by itself needs no other document, and would else be found to have ended again and again.
      await drop(last);
      return last;
    }
    const { epoch, revision, issuedAt, notAfter } = document ?? (JSON.parse(last?.document ?? "{}") as DesiredDocument);
    const signed = signer.sign(document === null ? (last?.document ?? "") : JSON.stringify(document));
    this.#refuseOversized(sensorId, signed);
    await drop({ epoch, revision });
    const row: DesiredRow = {
      sensor_id: sensorId,
      epoch,
      revision,
      document: signed.document,
      signature: signed.signature,
      key_id: signed.keyId,
      issued_at: issuedAt,
      not_after: notAfter,
    };
    await rows
      .insertInto("desired_documents")
      .values(row)
      .onConflict((conflict) => conflict.column("sensor_id").doUpdateSet(row))
      .execute();
    await writeIssued(rows, sensorId, { epoch, revision, issuedAt }, signed.document, this.#beganAt);
    return row;
  }

  /** What the sensor would refuse is refused to whoever asks for it, whichever way it is to travel. */
  #refuseOversized(sensorId: string, signed: SignedDesired): void {
    const plainBytes = bytesOf(signed);
    // Packing makes nothing larger.
    const packedBytes = plainBytes <= maxPackedDesiredBytes ? 0 : bytesOf(this.#parts.signer.pack(signed));
    if (plainBytes <= maxSignedDesiredBytes && packedBytes <= maxPackedDesiredBytes) return;
    throw new ControllerError(
      "too-many-containments",
      `the document for ${sensorId} would have ${plainBytes} bytes, or ${packedBytes} packed; ${maxSignedDesiredBytes} and ${maxPackedDesiredBytes} are taken`,
    );
  }

  #scheduleExpiry(): Promise<void> {
    return this.#expiry.run(async () => {
      const next = await nextExpiry(this.#parts.store, [...this.#stuck]);
      this.#cancelExpiry();
      const { clock } = this.#parts.ambient;
      const retryAt = this.#stuck.size === 0 ? Number.POSITIVE_INFINITY : clock.now() + retryMs;
      const at = Math.min(next ?? Number.POSITIVE_INFINITY, retryAt);
      if (!Number.isFinite(at) || this.#isClosed) return;
      this.#cancelExpiry = clock.after(at - clock.now() + expirySlackMs, () => {
        this.#expire().catch((error: unknown) => this.#complain(error));
      });
    });
  }

  async #expire(): Promise<void> {
    const { store, ambient } = this.#parts;
    for (const sensorId of await sensorsWithExpired(store, ambient.clock.now())) {
      await this.#issueIfItCan(sensorId);
      const sensor = await store.selectFrom("sensors").select("site_id").where("id", "=", sensorId).executeTakeFirst();
      if (sensor !== undefined) this.#parts.changed(sensor.site_id);
    }
    await this.#scheduleExpiry();
  }

  #complain(error: unknown): void {
    if (!this.#isClosed)
      this.#parts.ambient.log.error("cannot renew or send a desired document", { error: errorText(error) });
  }
}

function bytesOf(message: DesiredMessage): number {
  return Buffer.byteLength(JSON.stringify(message));
}

/** Whether a sensor said that it takes documents packed. One that has said nothing yet may be an older one. */
async function takesPacked(rows: Rows, sensorId: string): Promise<boolean> {
  const row = await rows.selectFrom("sensors").select("hello").where("id", "=", sensorId).executeTakeFirst();
  const hello = row?.hello == null ? null : (JSON.parse(row.hello) as Hello);
  return hello?.takes?.includes(packedDesired) ?? false;
}
