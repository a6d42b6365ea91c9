import {
  contractVersion,
  maxAskBytes,
  packetSliceKind,
  parseAnswer,
  takesAsks,
  type Answer,
  type Ask,
  type AskCancel,
  type Hello,
  type UploadReceipt,
} from "@cordon/contract";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { Exclusive } from "../exclusive.ts";
import {
  askRetentionMs,
  endAsk,
  forgetAsks,
  forgetUpload,
  readAsk,
  readOpenAsks,
  readUploaded,
  sliceRetentionMs,
  type AskEnd,
} from "../store/ask-rows.ts";
import type { AskRow, Rows, Store } from "../store/schema.ts";

export interface AskWish {
  readonly kind: string;
  readonly question: Ask["question"];
  /** How long an answer is waited for, in milliseconds. */
  readonly patienceMs: number;
  /** Who asks. */
  readonly author: string;
  /** Absent means as much as the contract allows. */
  readonly maxUploadBytes?: number;
}

/** How an ask stands once nobody waits any more. */
export type AskOutcome = AskRow & { readonly status: Answer["status"] };

/** What lies there of uploaded answers. */
export interface UploadShelf {
  /** Whether this lies there, whole. */
  readonly holds: (askId: string, receipt: UploadReceipt) => Promise<boolean>;
  /** Throws away whatever lies there. */
  readonly remove: (askId: string) => Promise<void>;
  /** Throws away what lies there of any others. */
  readonly keepOnly: (askIds: ReadonlySet<string>) => Promise<void>;
}

export interface AskKeeperParts {
  readonly store: Store;
  readonly ambient: Ambient;
  readonly publish: (sensorId: string, askId: string, payload: string) => Promise<void>;
  readonly shelf: UploadShelf;
  /** Told when an ask was answered. */
  readonly changed: (siteId: string) => void;
  readonly refused: (sensorId: string, reason: string, error: string) => void;
  /** Reads an answer. Default as it comes by the broker. */
  readonly parse?: typeof parseAnswer;
  readonly limits?: Partial<AskLimits>;
}

export interface AskLimits {
  /** Asks of one sensor that are open at once. More than a sensor takes would only be refused there. */
  readonly openPerSensor: number;
  /** How long an answer may take on its way beyond the deadline. */
  readonly graceMs: number;
}

export const defaultAskLimits: AskLimits = { openPerSensor: 10, graceMs: 5_000 };

const forgetEveryMs = 3_600_000;

/**
 * Asks sensors, and keeps what they answer. An ask is a row from the beginning, so that one that was asked before a
 * restart is answered after it; it goes down again whenever its sensor says hello, until it is answered or too late.
 */
