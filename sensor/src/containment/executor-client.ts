import { createConnection, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parserOf } from "@cordon/contract";
import { encodeJson, MessageDecoder } from "../capture/framing.ts";
import { SensorError } from "../errors.ts";
import { ExecutorResponse, type Executor, type LineStanding, type Observed, type Step } from "./protocol.ts";
import type { RemedyChange, RemedyExecutor, RemedyOutcome } from "./remedy-protocol.ts";

export interface ExecutorClientOptions {
  readonly socketPath: string;
  /** How long a request waits for an executor that is not there, for instance while it restarts. Default 1,000. */
  readonly connectTimeoutMs?: number;
  /** How long a request waits for its answer. Default 10,000. */
  readonly answerTimeoutMs?: number;
  /** Between two attempts to connect. Default 100. */
  readonly retryMs?: number;
}

interface Waiting {
  readonly resolve: (response: ExecutorResponse) => void;
  readonly reject: (error: SensorError) => void;
}

type RequestBody =
  | { readonly kind: "observe" }
  | { readonly kind: "apply"; readonly steps: readonly Step[] }
  | { readonly kind: "stand"; readonly standing: LineStanding }
  | { readonly kind: "open-remedies"; readonly change: RemedyChange };
type Answer = Extract<ExecutorResponse, { ok: true }>;

// 5,000 quarantines and as many vectors with their counters stay under 2 MB of JSON.
const maxAnswerBytes = 16 * 1024 * 1024;
const parseResponse = parserOf(ExecutorResponse, { maxBytes: maxAnswerBytes });

/**
 * The executor over its Unix socket. Connects when first needed and again after a loss. A request
 * whose answer was lost rejects with `executor-unavailable`: whether it was carried out shows the
 * next observation.
 */
export class ExecutorClient implements Executor, RemedyExecutor {
  readonly #options: Required<ExecutorClientOptions>;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | null = null;
  #connecting: Promise<Socket> | null = null;
  #lastId = 0;
  #isClosed = false;

  constructor(options: ExecutorClientOptions) {
    this.#options = { connectTimeoutMs: 1000, answerTimeoutMs: 10_000, retryMs: 100, ...options };
  }

  /** Whether the last connection still stands. */
  get isConnected(): boolean {
    return this.#socket !== null;
  }

  async observe(signal: AbortSignal): Promise<Observed> {
    return (await this.#lookingRequest({ kind: "observe" }, signal)).observed;
  }

  async apply(
    steps: readonly Step[],
    signal: AbortSignal,
  ): Promise<{
    readonly observed: Observed;
    readonly refused: readonly { readonly mac: string; readonly reason: string }[];
  }> {
    const { observed, refused } = await this.#lookingRequest({ kind: "apply", steps }, signal);
    return { observed, refused };
  }

  async stand(standing: LineStanding, signal: AbortSignal): Promise<Observed> {
    return (await this.#lookingRequest({ kind: "stand", standing }, signal)).observed;
  }

  async openRemedies(change: RemedyChange, signal: AbortSignal): Promise<RemedyOutcome> {
    const answer = await this.#request({ kind: "open-remedies", change }, signal);
    if ("remedies" in answer) return answer.remedies;
    throw unavailable("the executor answered something else");
  }

  /** Ends the connection; requests under way reject. */
  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  async #lookingRequest(body: RequestBody, signal: AbortSignal): Promise<Extract<Answer, { observed: Observed }>> {
    const answer = await this.#request(body, signal);
    if ("observed" in answer) return answer;
    throw unavailable("the executor answered something else");
  }

  async #request(body: RequestBody, signal: AbortSignal): Promise<Answer> {
    const socket = await this.#connection(signal);
    const id = ++this.#lastId;
    const response = await this.#answer(socket, { id, ...body }, signal);
    if (!response.ok) throw new SensorError(response.code, `executor refused ${body.kind}: ${response.text}`);
    return response;
  }

  #answer(
    socket: Socket,
    request: RequestBody & { readonly id: number },
    signal: AbortSignal,
  ): Promise<ExecutorResponse> {
    const { answerTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(request.id);
      };
      const waiting: Waiting = {
        resolve: (response) => {
          settle();
          resolve(response);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const onAbort = () => waiting.reject(new SensorError("aborted", `${request.kind} to the executor was given up`));
      const timer = setTimeout(
        () => waiting.reject(unavailable(`the executor did not answer within ${answerTimeoutMs} ms`)),
        answerTimeoutMs,
      );
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.set(request.id, waiting);
      if (signal.aborted) onAbort();
      else socket.write(encodeJson(request));
    });
  }

  #connection(signal: AbortSignal): Promise<Socket> {
    if (this.#socket !== null) return Promise.resolve(this.#socket);
    this.#connecting ??= this.#connect(signal).finally(() => (this.#connecting = null));
    return this.#connecting;
  }

  async #connect(signal: AbortSignal): Promise<Socket> {
    const { socketPath, connectTimeoutMs, retryMs } = this.#options;
    let lastError: unknown;
    for (let waitedMs = 0; waitedMs <= connectTimeoutMs; waitedMs += retryMs) {
      if (this.#isClosed || signal.aborted) break;
      try {
        return this.#adopt(await open(socketPath));
      } catch (error) {
        lastError = error;
      }
      await sleep(retryMs);
    }
    throw unavailable(`cannot reach the executor at ${socketPath}`, { cause: lastError });
  }

  #adopt(socket: Socket): Socket {
    this.#socket = socket;
    const decoder = new MessageDecoder({ maxBytes: maxAnswerBytes, onMessage: (body) => this.#settle(socket, body) });
    socket.on("data", (chunk) => {
      if (!decoder.push(chunk)) socket.destroy();
    });
    // The close that follows settles everything.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = null;
      const error = unavailable("the connection to the executor was lost");
      for (const waiting of [...this.#waiting.values()]) waiting.reject(error);
    });
    return socket;
  }

  #settle(socket: Socket, body: Buffer): void {
    const parsed = parseResponse(body);
    if (!parsed.ok) {
      socket.destroy();
      return;
    }
    this.#waiting.get(parsed.value.id)?.resolve(parsed.value);
  }
}

function unavailable(message: string, options?: ErrorOptions): SensorError {
  return new SensorError("executor-unavailable", message, options);
}

function open(socketPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path: socketPath });
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}
