import { chmod, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { SensorError } from "../errors.ts";
import { encodeMessage, MessageDecoder } from "./framing.ts";
import { InterfaceSides, type PortSides } from "./interface-sides.ts";
import { NflogDecoder, type NflogFrame } from "./nflog.ts";
import { maxMessageBytes, messageKinds, recordHeaderBytes } from "./reader-protocol.ts";

/** How capture stands, for health and figures. */
export interface CaptureState {
  /** Whether a reader is connected and holds the log group. */
  readonly isReading: boolean;
  /** Since when `isReading` is as it is (monotonic ms). */
  readonly since: number;
  /** Frames given to the judge since start. */
  readonly frames: number;
  /** Records that readers had to drop because the judge did not keep up, since start. */
  readonly droppedByReader: number;
  /** Records that could not be decoded, by reason. */
  readonly weird: Readonly<Record<string, number>>;
}

export interface CaptureServerOptions {
  /** Where the reader connects to; a stale socket file there is replaced. */
  readonly socketPath: string;
  /** The bridge's ports and their sides. */
  readonly ports: PortSides;
  /** The side of frames that entered by no port; absent means none. */
  readonly unnamed?: "inside" | "outside";
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Interface names by index; default asks the kernel. */
  readonly readNames?: () => Promise<ReadonlyMap<number, string>>;
  /** Takes every frame; it is reused after the call. */
  readonly onFrame: (frame: NflogFrame) => void;
  /** Told of answers by ARP to questions that were sent; the bytes are valid during the call only. */
  readonly onArpAnswer?: (frame: Uint8Array) => void;
  /** Told why the reader hands over whole packets no more. */
  readonly onTapEnded?: (text: string) => void;
  /** Told when a reader came or went. */
  readonly onReadingChange?: (isReading: boolean) => void;
}

// A few hundred answers: whoever asked for more will ask again.
const maxWaitingBytes = 256 * 1024;

/**
 * The judge's end of capture: accepts the reader, decodes what it brings and gives it on. The
 * newest reader counts: one that comes while another is connected is the supervisor's restart.
 */
export class CaptureServer {
  readonly #options: CaptureServerOptions;
  readonly #sides: InterfaceSides;
  readonly #decoder: NflogDecoder;
  #server: Server | null = null;
  #reader: Socket | null = null;
  #isReading = false;
  #since: number;
  #frames = 0;
  #droppedBefore = 0;
  #droppedByCurrent = 0;

  constructor(options: CaptureServerOptions) {
    this.#options = options;
    const { ports, unnamed, monotonic, readNames } = options;
    this.#sides = new InterfaceSides({
      ports,
      monotonic,
      ...(unnamed === undefined ? {} : { unnamed }),
      ...(readNames === undefined ? {} : { readNames }),
    });
    this.#decoder = new NflogDecoder({ sideOf: (index) => this.#sides.sideOf(index) });
    this.#since = options.monotonic();
  }

  get state(): CaptureState {
    return {
      isReading: this.#isReading,
      since: this.#since,
      frames: this.#frames,
      droppedByReader: this.#droppedBefore + this.#droppedByCurrent,
      weird: Object.fromEntries(this.#decoder.weird),
    };
  }

  /** Listens; rejects with `capture-socket` where the path cannot be used. */
  async start(): Promise<void> {
    const { socketPath } = this.#options;
    await this.#sides.refresh();
    await rm(socketPath, { force: true });
    const server = createServer((socket) => this.#adopt(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) =>
        reject(new SensorError("capture-socket", `cannot listen on ${socketPath}: ${cause.message}`, { cause })),
      );
      server.listen({ path: socketPath }, resolve);
    });
    // Whoever comes in is believed; who may is said by the folder around it, its group the reader's.
    await chmod(socketPath, 0o660);
    this.#server = server;
  }

  /** Has the reader send a frame out of the inside port; false where it cannot be asked, or is behind. */
  answer(frame: Uint8Array): boolean {
    return this.#send(messageKinds.answer, frame);
  }

  /** The same of a question by ARP; its answer comes by `onArpAnswer`. */
  ask(frame: Uint8Array): boolean {
    return this.#send(messageKinds.question, frame);
  }

  #send(kind: number, frame: Uint8Array): boolean {
    const reader = this.#reader;
    if (reader === null || reader.writableLength > maxWaitingBytes) return false;
    reader.write(encodeMessage(Buffer.concat([Buffer.from([kind]), frame])));
    return true;
  }

  /** Has the reader hand over whole packets elsewhere, of all or of one machine by its MAC. It may be asked again and again. */
  openTap(host: string | null): void {
    this.#reader?.write(encodeMessage(Buffer.from([messageKinds.tap, ...Buffer.from(host ?? "")])));
  }

  closeTap(): void {
    this.#reader?.write(encodeMessage(Buffer.from([messageKinds.untap])));
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.#reader?.destroy();
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #adopt(socket: Socket): void {
    const previous = this.#reader;
    this.#reader = socket;
    this.#droppedBefore += this.#droppedByCurrent;
    this.#droppedByCurrent = 0;
    this.#setReading(false);
    previous?.destroy();
    const messages = new MessageDecoder({ maxBytes: maxMessageBytes, onMessage: (body) => this.#take(socket, body) });
    socket.on("data", (chunk) => {
      if (!messages.push(chunk)) socket.destroy();
    });
    // The close that follows says it.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#reader !== socket) return;
      this.#reader = null;
      this.#setReading(false);
    });
  }

  #take(socket: Socket, body: Buffer): void {
    if (socket !== this.#reader) return;
    const kind = body[0];
    if (kind === messageKinds.record && body.byteLength > recordHeaderBytes) {
      const frame = this.#decoder.decode(body.subarray(recordHeaderBytes), body.readDoubleBE(1));
      if (frame === null) return;
      this.#frames++;
      this.#options.onFrame(frame);
    } else if (kind === messageKinds.heard) {
      this.#options.onArpAnswer?.(body.subarray(1));
    } else if (kind === messageKinds.tapEnded) {
      this.#options.onTapEnded?.(body.subarray(1, 300).toString("utf8"));
    } else if (kind === messageKinds.ready) {
      this.#setReading(true);
    } else if (kind === messageKinds.dropped && body.byteLength >= recordHeaderBytes) {
      this.#droppedByCurrent = body.readDoubleBE(1);
    } else {
      socket.destroy();
    }
  }

  #setReading(isReading: boolean): void {
    if (this.#isReading === isReading) return;
    this.#isReading = isReading;
    this.#since = this.#options.monotonic();
    this.#options.onReadingChange?.(isReading);
  }
}
