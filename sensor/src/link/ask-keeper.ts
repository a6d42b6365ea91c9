import {
  contractVersion,
  maxInlineAnswerBytes,
  maxUploadBytes,
  parseAskMessage,
  type Answer,
  type Ask,
  type UploadReceipt,
} from "@cordon/contract";
import type { Logger } from "pino";
import { SensorError } from "../errors.ts";
import { AnswerBook } from "./answer-book.ts";

/** What a handler is given beside the question. */
export interface AskContext {
  readonly id: string;
  /** Fires when nobody waits any more: cancelled, too late, or the program ends. Whatever runs is to end then. */
  readonly signal: AbortSignal;
  /** How long somebody waits still, in milliseconds. */
  readonly remainingMs: () => number;
  /** The most that an upload may hold. */
  readonly maxUploadBytes: number;
}

/** A file that is the answer. The keeper has it uploaded and then removes it. */
export interface AnswerFile {
  readonly path: string;
  /** A media type. */
  readonly contentType: string;
}

/** What a handler comes to. A `body` is JSON; beyond what the broker carries it is uploaded as such. */
export type AskResult =
  | { readonly status: "done"; readonly body: unknown }
  | { readonly status: "done"; readonly file: AnswerFile }
  | { readonly status: "failed" | "refused"; readonly code: string; readonly text: string };

/**
 * Answers one kind of ask. Checks its question by itself (`refused`, code `bad-question`); what it throws is `failed`,
 * under the code of a {@link SensorError} or `ask-failed`.
 */
export type AskHandler = (question: Ask["question"], context: AskContext) => Promise<AskResult>;

/** What is to be uploaded. */
export type UploadSource =
  | { readonly bytes: Uint8Array; readonly contentType: string }
  | (AnswerFile & { readonly bytes?: undefined });

export interface AskLimits {
  /** Asks that run at once: more make each slower, and judging with them. */
  readonly running: number;
  /** Asks that wait for their turn; beyond it they are refused. */
  readonly waiting: number;
}

export const defaultAskLimits: AskLimits = { running: 2, waiting: 8 };

export interface AskKeeperOptions {
  readonly bootId: string;
  /** By kind. */
  readonly handlers: Readonly<Record<string, AskHandler>>;
  /** Kinds that last long and do next to nothing: they take nobody's turn, and bound themselves. Absent: none. */
  readonly lasting?: readonly string[];
  /** Puts an answer on the wire; false where that is not possible now. `confirmed` is called when the broker has it. */
  readonly publish: (askId: string, payload: string, confirmed: () => void) => boolean;
  /** Bytes of a body as JSON that travel as they are. Default what the broker carries. */
  readonly maxInlineBytes?: number;
  /** Brings an answer to the controller past the broker, and removes a file then. Rejects with a {@link SensorError}. */
  readonly upload: (askId: string, source: UploadSource, signal: AbortSignal) => Promise<UploadReceipt>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Counts a message that made no sense. */
  readonly onRefused: (code: "ask-malformed") => void;
  readonly log: Logger;
  readonly limits?: Partial<AskLimits>;
}

interface Running {
  readonly ask: Ask;
  readonly stop: AbortController;
  /** Monotonic. */
  readonly endsAt: number;
  timer: NodeJS.Timeout | null;
  isStarted: boolean;
}

/**
 * Takes asks, has them answered by their kind's handler within bounds, and sends each answer until the broker has it.
 * An ask that comes again, as it does after a lost connection, is not done again while its answer is kept.
 */
export class AskKeeper {
  readonly #options: AskKeeperOptions;
  readonly #limits: AskLimits;
  readonly #book: AnswerBook;
  /** Asks that are not answered yet, in the order in which they came. */
  readonly #open = new Map<string, Running>();
  /** Handlers at work, those included whose ask was answered as expired or cancelled meanwhile. */
  #busy = 0;
  #isClosed = false;

  constructor(options: AskKeeperOptions) {
    this.#options = options;
    this.#limits = { ...defaultAskLimits, ...options.limits };
    this.#book = new AnswerBook({ publish: options.publish });
  }

