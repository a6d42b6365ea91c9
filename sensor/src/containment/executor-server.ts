import { chmod, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { parserOf } from "@cordon/contract";
import { encodeJson, MessageDecoder } from "../capture/framing.ts";
import { SensorError } from "../errors.ts";
import type { KernelExecutor } from "./executor.ts";
import { ExecutorRequest, type ExecutorResponse, type Observed } from "./protocol.ts";

/** What holds our table in the kernel, whichever the placement. */
export type TableKeeper = Pick<KernelExecutor, "start" | "observe" | "apply" | "selfCheck" | "openRemedies"> &
  Partial<Pick<KernelExecutor, "stand">>;

export interface ExecutorServerOptions {
  readonly executor: TableKeeper;
  readonly socketPath: string;
  /** How often the kernel's state is checked and mended. Default 2,000. */
  readonly selfCheckMs?: number;
  /** Called after each check, whatever came of it. */
  readonly onSelfChecked?: () => void;
  readonly log: (line: { readonly code: string; readonly text: string }) => void;
}

// 10,000 steps of some 60 bytes, and vectors with their ports.
const maxRequestBytes = 4 * 1024 * 1024;
const parseRequest = parserOf(ExecutorRequest, { maxBytes: maxRequestBytes });

// A judge has two under way at most, and as many more from before its restart.
const maxChangesUnderWay = 4;

/**
 * The executor's end of the socket: validates requests, answers in order, checks the kernel in
 * between. It serves one client; a new one takes the place of the old, which is a judge that was
 * restarted before its predecessor's end was noticed.
 *
 * While nft hangs, the judge gives requests up and makes new ones, so no more than a few are carried along: a click
 * would wait for all of them once nft works again.
 */
export class ExecutorServer {
  readonly #options: Required<ExecutorServerOptions>;
  #server: Server | null = null;
  #client: Socket | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** The look under way; whoever asks meanwhile gets what it finds. */
  #look: Promise<Observed> | null = null;
  #changes = 0;

  constructor(options: ExecutorServerOptions) {
    this.#options = { selfCheckMs: 2000, onSelfChecked: () => undefined, ...options };
  }

  /** Listens for the judge; rejects with `executor-socket` where the path cannot be used. */
  async start(): Promise<void> {
    const { socketPath } = this.#options;
    await rm(socketPath, { force: true });
    const server = createServer((socket) => this.#adopt(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) =>
        reject(new SensorError("executor-socket", `cannot listen on ${socketPath}: ${cause.message}`, { cause })),
      );
      server.listen({ path: socketPath }, resolve);
    });
    // Whoever comes in is obeyed; who may is said by the folder around it, its group the judge's.
    await chmod(socketPath, 0o660);
    this.#server = server;
    this.#planSelfCheck();
  }

  /** Stops listening. What the kernel holds stays. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#client?.destroy();
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #planSelfCheck(): void {
    this.#timer = setTimeout(() => {
      this.#options.executor
        .selfCheck()
        .catch((error: unknown) => this.#options.log({ code: "self-check-failed", text: textOf(error) }))
        .finally(() => {
          this.#options.onSelfChecked();
          if (this.#server !== null) this.#planSelfCheck();
        });
    }, this.#options.selfCheckMs);
  }

  #adopt(socket: Socket): void {
    this.#client?.destroy();
    this.#client = socket;
    const messages = new MessageDecoder({
      maxBytes: maxRequestBytes,
      onMessage: (body) => void this.#answer(socket, body),
    });
    socket.on("data", (chunk) => {
      if (messages.push(chunk)) return;
      socket.end(encodeJson(refusal(0, "bad-request", `a request may have ${maxRequestBytes} bytes`)));
    });
    // The close that follows settles everything.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#client === socket) this.#client = null;
    });
  }

  async #answer(socket: Socket, body: Buffer): Promise<void> {
    const parsed = parseRequest(body);
    const response = parsed.ok ? await this.#carryOut(parsed.value) : refusal(idOf(body), "bad-request", parsed.error);
    if (!socket.destroyed) socket.write(encodeJson(response));
  }

  async #carryOut(request: ExecutorRequest): Promise<ExecutorResponse> {
    const { id } = request;
    try {
      return request.kind === "observe"
        ? { id, ok: true, observed: await this.#observe(), refused: [] }
        : await this.#change(request);
    } catch (error) {
      return refusal(id, error instanceof SensorError ? error.code : "executor-failed", textOf(error));
    }
  }

  #observe(): Promise<Observed> {
    return (this.#look ??= this.#options.executor.observe().finally(() => (this.#look = null)));
  }

  async #change(request: Exclude<ExecutorRequest, { kind: "observe" }>): Promise<ExecutorResponse> {
    const { executor } = this.#options;
    const { id } = request;
    if (this.#changes >= maxChangesUnderWay)
      return refusal(id, "executor-busy", "what was asked before is not done yet");
    this.#changes += 1;
    try {
      if (request.kind === "stand") {
        if (executor.stand === undefined) throw new SensorError("one-place", "there is one place that it can stand in");
        return { id, ok: true, observed: await executor.stand(request.standing), refused: [] };
      }
      if (request.kind === "open-remedies") {
        return { id, ok: true, remedies: await executor.openRemedies(request.change) };
      }
      const { observed, refused } = await executor.apply(request.steps);
      return { id, ok: true, observed, refused: [...refused] };
    } finally {
      this.#changes -= 1;
    }
  }
}

function refusal(id: number, code: string, text: string): ExecutorResponse {
  return { id, ok: false, code, text };
}

/** The number of a request that is otherwise wrong, so that its sender learns of it; 0 where there is none. */
function idOf(body: Buffer): number {
  try {
    const { id } = JSON.parse(body.toString("utf8")) as { readonly id?: unknown };
    return Number.isSafeInteger(id) ? (id as number) : 0;
  } catch {
    return 0;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