export class AskKeeper {
  readonly #parts: AskKeeperParts;
  readonly #limits: AskLimits;
  readonly #exclusive = new Exclusive();
  readonly #waiters = new Map<string, Set<(outcome: AskOutcome) => void>>();
  #cancelTimer: () => void = () => undefined;
  #forgotAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(parts: AskKeeperParts) {
    this.#parts = parts;
    this.#limits = { ...defaultAskLimits, ...parts.limits };
  }

  /** Takes up what was open when the last process ended. */
  async start(): Promise<void> {
    const { store, shelf } = this.#parts;
    const known = await store.selectFrom("asks").select("id").execute();
    await shelf.keepOnly(new Set(known.map(({ id }) => id)));
    await this.#look();
  }

  /** Stops the timer and waits for what runs. Whoever still waits for an answer waits on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    await this.#exclusive.idle();
  }

  /**
   * Asks a sensor; gives the row as soon as it is written. A silent sensor is asked when it is back in time.
   * Throws `asks-not-taken`, `too-many-asks`, `question-too-large`, `unknown-sensor`.
   *
   * @param also runs in the same transaction
   */
  async ask(sensorId: string, wish: AskWish, also?: (rows: Rows, askId: string) => Promise<void>): Promise<AskRow> {
    const { store, ambient } = this.#parts;
    const now = ambient.clock.now();
    const row: AskRow = {
      id: ambient.random(16).toString("hex"),
      sensor_id: sensorId,
      kind: wish.kind,
      question: JSON.stringify(wish.question),
      author: wish.author,
      asked_at: now,
      deadline: now + Math.round(wish.patienceMs),
      max_upload_bytes: wish.maxUploadBytes ?? null,
      status: "open",
      code: null,
      text: null,
      body: null,
      upload: null,
      answered_at: null,
    };
    if (Buffer.byteLength(messageOf(row, now)) > maxAskBytes) {
      throw new ControllerError("question-too-large", `a question may have ${maxAskBytes} bytes`);
    }
    await store.transaction().execute(async (rows) => {
      const sensor = await rows.selectFrom("sensors").select("hello").where("id", "=", sensorId).executeTakeFirst();
      if (sensor === undefined) throw new ControllerError("unknown-sensor", `there is no sensor ${sensorId}`);
      const hello = sensor.hello === null ? null : (JSON.parse(sensor.hello) as Hello);
      if (hello?.takes?.includes(takesAsks) !== true) {
        throw new ControllerError("asks-not-taken", `${sensorId} has not said that it takes asks`);
      }
      if ((await readOpenAsks(rows, sensorId)).length >= this.#limits.openPerSensor) {
        throw new ControllerError("too-many-asks", `${this.#limits.openPerSensor} asks of ${sensorId} are open`);
      }
      await rows.insertInto("asks").values(row).execute();
      await also?.(rows, row.id);
    });
    this.#send(row);
    await this.#look();
    return row;
  }

  /** Resolves once the ask is answered, or over for another reason. Throws `unknown-ask`. */
  async outcome(askId: string, signal?: AbortSignal): Promise<AskOutcome> {
    const waiters = this.#waiters.get(askId) ?? new Set();
    this.#waiters.set(askId, waiters);
    let waiter: (outcome: AskOutcome) => void = () => undefined;
    const told = new Promise<AskOutcome>((resolve, reject) => {
      waiter = resolve;
      signal?.addEventListener("abort", () => reject(new ControllerError("not-waiting", "nobody waits any more")), {
        once: true,
      });
    });
    waiters.add(waiter);
    try {
      // Read only now, so that no answer falls in between.
      const row = await readAsk(this.#parts.store, askId);
      if (row === null) throw new ControllerError("unknown-ask", `there is no ask ${askId}`);
      if (isOver(row)) return row;
      signal?.throwIfAborted();
      return await told;
    } finally {
      told.catch(() => undefined);
      waiters.delete(waiter);
      if (waiters.size === 0) this.#waiters.delete(askId);
    }
  }

  /** Ends an ask that is open; what the sensor says to it afterwards is nothing. */
  async cancel(askId: string): Promise<void> {
    const row = await readAsk(this.#parts.store, askId);
    if (row === null || isOver(row)) return;
    this.#sendCancel(row);
    await this.#end(askId, { status: "cancelled" });
  }

  /** Throws away what was uploaded for an ask, and says so with its answer. */
  async deleteUpload(askId: string, text: string): Promise<void> {
    const { store, shelf } = this.#parts;
    await forgetUpload(store, askId, text);
    await shelf.remove(askId);
  }

  /** Throws away all packets that a sensor has uploaded; gives how many files that were. */
  async deleteSlices(sensorId: string, text: string): Promise<number> {
    const uploaded = await readUploaded(this.#parts.store, packetSliceKind, { sensorId });
    for (const askId of uploaded) await this.deleteUpload(askId, text);
    return uploaded.length;
  }

  /** A sensor has said hello: it listens now, and may not have heard what was asked meanwhile. */
  async introduced(sensorId: string): Promise<void> {
    for (const row of await readOpenAsks(this.#parts.store, sensorId)) this.#send(row);
  }

  /** Takes an answer in. */
  async answered(sensorId: string, askId: string, payload: Uint8Array): Promise<void> {
    const { store, shelf, refused, parse = parseAnswer } = this.#parts;
    const parsed = parse(payload);
    if (!parsed.ok || parsed.value.id !== askId) {
      refused(sensorId, "malformed-answer", parsed.ok ? "/id is not that of the topic" : parsed.error);
      return;
    }
    const row = await readAsk(store, askId);
    if (row === null || row.sensor_id !== sensorId) {
      refused(sensorId, "unknown-ask", `an answer to ${askId}`);
      return;
    }
    // A repeat, or one that crossed with a cancel.
    if (isOver(row)) return;
    const answer = parsed.value;
    if (answer.upload !== undefined && !(await shelf.holds(askId, answer.upload))) {
      refused(sensorId, "upload-missing", `a receipt for ${answer.upload.sizeBytes} bytes that are not here`);
      await this.#end(askId, {
        status: "failed",
        code: "upload-missing",
        text: "The box says that it has uploaded its answer, and it did not arrive.",
      });
      return;
    }
    await this.#end(askId, answer);
  }

  async #end(askId: string, end: AskEnd): Promise<void> {
    const { store, ambient, shelf, changed } = this.#parts;
    const isNews = await endAsk(store, askId, end, ambient.clock.now());
    const row = await readAsk(store, askId);
    if (!isNews || row === null || !isOver(row)) return;
    // Only what was asked for and came whole is kept.
    if (row.upload === null) await shelf.remove(askId);
    for (const waiter of this.#waiters.get(askId) ?? []) waiter(row);
    const sensor = await store
      .selectFrom("sensors")
      .select("site_id")
      .where("id", "=", row.sensor_id)
      .executeTakeFirst();
    if (sensor !== undefined) changed(sensor.site_id);
  }

  /** Ends what is too late, forgets what is old, and comes back when the next is due. */
  #look(): Promise<void> {
    return this.#exclusive.run(async () => {
      const { store, ambient, shelf } = this.#parts;
      const now = ambient.clock.now();
      if (now - this.#forgotAt >= forgetEveryMs) {
        this.#forgotAt = now;
        for (const askId of await forgetAsks(store, now - askRetentionMs)) await shelf.remove(askId);
        const old = await readUploaded(store, packetSliceKind, { answeredBefore: now - sliceRetentionMs });
        for (const askId of old) await this.deleteUpload(askId, "The packets were kept for seven days.");
      }
      const open = await readOpenAsks(store, null);
      const isLate = (row: AskRow) => row.deadline + this.#limits.graceMs <= now;
      for (const row of open.filter(isLate)) {
        await this.#end(row.id, { status: "expired", code: "no-answer", text: "The box did not answer in time." });
      }
      this.#cancelTimer();
      if (this.#isClosed) return;
      const ends = open.filter((row) => !isLate(row)).map((row) => row.deadline + this.#limits.graceMs);
      const dueAt = Math.min(now + forgetEveryMs, ...ends);
      this.#cancelTimer = ambient.clock.after(dueAt - now, () => {
        this.#look().catch((error: unknown) => this.#complain(error));
      });
    });
  }

  #send(row: AskRow): void {
    const { publish, ambient } = this.#parts;
    const now = ambient.clock.now();
    if (row.deadline <= now) return;
    publish(row.sensor_id, row.id, messageOf(row, now)).catch((error: unknown) => this.#complain(error));
  }

  #sendCancel(row: AskRow): void {
    const message: AskCancel = { version: contractVersion, id: row.id, cancel: true };
    this.#parts
      .publish(row.sensor_id, row.id, JSON.stringify(message))
      .catch((error: unknown) => this.#complain(error));
  }

  #complain(error: unknown): void {
    if (!this.#isClosed) this.#parts.ambient.log.error("cannot ask a sensor", { error: errorText(error) });
  }
}

function isOver(row: AskRow): row is AskOutcome {
  return row.status !== "open";
}

function messageOf(row: AskRow, sentAt: number): string {
  const ask: Ask = {
    version: contractVersion,
    id: row.id,
    kind: row.kind,
    question: JSON.parse(row.question) as Ask["question"],
    sentAt,
    deadline: row.deadline,
    ...(row.max_upload_bytes === null ? {} : { maxUploadBytes: row.max_upload_bytes }),
  };
  return JSON.stringify(ask);
}
