import { chmod, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { MessageDecoder } from "../capture/framing.ts";
import { SensorError } from "../errors.ts";
import { maxTrackerMessageBytes, parseTrackerMessage, type TrackerMessage } from "./tracker-protocol.ts";

export interface TrackerServerOptions {
  /** Where the tracker connects to; a stale socket file there is replaced. */
  readonly socketPath: string;
  readonly onMessage: (message: TrackerMessage) => void;
}

/** The judge's end of the NAT log's way: accepts the tracker. A new one takes the place of the old. */
export class TrackerServer {
  readonly #options: TrackerServerOptions;
  #server: Server | null = null;
  #tracker: Socket | null = null;

  constructor(options: TrackerServerOptions) {
    this.#options = options;
  }

  /** Whether a tracker is there. */
  get isTracking(): boolean {
    return this.#tracker !== null;
  }

  /** Listens; rejects with `tracker-socket` where the path cannot be used. */
  async start(): Promise<void> {
    const { socketPath } = this.#options;
    await rm(socketPath, { force: true });
    const server = createServer((socket) => this.#adopt(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) =>
        reject(new SensorError("tracker-socket", `cannot listen on ${socketPath}: ${cause.message}`, { cause })),
      );
      server.listen({ path: socketPath }, resolve);
    });
    // Who may come in is said by the folder around it.
    await chmod(socketPath, 0o660);
    this.#server = server;
  }

  async close(): Promise<void> {
    this.#tracker?.destroy();
    const server = this.#server;
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #adopt(socket: Socket): void {
    this.#tracker?.destroy();
    this.#tracker = socket;
    const decoder = new MessageDecoder({
      maxBytes: maxTrackerMessageBytes,
      onMessage: (body) => {
        const parsed = parseTrackerMessage(body);
        if (parsed.ok) this.#options.onMessage(parsed.value);
        else socket.destroy();
      },
    });
    socket.on("data", (chunk) => {
      if (!decoder.push(chunk)) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.once("close", () => {
      if (this.#tracker === socket) this.#tracker = null;
    });
  }
}
