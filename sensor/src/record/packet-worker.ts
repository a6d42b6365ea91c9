import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import type { RecordingAuthorisation } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import type { FromPacketRing, PacketRingStart, ToPacketRing } from "./packet-protocol.ts";
import { PacketRing } from "./packet-ring.ts";

const tellEveryMs = 1000;

/** Keeps the packet ring in a thread of its own, into which packets come by a socket; ends when it is told to. */
export function runPacketRing(): void {
  if (parentPort === null) throw new SensorError("not-a-thread", "the packet ring is kept by a thread of the judge");
  new RingThread(parentPort, workerData as PacketRingStart).start();
}

class RingThread {
  readonly #port: MessagePort;
  readonly #start: PacketRingStart;
  readonly #ring: PacketRing;
  readonly #server = createServer((socket) => this.#adopt(socket));
  #timer: NodeJS.Timeout | null = null;
  #stream: Socket | null = null;
  #authorisation: RecordingAuthorisation | null = null;
  #beganAt = 0;
  #failure: string | null = null;

  constructor(port: MessagePort, start: PacketRingStart) {
    this.#port = port;
    this.#start = start;
    this.#ring = new PacketRing(start.folder, start.limits);
  }

  start(): void {
    const { socketPath } = this.#start;
    this.#guarded(() => this.#ring.open());
    rmSync(socketPath, { force: true });
    this.#server.on("error", (error) => (this.#failure = error.message));
    // Who may come in is said by the folder around it.
    this.#server.listen({ path: socketPath }, () => chmodSync(socketPath, 0o660));
    this.#port.on("message", (message: ToPacketRing) => this.#take(message));
    this.#timer = setInterval(() => this.#tell(), tellEveryMs);
    this.#tell();
  }

  #take(message: ToPacketRing): void {
    switch (message.kind) {
      case "begin":
        // Packets that were asked for under another word are none of this one's.
        this.#endStream();
        this.#authorisation = message.authorisation;
        this.#beganAt = message.at;
        this.#failure = null;
        return this.#tell();
      case "end":
        this.#authorisation = null;
        this.#endStream();
        return this.#tell();
      case "slice":
        return this.#slice(message);
      case "close":
        this.#authorisation = null;
        this.#endStream();
        if (this.#timer !== null) clearInterval(this.#timer);
        this.#server.close();
        this.#port.close();
    }
  }

  #slice({ id, question, path, maxBytes }: ToPacketRing & { readonly kind: "slice" }): void {
    try {
      this.#say({ kind: "sliced", id, packets: this.#ring.slice(question, path, maxBytes) });
    } catch (error) {
      const code = error instanceof SensorError ? error.code : "slice-failed";
      this.#say({ kind: "not-sliced", id, code, text: (error as Error).message });
    }
  }

  /** Nobody's packets are taken while none are authorised. */
  #adopt(socket: Socket): void {
    const authorisation = this.#authorisation;
    if (authorisation === null) {
      socket.destroy();
      return;
    }
    this.#endStream();
    this.#stream = socket;
    this.#guarded(() => this.#ring.begin(authorisation, this.#beganAt));
    socket.on("data", (chunk) => {
      if (socket !== this.#stream) return;
      if (this.#guarded(() => this.#ring.take(chunk)) === false) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.once("close", () => {
      if (socket === this.#stream) this.#endStream();
    });
    this.#tell();
  }

  #endStream(): void {
    this.#stream?.destroy();
    this.#stream = null;
    this.#guarded(() => this.#ring.end());
  }

  #guarded<Result>(work: () => Result): Result | null {
    try {
      return work();
    } catch (error) {
      this.#failure = (error as Error).message;
      return null;
    }
  }

  #tell(): void {
    const isStreaming = this.#stream !== null;
    this.#say({ kind: "state", state: this.#ring.state, isStreaming, failure: this.#failure });
  }

  #say(message: FromPacketRing): void {
    this.#port.postMessage(message);
  }
}
