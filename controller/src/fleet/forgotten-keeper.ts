import type { Health, Reported } from "@cordon/contract";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import type { Store } from "../store/schema.ts";
import { isForgotten, readDesired, type Holding } from "./adopt-report.ts";
import { AdoptionPace, handBackPaces, type AdoptionLimits } from "./adoption-bounds.ts";

// What was too much stays so until a person releases something.
const tooLargeRetryMs = 60_000;

const tooLarge = new Set(["adoption-too-large", "too-many-containments"]);

type Reason = "weighing" | "not-told" | "store-failed" | "adopted-too-often" | "adoption-too-large";

interface Waiting {
  readonly sensorId: string;
  readonly holding: Holding;
  /** Epoch milliseconds. */
  readonly since: number;
  siteId: string;
  reason: Reason;
  detail: string;
  /** What it told last of what it holds; null where it has not yet. */
  reported: Reported | null;
  /** Its turn of the pace was taken. */
  isCounted: boolean;
  /** Something was to be sent meanwhile. */
  hasStopped: boolean;
  /** Not tried again before, epoch milliseconds. */
  retryAt: number;
  running: Promise<void> | null;
  cancelRetry: () => void;
}

/** Why a box is sent no orders. */
export interface Withheld {
  /** Epoch milliseconds. */
  readonly since: number;
  /** The document that it holds, as epoch and revision. */
  readonly orders: string;
  /** What is to be done, in sentences. */
  readonly advice: string;
}

/** What has happened, in sentences; the advice comes behind it. */
export function causeOf({ orders }: Pick<Withheld, "orders">): string {
  return `These records know nothing of the orders ${orders} that this box follows: they are older than it. It keeps those and gets no others, so that nothing ends unasked; what is wished here waits.`;
}

export interface ForgottenParts {
  readonly store: Store;
  readonly ambient: Ambient;
  readonly limits: AdoptionLimits;
  /** Takes up what a sensor holds, in one transaction. */
  readonly adopt: (sensorId: string, siteId: string, reported: Reported) => Promise<void>;
  /** Sends what was kept back. */
  readonly resend: (sensorId: string) => Promise<void>;
  readonly changed: (siteId: string) => void;
  readonly refused: (sensorId: string, reason: string, error: string) => void;
}

/**
 * Keeps back the orders of boxes that hold a document of which the records know nothing, as after a restore from a backup,
 * until that is taken up: whatever the next document lacks would end, and nobody would have asked for that.
 *
 * Invariant: from the moment at which a box says what it holds, nothing is sent to it until that is known here or taken up.
 */
export class ForgottenKeeper {
  readonly #parts: ForgottenParts;
  readonly #pace: AdoptionPace;
  readonly #handBackPace: AdoptionPace;
  readonly #waiting = new Map<string, Waiting>();
  /** What each holds and we know of, so that not every report has to be weighed. */
  readonly #known = new Map<string, string>();
  #isClosed = false;

  constructor(parts: ForgottenParts) {
    this.#parts = parts;
    this.#pace = new AdoptionPace(parts.ambient.clock, [parts.limits]);
    this.#handBackPace = new AdoptionPace(parts.ambient.clock, handBackPaces);
  }

