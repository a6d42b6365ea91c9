import type { Readable, Writable } from "node:stream";
import { createInterface } from "node:readline";
import { SensorError } from "../src/errors.ts";

/** Names of calls with what goes in and what comes out; all of it JSON. */
export type Calls = Record<string, { readonly input: unknown; readonly output: unknown }>;

/** What answers the calls of the other end. */
export type Handlers<C extends Calls> = {
  readonly [K in keyof C]: (input: C[K]["input"], signal: AbortSignal) => Promise<C[K]["output"]>;
};

type Message =
  | { readonly call: string; readonly id: number; readonly input: unknown }
  | { readonly cancel: number }
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly code: string; readonly message: string }
  | { readonly event: unknown };

interface Pending {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface ChannelOptions<Theirs extends Calls, Event> {
  readonly input: Readable;
  readonly output: Writable;
  /** Calls that the other end may make; absent: none. */
  readonly handlers?: Handlers<Theirs>;
  readonly onEvent?: (event: Event) => void;
  /** A line that is no message. */
  readonly onNoise?: (line: string) => void;
}

/** Used where one end makes no calls. */
export type NoCalls = Record<never, never>;

/**
 * Calls and events as JSON lines over a pair of streams, between processes of the lab. Lines that
 * are no message are handed to `onNoise`: a process may print.
 */
export class Channel<Ours extends Calls, Theirs extends Calls, EventIn, EventOut> {
  readonly #output: Writable;
  readonly #options: ChannelOptions<Theirs, EventIn>;
  readonly #pending = new Map<number, Pending>();
  readonly #running = new Map<number, AbortController>();
  readonly #closed = Promise.withResolvers<void>();
  #lastId = 0;
  #isClosed = false;

  constructor(options: ChannelOptions<Theirs, EventIn>) {
    this.#options = options;
    this.#output = options.output;
    // The other end may be gone already; its end of file says so as well.
    options.output.on("error", () => this.#close());
    const lines = createInterface({ input: options.input, crlfDelay: Infinity });
    lines.on("line", (line) => this.#receive(line));
    lines.on("close", () => this.#close());
  }

  /** Settles when the other end is gone. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Makes a call. Fails with `lab-timeout`, with `lab-closed`, or as the other end failed. */
  async call<K extends keyof Ours & string>(
    name: K,
    input: Ours[K]["input"],
    options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number } = {},
  ): Promise<Ours[K]["output"]> {
    if (this.#isClosed) throw new SensorError("lab-closed", `cannot ${name}: the lab is gone`);
    options.signal?.throwIfAborted();
    const id = (this.#lastId += 1);
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, answer);
    const timeoutMs = options.timeoutMs ?? 30_000;
    const giveUp = (reason: unknown): void => {
      this.#write({ cancel: id });
      answer.reject(reason);
    };
    const timer = setTimeout(
      () => giveUp(new SensorError("lab-timeout", `cannot ${name}: no answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    const onAbort = (): void => giveUp(options.signal?.reason);
    options.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.#write({ call: name, id, input });
      return (await answer.promise) as Ours[K]["output"];
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      this.#pending.delete(id);
    }
  }

  tell(event: EventOut): void {
    this.#write({ event });
  }

  #write(message: Message): void {
    if (!this.#isClosed && this.#output.writable) this.#output.write(`${JSON.stringify(message)}\n`);
  }

  #receive(line: string): void {
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
      if (typeof message !== "object" || message === null) throw new SyntaxError("not an object");
    } catch {
      // A process of the lab printed something; it is worth reading, but no message.
      this.#options.onNoise?.(line);
      return;
    }
    if ("event" in message) this.#options.onEvent?.(message.event as EventIn);
    else if ("call" in message) void this.#serve(message.call, message.id, message.input);
    else if ("cancel" in message) this.#running.get(message.cancel)?.abort();
    else if ("code" in message) this.#pending.get(message.id)?.reject(new SensorError(message.code, message.message));
    else this.#pending.get(message.id)?.resolve(message.output);
  }

  async #serve(name: string, id: number, input: unknown): Promise<void> {
    const handler = this.#options.handlers?.[name];
    const abort = new AbortController();
    this.#running.set(id, abort);
    try {
      if (handler === undefined) throw new SensorError("lab-failed", `nothing here answers ${name}`);
      this.#write({ id, output: (await handler(input, abort.signal)) ?? null });
    } catch (error) {
      const code = error instanceof SensorError ? error.code : "lab-failed";
      this.#write({ id, code, message: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { reject } of this.#pending.values()) reject(new SensorError("lab-closed", "the lab is gone"));
    for (const running of this.#running.values()) running.abort();
    this.#closed.resolve();
  }
}
