import { Worker } from "node:worker_threads";
import { defaultLookUpFlows, type LookUpAnswer, type LookUpQuestion, type ReportedRecord } from "@cordon/contract";
import type { Logger } from "pino";
import { TokenBucket } from "../capture/token-bucket.ts";
import type { FlowLine } from "../connection/flow.ts";
import { SensorError } from "../errors.ts";
import type { FlowLogStart, FromFlowLog, ToFlowLog } from "../record/flow-protocol.ts";
import type { FlowStoreLimits, FlowStoreState } from "../record/flow-store.ts";
import type { HealthBoard } from "./health-board.ts";
import { defaultRestartPolicy, restartDelayMs } from "./restart-delay.ts";

export interface FlowRecorderOptions {
  /** A program and its arguments that keep the log where they are run as a thread. */
  readonly program: { readonly path: string; readonly args: readonly string[] };
  readonly path: string;
  readonly limits?: Partial<FlowStoreLimits>;
  /** Lines beyond this rate are counted instead. Default {@link defaultLineRate}. */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /** Copies of packets that were held back since the start, of all limits of the capture. */
  readonly heldBack: () => number;
  /** By how much {@link now} may be wrong; null where nothing is known of that. */
  readonly clockErrorMs: () => number | null;
  readonly isPortDecisive: boolean;
  /** Lines come so long after the beginning of what they are about, milliseconds. */
  readonly heldMs: number;
  readonly health: HealthBoard;
  readonly log: Logger;
  /** Epoch milliseconds, by the clock of the lines. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/** A flood is a million lines alike; an office that starts in the morning is within the burst. */
export const defaultLineRate = { perSecond: 500, burst: 20_000 } as const;

const handOverMs = 1000;
// The time service slews less than that, at half a millisecond a second, and steps for more (adjtimex(2)).
const leastStepMs = 100;
const handOverLines = 1000;
const heldBackEveryMs = 60_000;
/** Lines on their way to a thread that waits for its disk; some 300 bytes each. */
const maxOnTheWay = 20_000;
// What waits and what is searched stay far below; a fault shall not take the judge's memory.
const resourceLimits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 96 };
const answerPatienceMs = 20_000;
/** The supervisor's patience is somewhat longer. */
const closePatienceMs = 2500;
const setAsideShownMs = 24 * 3_600_000;

interface Asking {
  readonly resolve: (answer: LookUpAnswer) => void;
  readonly reject: (error: SensorError) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * The judge's end of the flow log: hands lines over to the thread that keeps it and never waits for it. What that one
 * cannot take in time is counted as lost.
 */
export class FlowRecorder {
  readonly #options: FlowRecorderOptions;
  readonly #bucket: TokenBucket;
  readonly #askings = new Map<number, Asking>();
  #worker: Worker | null = null;
  #lines: FlowLine[] = [];
  #onTheWay = 0;
  #state: FlowStoreState | null = null;
  #lastId = 0;
  #failures = 0;
  #startedAt = 0;
  #missed = { rate: 0, disk: 0 };
  #missedSince = 0;
  #heldBack = 0;
  #heldBackAt: number;
  #timers: NodeJS.Timeout[] = [];
  #isClosing = false;
  /** What the log was told of the clock last; null before the first word. */
  #clock: { offsetMs: number; errorMs: number | null } | null = null;

  constructor(options: FlowRecorderOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.rate ?? defaultLineRate);
    this.#heldBackAt = options.now();
  }

  start(): void {
    this.#launch();
    this.#timers.push(setInterval(() => this.#handOver(), handOverMs));
  }