  /** Takes a payload of the topic `asks/<askId>`. */
  take(askId: string, payload: Uint8Array): void {
    const parsed = parseAskMessage(payload);
    if (!parsed.ok || parsed.value.id !== askId) {
      this.#options.onRefused("ask-malformed");
      return;
    }
    const message = parsed.value;
    if ("cancel" in message) {
      const running = this.#open.get(message.id);
      if (running !== undefined) this.#end(running, { status: "cancelled" });
      return;
    }
    if (this.#isClosed || this.#open.has(message.id) || this.#book.tellAgain(message.id)) return;
    this.#begin(message);
  }

  /** Call after every connect and every second or so: sends what the broker has not confirmed. */
  tell(isNewConnection: boolean): void {
    this.#book.tell(isNewConnection);
  }

  /** Ends whatever runs. */
  close(): void {
    this.#isClosed = true;
    for (const running of this.#open.values()) {
      if (running.timer !== null) clearTimeout(running.timer);
      running.stop.abort();
    }
    this.#open.clear();
  }

  #begin(ask: Ask): void {
    const refuse = (code: string, text: string) => this.#answer(ask, { status: "refused", code, text });
    if (!Object.hasOwn(this.#options.handlers, ask.kind)) {
      refuse("unknown-kind", `This sensor does not know what "${ask.kind}" asks for.`);
      return;
    }
    const patienceMs = ask.deadline - ask.sentAt;
    if (patienceMs <= 0) {
      this.#answer(ask, { status: "expired" });
      return;
    }
    const waiting = [...this.#open.values()].filter(({ isStarted }) => !isStarted).length;
    if (!this.#isLasting(ask) && this.#busy >= this.#limits.running && waiting >= this.#limits.waiting) {
      refuse("too-many-asks", "The sensor is busy with as many questions as it takes at once.");
      return;
    }
    const running: Running = {
      ask,
      stop: new AbortController(),
      endsAt: this.#options.monotonic() + patienceMs,
      timer: null,
      isStarted: false,
    };
    this.#open.set(ask.id, running);
    this.#watch(running);
    this.#startNext();
  }

  /** Timers reach 24 days; a later deadline is looked at again then. */
  #watch(running: Running): void {
    const leftMs = running.endsAt - this.#options.monotonic();
    if (leftMs <= 0) {
      this.#end(running, { status: "expired" });
      return;
    }
    running.timer = setTimeout(() => this.#watch(running), Math.min(Math.ceil(leftMs), 2 ** 31 - 1));
    running.timer.unref();
  }

  #startNext(): void {
    for (const running of this.#open.values()) {
      if (this.#isClosed) return;
      const turns = this.#isLasting(running.ask) ? 0 : 1;
      if (running.isStarted || this.#busy + turns > this.#limits.running) continue;
      running.isStarted = true;
      this.#busy += turns;
      void this.#run(running).finally(() => {
        this.#busy -= turns;
        this.#startNext();
      });
    }
  }

  #isLasting({ kind }: Ask): boolean {
    return this.#options.lasting?.includes(kind) === true;
  }

  async #run(running: Running): Promise<void> {
    const { ask, stop } = running;
    try {
      const result = await this.#options.handlers[ask.kind]?.(ask.question, {
        id: ask.id,
        signal: stop.signal,
        remainingMs: () => Math.max(0, running.endsAt - this.#options.monotonic()),
        maxUploadBytes: Math.min(ask.maxUploadBytes ?? maxUploadBytes, maxUploadBytes),
      });
      if (result === undefined) return;
      this.#end(running, result.status === "done" ? await this.#deliver(running, result) : result);
    } catch (error) {
      const isOurs = error instanceof SensorError;
      if (!isOurs && !stop.signal.aborted) this.#options.log.error({ err: error, kind: ask.kind }, "an ask failed");
      const text = isOurs ? `It did not work out: ${error.message}.` : "It did not work out; the box's log says why.";
      this.#end(running, { status: "failed", code: isOurs ? error.code : "ask-failed", text });
    }
  }

  async #deliver(
    { ask, stop }: Running,
    result: Extract<AskResult, { status: "done" }>,
  ): Promise<Pick<Answer, "status" | "body" | "upload">> {
    const { upload, maxInlineBytes = maxInlineAnswerBytes } = this.#options;
    if ("file" in result) return { status: "done", upload: await upload(ask.id, result.file, stop.signal) };
    const json = JSON.stringify(result.body ?? null);
    if (Buffer.byteLength(json) <= maxInlineBytes) return { status: "done", body: result.body ?? null };
    const source = { bytes: Buffer.from(json), contentType: "application/json" };
    return { status: "done", upload: await upload(ask.id, source, stop.signal) };
  }

  /** Answers once: what comes later to the same ask is nothing. */
  #end(running: Running, end: Pick<Answer, "status" | "body" | "upload" | "code" | "text">): void {
    if (this.#open.get(running.ask.id) !== running) return;
    this.#open.delete(running.ask.id);
    if (running.timer !== null) clearTimeout(running.timer);
    running.stop.abort();
    this.#answer(running.ask, end);
    this.#startNext();
  }

  #answer(ask: Ask, end: Pick<Answer, "status" | "body" | "upload" | "code" | "text">): void {
    const { bootId, now, log } = this.#options;
    const { text, ...rest } = end;
    const answer: Answer = {
      version: contractVersion,
      id: ask.id,
      bootId,
      at: now(),
      ...rest,
      ...(text === undefined ? {} : { text: text.slice(0, 400) }),
    };
    log.info({ ask: ask.id, kind: ask.kind, status: answer.status, code: answer.code }, "answered an ask");
    this.#book.add(ask.id, JSON.stringify(answer));
  }
}
