import { once } from "node:events";
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** TCP from a port of loopback to another, that is cut and stalled at will. */
export class BreakableLine {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #target = 0;
  #isCut = false;
  #isStalled = false;
  /** After so many more bytes every connection breaks, and then again after as many, so often; null lets all through. */
  #breaks: { left: number; readonly bytes: number; times: number } | null = null;

  private constructor() {
    this.#server = createServer((near) => this.#join(near));
  }

  static async start(): Promise<BreakableLine> {
    const line = new BreakableLine();
    line.#server.listen(0, "127.0.0.1");
    await once(line.#server, "listening");
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where connections go from now on. */
  leadTo(port: number): void {
    this.#target = port;
  }

  /** Breaks all connections, and takes no new ones until it is mended. */
  cut(): void {
    this.#isCut = true;
    this.#breakAll();
  }

  /** Carries nothing any more, and tells nobody. */
  stall(): void {
    this.#isStalled = true;
    for (const sockets of this.#pairs) for (const socket of sockets) socket.pause();
  }

  /** Breaks within some message: each time that many bytes of either direction have passed. */
  breakAfter(bytes: number, times = 1): void {
    this.#breaks = { left: bytes, bytes, times };
  }

  /** How often it is still to break. */
  get breaksLeft(): number {
    return this.#breaks?.times ?? 0;
  }

  mend(): void {
    this.#isCut = false;
    this.#isStalled = false;
    this.#breaks = null;
    for (const sockets of this.#pairs) for (const socket of sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.#breakAll();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(near: Socket): void {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = createConnection(this.#target, "127.0.0.1");
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const [from, to] of [pair, [far, near]] as const) {
      from.on("data", (chunk: Buffer) => {
        const part = this.#passing(chunk);
        to.write(part);
        if (part.length < chunk.length) this.#breakAll();
      });
      from.on("close", end);
      from.on("error", end);
      if (this.#isStalled) from.pause();
    }
  }

  #passing(chunk: Buffer): Buffer {
    const breaks = this.#breaks;
    if (breaks === null || chunk.length <= breaks.left) {
      if (breaks !== null) breaks.left -= chunk.length;
      return chunk;
    }
    const part = chunk.subarray(0, breaks.left);
    breaks.left = breaks.bytes;
    breaks.times -= 1;
    if (breaks.times === 0) this.#breaks = null;
    return part;
  }

  #breakAll(): void {
    for (const sockets of [...this.#pairs]) for (const socket of sockets) socket.destroy();
    this.#pairs.clear();
  }
}