  /** Takes a line of the log; whether it is kept is said by the answers. */
  take(line: FlowLine): void {
    if (!this.#bucket.allows(this.#options.monotonic())) return this.#miss("rate");
    if (this.#onTheWay + this.#lines.length >= maxOnTheWay) return this.#miss("disk");
    this.#lines.push(line);
    if (this.#lines.length >= handOverLines) this.#handOver();
  }

  /** Rejects with `flow-log-busy` where the log's thread has no answer in time. */
  lookUp(question: LookUpQuestion): Promise<LookUpAnswer> {
    this.#handOver();
    const { clockErrorMs, isPortDecisive, heldMs, now } = this.#options;
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(id, "the flow log does not answer"), answerPatienceMs);
      this.#askings.set(id, { resolve, reject, timer });
      if (this.#worker === null) return this.#fail(id, "the flow log is being started again");
      const place = { clockErrorMs: clockErrorMs(), isPortDecisive, completeUntil: Math.floor(now() - heldMs) };
      this.#post({ kind: "ask", id, question: { limit: defaultLookUpFlows, ...question }, place });
    });
  }

  /** Lines come so long after the beginning of what they are about, milliseconds. */
  get heldMs(): number {
    return this.#options.heldMs;
  }

  /** How far back the log reaches; undefined until that is known. */
  get reported(): ReportedRecord["flows"] {
    if (this.#state === null) return undefined;
    const { since, lines, sizeBytes, unwritten } = this.#state;
    return { since, lines, sizeBytes, unwritten: unwritten + this.#onTheWay + this.#lines.length };
  }

  /** Says how it stands. */
  tell(): void {
    const { health, now } = this.#options;
    const failure = this.#worker === null ? "its thread has ended" : this.#state?.failure;
    if (failure === null || failure === undefined) health.clear("flow-log-unwritable");
    else health.raise("flow-log-unwritable", "warning", `Connections are not being kept: ${failure}.`);
    const setAsideAt = this.#state?.setAsideAt ?? null;
    if (setAsideAt === null || now() - setAsideAt > setAsideShownMs) health.clear("flow-log-damaged");
    else {
      const text = "The log of connections was damaged, or another version's, and set aside; a new one has begun.";
      health.raise("flow-log-damaged", "warning", text);
    }
  }

  async close(): Promise<void> {
    this.#handOver();
    this.#isClosing = true;
    for (const timer of this.#timers) clearInterval(timer);
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    this.#post({ kind: "close" });
    const timer = setTimeout(() => void worker.terminate(), closePatienceMs);
    await ended;
    clearTimeout(timer);
  }

  #launch(): void {
    const { program, path, limits = {}, now, monotonic, log } = this.#options;
    const workerData: FlowLogStart = { path, now: now(), limits };
    this.#startedAt = monotonic();
    this.#onTheWay = 0;
    this.#clock = null;
    const worker = new Worker(program.path, { argv: [...program.args], workerData, name: "flow-log", resourceLimits });
    this.#worker = worker;
    worker.on("message", (message: FromFlowLog) => this.#take(message));
    worker.on("error", (error) => log.error({ err: error }, "the flow log's thread failed"));
    worker.once("exit", () => this.#ended());
    // It alone keeps nothing running.
    worker.unref();
    this.#tellClock();
  }

  #ended(): void {
    const { monotonic } = this.#options;
    this.#worker = null;
    for (const id of this.#askings.keys()) this.#fail(id, "the flow log has ended");
    if (this.#isClosing) return;
    this.#failures = monotonic() - this.#startedAt >= defaultRestartPolicy.stableMs ? 1 : this.#failures + 1;
    const delayMs = restartDelayMs(this.#failures, defaultRestartPolicy);
    const timer = setTimeout(() => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      this.#launch();
    }, delayMs);
    this.#timers.push(timer);
  }

  #handOver(): void {
    const { now } = this.#options;
    // Without a thread they wait here, up to the bound.
    if (this.#worker === null) return;
    this.#tellClock();
    this.#noteHeldBack();
    this.#tellMissed();
    this.#postLines(now());
  }

  #postLines(at: number): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#onTheWay += lines.length;
    this.#post({ kind: "lines", now: at, lines });
  }

  /** Says how wrong the clock may be, and whether it was set since it was last asked. */
  #tellClock(): void {
    const { now, monotonic, clockErrorMs } = this.#options;
    const at = now();
    const offsetMs = at - monotonic();
    const errorMs = clockErrorMs();
    const movedMs = this.#clock === null ? 0 : offsetMs - this.#clock.offsetMs;
    const steppedMs = Math.abs(movedMs) < leastStepMs ? 0 : movedMs;
    const isNews = this.#clock === null || steppedMs !== 0 || errorMs !== this.#clock.errorMs;
    // The time service's slewing is followed, and never adds up to a step.
    this.#clock = { offsetMs, errorMs };
    if (!isNews) return;
    // All that is on its way here was told by the clock before.
    this.#postLines(at - steppedMs);
    this.#post({ kind: "clock", now: at, steppedMs, errorMs });
  }

  #noteHeldBack(): void {
    const { now, heldBack } = this.#options;
    const at = now();
    if (at - this.#heldBackAt < heldBackEveryMs) return;
    const count = heldBack() - this.#heldBack;
    // A table that was made anew counts from nothing.
    if (count > 0) this.#post({ kind: "missed", loss: { from: this.#heldBackAt, to: at, reason: "held-back", count } });
    this.#heldBack += count;
    this.#heldBackAt = at;
  }

  #tellMissed(): void {
    const to = this.#options.now();
    for (const reason of ["rate", "disk"] as const) {
      const count = this.#missed[reason];
      if (count > 0) this.#post({ kind: "missed", loss: { from: this.#missedSince, to, reason, count } });
      this.#missed[reason] = 0;
    }
  }

  #miss(reason: "rate" | "disk"): void {
    if (this.#missed.rate + this.#missed.disk === 0) this.#missedSince = this.#options.now() - this.#options.heldMs;
    this.#missed[reason] += 1;
  }

  #post(message: ToFlowLog): void {
    this.#worker?.postMessage(message);
  }

  #take(message: FromFlowLog): void {
    if (message.kind === "state") {
      this.#onTheWay -= message.taken;
      this.#state = message.state;
      return;
    }
    const asking = this.#askings.get(message.id);
    if (asking === undefined) return;
    this.#askings.delete(message.id);
    clearTimeout(asking.timer);
    asking.resolve(message.answer);
  }

  #fail(id: number, text: string): void {
    const asking = this.#askings.get(id);
    if (asking === undefined) return;
    this.#askings.delete(id);
    clearTimeout(asking.timer);
    asking.reject(new SensorError("flow-log-busy", text));
  }
}
