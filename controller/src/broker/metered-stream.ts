import { Duplex } from "node:stream";
import type { Clock } from "../ambient.ts";
import { Pace, type PaceLimits } from "./pace.ts";
import { PacketMeter, type PacketFault } from "./packet-meter.ts";

export interface MeteredStreamOptions {
  /** A packet that declares more breaks the connection before it is gathered. */
  readonly packetBytes: number;
  /** Beyond it the connection is read no further for a while. */
  readonly pace: PaceLimits;
  readonly clock: Clock;
  /** Told why the connection is broken off. */
  readonly onFault: (fault: PacketFault) => void;
  /** Told each time that reading has to wait. */
  readonly onTooFast: (waitMs: number) => void;
}

/** A connection of which no more is read than its limits allow. */
export class MeteredStream extends Duplex {
  readonly #socket: Duplex;
  #isHeld = false;
  #cancel: () => void = () => undefined;

  constructor(socket: Duplex, options: MeteredStreamOptions) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    const { clock, onFault, onTooFast } = options;
    const meter = new PacketMeter(options.packetBytes);
    const pace = new Pace(options.pace, clock.now);
    socket.on("data", (chunk: Buffer) => {
      const before = meter.packets;
      const fault = meter.take(chunk);
      if (fault !== null) {
        onFault(fault);
        this.destroy();
        return;
      }
      const waitMs = pace.take(meter.packets - before, chunk.length);
      if (waitMs > 0) {
        this.#hold(clock, waitMs);
        onTooFast(waitMs);
      }
      if (!this.push(chunk)) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("close", () => this.destroy());
    socket.on("error", (error) => this.destroy(error));
  }

  override _read(): void {
    if (!this.#isHeld) this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#cancel();
    this.#socket.destroy();
    done(error);
  }

  #hold(clock: Clock, waitMs: number): void {
    this.#isHeld = true;
    this.#socket.pause();
    this.#cancel();
    this.#cancel = clock.after(waitMs, () => {
      this.#isHeld = false;
      // What is read meanwhile asks for more by itself.
      if (this.readableLength < this.readableHighWaterMark) this.#socket.resume();
    });
  }
}
