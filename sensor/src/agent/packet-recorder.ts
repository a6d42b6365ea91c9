import { rm } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { isDeepStrictEqual } from "node:util";
import type { PacketSliceQuestion, RecordingWish, ReportedRing } from "@cordon/contract";
import type { Logger } from "pino";
import { SensorError } from "../errors.ts";
import { decideRing, keptAfterEndMs, type RingDecision } from "../record/authorised.ts";
import type { FromPacketRing, PacketRingStart, ToPacketRing } from "../record/packet-protocol.ts";
import type { PacketRingLimits, PacketRingState } from "../record/packet-ring.ts";
import type { HealthBoard } from "./health-board.ts";

export interface PacketRecorderOptions {
  /** A program and its arguments that keep the ring where they are run as a thread. */
  readonly program: { readonly path: string; readonly args: readonly string[] };
  readonly folder: string;
  readonly socketPath: string;
  readonly limits?: Partial<PacketRingLimits>;
  /** Has whole packets handed over to the socket, of all or of one machine; nothing where there is no reader. */
  readonly tap: { readonly open: (host: string | null) => void; readonly close: () => void };
  readonly health: HealthBoard;
  readonly log: Logger;
  /** The latest time that it may be, epoch milliseconds: by this an authorisation runs out. */
  readonly latest: () => number;
}

const slicePatienceMs = 120_000;
const closePatienceMs = 2000;

interface Slicing {
  readonly resolve: (packets: number) => void;
  readonly reject: (error: SensorError) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Holds the packet ring to what is wished and authorised, whoever wishes: without an authorisation in force nothing is asked
 * of the reader, and what comes all the same is not taken. What was recorded goes with the wish for it.
 */
export class PacketRecorder {
  readonly #options: PacketRecorderOptions;
  readonly #slicings = new Map<number, Slicing>();
  #wish: RecordingWish | undefined;
  #decision: RingDecision = { state: "off" };
  /** What the thread was told to record under. */
  #begun: (RingDecision & { state: "recording" }) | null = null;
  #worker: Worker | null = null;
  #state: PacketRingState = { since: null, sizeBytes: 0 };
  #isStreaming = false;
  #failure: string | null = null;
  #lastId = 0;
  #isCleared = false;
  #isKnown = false;

  constructor(options: PacketRecorderOptions) {
    this.#options = options;
  }

  /** Takes what is wished from now on. */
  adopt(wish: RecordingWish | undefined): void {
    this.#wish = wish;
    this.#isKnown = true;
    this.look();
  }

