import { createSocket, type Socket } from "node:dgram";

/**
 * Our end of one of the machine's line ports: QEMU carries each frame in a datagram over loopback.
 */
export class Cable {
  readonly #socket: Socket;
  #farPort = 0;

  constructor() {
    this.#socket = createSocket("udp4");
    // The machine is not there yet, or no longer.
    this.#socket.on("error", () => undefined);
  }

  /** Takes a port of loopback, and chooses one for the machine. */
  async open(onFrame: (frame: Buffer) => void): Promise<void> {
    this.#socket.on("message", onFrame);
    await new Promise<void>((resolve) => this.#socket.bind(0, "127.0.0.1", resolve));
    const probe = createSocket("udp4");
    await new Promise<void>((resolve) => probe.bind(0, "127.0.0.1", resolve));
    this.#farPort = probe.address().port;
    await new Promise<void>((resolve) => probe.close(resolve));
  }

  /** What QEMU is told of it. */
  netdev(): string {
    return `socket,udp=127.0.0.1:${this.#socket.address().port},localaddr=127.0.0.1:${this.#farPort}`;
  }

  send(frame: Uint8Array): void {
    this.#socket.send(frame, this.#farPort, "127.0.0.1");
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