  /** A box says what it holds; {@link weigh} follows. Asks nothing of the store, which may be what fails. */
  hear(sensorId: string, holding: Holding): void {
    const before = this.#waiting.get(sensorId);
    // Who holds nothing loses nothing.
    if (holding.epoch === 0 || this.#known.get(sensorId) === nameOf(holding)) {
      if (before !== undefined) this.#release(before);
      return;
    }
    if (before !== undefined && nameOf(before.holding) === nameOf(holding)) return;
    before?.cancelRetry();
    this.#waiting.set(sensorId, {
      ...{ sensorId, holding, siteId: "", reason: "weighing", detail: "", reported: null, isCounted: false },
      since: before?.since ?? this.#parts.ambient.clock.now(),
      hasStopped: before?.hasStopped ?? false,
      ...{ retryAt: 0, running: null, cancelRetry: () => undefined },
    });
  }

  /**
   * Weighs what a box said that it holds, and takes it up where nobody here knows it. Never rejects: what cannot be done now is
   * tried again.
   *
   * @param reported what it says of it; null where it said no more than which document it is
   */
  async weigh(sensorId: string, siteId: string, holding: Holding, reported: Reported | null): Promise<void> {
    const waiting = this.#waiting.get(sensorId);
    if (waiting === undefined || nameOf(waiting.holding) !== nameOf(holding)) return;
    waiting.siteId = siteId;
    if (reported !== null) waiting.reported = reported;
    if (this.#parts.ambient.clock.now() >= waiting.retryAt) await this.#try(waiting);
  }

  /** Whether nothing may be sent to a box now. What was to be is sent later. */
  stops(sensorId: string): boolean {
    const waiting = this.#waiting.get(sensorId);
    if (waiting !== undefined) waiting.hasStopped = true;
    return waiting !== undefined;
  }

  /** What a person must know and do where a box is sent no orders; null where it gets them. */
  withheld(sensorId: string): Withheld | null {
    const waiting = this.#waiting.get(sensorId);
    if (waiting === undefined || waiting.reason === "weighing") return null;
    const { epoch, revision } = waiting.holding;
    return { since: waiting.since, orders: `${epoch}.${revision}`, advice: this.#adviceOn(waiting) };
  }

  /** The same as a trouble of the box. */
  trouble(sensorId: string): Health | null {
    const withheld = this.withheld(sensorId);
    if (withheld === null) return null;
    const { since, advice } = withheld;
    const text = `${causeOf(withheld)} ${advice}`;
    return { code: "orders-withheld", severity: "error", since, text: text.slice(0, 400) };
  }

  /** Stops the timers and waits for what runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#waiting.values()) {
      waiting.cancelRetry();
      await waiting.running;
    }
  }

  #adviceOn({ reason, detail, retryAt }: Waiting): string {
    switch (reason) {
      case "store-failed":
        return `The store cannot take them up: give it room. It is tried again every few seconds (${detail}).`;
      case "adopted-too-often":
        return `They are taken up at ${new Date(retryAt).toISOString().slice(11, 16)} UTC, having been so often already. Where nobody has put records back again, look at the box.`;
      case "adoption-too-large":
        return `They are too many: release what is not needed any more. Then they are taken up within a minute of the next report (${detail}).`;
      default:
        return "It has not told yet what they say: see what else is wrong with it, and restart it if this lasts.";
    }
  }

  #try(waiting: Waiting): Promise<void> {
    waiting.cancelRetry();
    return (waiting.running ??= this.#attempt(waiting).finally(() => (waiting.running = null)));
  }

  async #attempt(waiting: Waiting): Promise<void> {
    const { ambient, changed } = this.#parts;
    const { sensorId, siteId } = waiting;
    let isOver = false;
    let retryAt = 0;
    try {
      retryAt = await this.#takeUp(waiting);
      isOver = retryAt === -1;
    } catch (error) {
      const text = errorText(error);
      ambient.log.error("cannot take up what a sensor holds", { sensorId, error: text });
      Object.assign(waiting, { reason: "store-failed", detail: text });
      retryAt = ambient.clock.now() + this.#parts.limits.storeRetryMs;
    }
    // It has said meanwhile that it holds something else.
    if (this.#waiting.get(sensorId) !== waiting) return;
    if (isOver) {
      this.#known.set(sensorId, nameOf(waiting.holding));
      this.#release(waiting);
      return;
    }
    waiting.retryAt = retryAt;
    changed(siteId);
    if (retryAt === 0 || this.#isClosed) return;
    waiting.cancelRetry = ambient.clock.after(
      Math.max(0, retryAt - ambient.clock.now()),
      () => void this.#try(waiting),
    );
  }

  /** Gives when it is to be tried again, 0 with the next report, or -1 where all is well. */
  async #takeUp(waiting: Waiting): Promise<number> {
    const { store, ambient, adopt, refused } = this.#parts;
    const { sensorId, siteId, holding, reported } = waiting;
    const { clock } = ambient;
    if (!(await isForgotten(store, sensorId, holding, await readDesired(store, sensorId)))) return -1;
    if (reported === null) {
      waiting.reason = "not-told";
      return 0;
    }
    if (!waiting.isCounted) {
      // Whoever works at a box that hears its controller as well is taken up click by click.
      const pace = reported.local === undefined ? this.#pace : this.#handBackPace;
      const inMs = pace.turnInMs(sensorId);
      if (inMs > 0) {
        const text = `it tells of ${holding.epoch}.${holding.revision}, which nobody here knows`;
        if (waiting.reason !== "adopted-too-often") refused(sensorId, "adopted-too-often", text);
        waiting.reason = "adopted-too-often";
        return clock.now() + inMs;
      }
      pace.taken(sensorId);
      waiting.isCounted = true;
    }
    try {
      await adopt(sensorId, siteId, reported);
    } catch (error) {
      // Its own site waits for a person; nobody else's.
      if (!(error instanceof ControllerError) || !tooLarge.has(error.code)) throw error;
      refused(sensorId, "adoption-too-large", error.message);
      Object.assign(waiting, { reason: "adoption-too-large", detail: error.message });
      return clock.now() + tooLargeRetryMs;
    }
    return -1;
  }

  #release(waiting: Waiting): void {
    const { ambient, resend, changed } = this.#parts;
    const { sensorId } = waiting;
    waiting.cancelRetry();
    this.#waiting.delete(sensorId);
    if (waiting.siteId !== "" && waiting.reason !== "weighing") changed(waiting.siteId);
    if (!waiting.hasStopped) return;
    resend(sensorId).catch((error: unknown) =>
      ambient.log.error("cannot send what was kept back", { sensorId, error: errorText(error) }),
    );
  }
}

function nameOf({ epoch, revision, issuedAt }: Holding): string {
  return `${epoch}.${revision} ${issuedAt ?? ""}`;
}
