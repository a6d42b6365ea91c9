import { Duplex } from "node:stream";
import { PacketMeter } from "./packet-meter.ts";

/** A connection that breaks when a packet declares more than the limit, before it is gathered. */
export class MeteredStream extends Duplex {
  readonly #socket: Duplex;
  readonly #meter: PacketMeter;

  constructor(socket: Duplex, limitBytes: number, tooLarge: () => void) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#meter = new PacketMeter(limitBytes);
    socket.on("data", (chunk: Buffer) => {
      if (!this.#meter.accepts(chunk)) {
        tooLarge();
        this.destroy();
      } else if (!this.push(chunk)) {
        socket.pause();
      }
    });
    socket.on("end", () => this.push(null));
    socket.on("close", () => this.destroy());
    socket.on("error", (error) => this.destroy(error));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