  /** Time goes by: authorisations run out, and threads end. Call it every second or so. */
  look(): void {
    // Until it is known what is wished nothing is deleted either.
    if (!this.#isKnown) return;
    const latest = this.#options.latest();
    this.#decision = decideRing(this.#wish, latest);
    if (this.#decision.state === "recording") this.#record(this.#decision);
    else this.#stop(latest);
    this.#tell();
  }

  /** The tap has ended by itself. */
  tapEnded(text: string): void {
    this.#failure = text;
    this.#isStreaming = false;
  }

  /** How it stands; undefined while nobody wishes for it. */
  get reported(): ReportedRing | undefined {
    const decision = this.#decision;
    if (decision.state === "off") return undefined;
    const { since, sizeBytes } = this.#state;
    const held = { since, sizeBytes, scope: decision.scope };
    if (decision.state !== "recording") {
      return { ...held, state: decision.state, authorisationId: null, text: decision.text };
    }
    const authorisationId = decision.authorisation.id;
    if (this.#isStreaming) return { ...held, state: "recording", authorisationId, text: "Whole packets are recorded." };
    const text = `No packet is recorded: ${this.#failure ?? "it is being started"}.`;
    return { ...held, state: "failed", authorisationId, text: text.slice(0, 400) };
  }

  /**
   * Writes packets into a file; how many. Rejects with `not-authorised` where nothing was ever recorded under an
   * authorisation that is still known here, and with what the ring says.
   */
  slice(question: PacketSliceQuestion, path: string, maxBytes: number): Promise<number> {
    if (this.#decision.state === "off" || this.#decision.state === "refused" || this.#isCleared) {
      return Promise.reject(new SensorError("not-authorised", "nobody has authorised that packets are recorded"));
    }
    // Of a run before this one.
    this.#worker ??= this.#launch(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(id, "ring-busy", "the packet ring does not answer"), slicePatienceMs);
      this.#slicings.set(id, { resolve, reject, timer });
      this.#post({ kind: "slice", id, question, path, maxBytes });
    });
  }

  async close(): Promise<void> {
    this.#options.tap.close();
    await this.#endThread();
  }

  #record(decision: RingDecision & { state: "recording" }): void {
    this.#isCleared = false;
    this.#worker ??= this.#launch(decision.maxBytes);
    if (!isDeepStrictEqual(this.#begun, decision)) {
      this.#options.tap.close();
      this.#begun = decision;
      const { authorisation } = decision;
      this.#options.log.info({ authorisation, scope: decision.scope }, "records whole packets");
      this.#post({ kind: "begin", authorisation, at: this.#options.latest() });
      return;
    }
    const { scope } = decision;
    if (!this.#isStreaming) this.#options.tap.open(scope.kind === "site" ? null : scope.host);
  }

  #stop(latest: number): void {
    if (this.#begun !== null) {
      this.#options.log.info({ state: this.#decision.state }, "records packets no more");
      this.#options.tap.close();
      this.#post({ kind: "end" });
      this.#begun = null;
      this.#isStreaming = false;
    }
    const isKept = this.#decision.state === "ended" && latest < this.#decision.until + keptAfterEndMs;
    if (isKept || this.#isCleared) return;
    this.#isCleared = true;
    this.#state = { since: null, sizeBytes: 0 };
    void this.#endThread()
      .then(() => rm(this.#options.folder, { recursive: true, force: true }))
      .catch((error: unknown) => {
        this.#isCleared = false;
        this.#options.log.error({ err: error }, "cannot delete recorded packets");
      });
  }

  #launch(maxBytes: number | undefined): Worker {
    const { program, folder, socketPath, limits, log } = this.#options;
    const wished = maxBytes === undefined ? {} : { maxBytes };
    const workerData: PacketRingStart = { folder, socketPath, limits: { ...limits, ...wished } };
    const worker = new Worker(program.path, { argv: [...program.args], workerData, name: "packet-ring" });
    worker.on("message", (message: FromPacketRing) => this.#take(message));
    worker.on("error", (error) => log.error({ err: error }, "the packet ring's thread failed"));
    worker.once("exit", () => {
      if (this.#worker !== worker) return;
      [this.#worker, this.#begun, this.#isStreaming] = [null, null, false];
      this.#failure = "its thread has ended";
    });
    worker.unref();
    return worker;
  }

  #take(message: FromPacketRing): void {
    if (message.kind === "state") {
      this.#state = message.state;
      this.#isStreaming = message.isStreaming;
      if (message.failure !== null || message.isStreaming) this.#failure = message.failure;
      return;
    }
    if (message.kind === "not-sliced") return this.#fail(message.id, message.code, message.text);
    const slicing = this.#slicings.get(message.id);
    this.#slicings.delete(message.id);
    if (slicing === undefined) return;
    clearTimeout(slicing.timer);
    slicing.resolve(message.packets);
  }

  #tell(): void {
    const { health } = this.#options;
    const ring = this.reported;
    for (const state of ["refused", "failed"] as const) {
      if (ring?.state === state) health.raise(`packet-ring-${state}`, "warning", ring.text);
      else health.clear(`packet-ring-${state}`);
    }
  }

  #post(message: ToPacketRing): void {
    this.#worker?.postMessage(message);
  }

  #fail(id: number, code: string, text: string): void {
    const slicing = this.#slicings.get(id);
    this.#slicings.delete(id);
    if (slicing === undefined) return;
    clearTimeout(slicing.timer);
    slicing.reject(new SensorError(code, text));
  }

  async #endThread(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#begun = null;
    if (worker === null) return;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage({ kind: "close" } satisfies ToPacketRing);
    const timer = setTimeout(() => void worker.terminate(), closePatienceMs);
    await ended;
    clearTimeout(timer);
    for (const id of this.#slicings.keys()) this.#fail(id, "ring-busy", "the packet ring has ended");
  }
}
