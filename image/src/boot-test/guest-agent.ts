import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { ImageError } from "../errors.ts";
import { hangMs } from "./patience.ts";

export interface GuestReport {
  readonly code: number;
  /** Both of its outputs. */
  readonly output: string;
}

/**
 * Our end of the second serial line, at whose other end `guest/agent` runs what we write. Only boots
 * of the test have such an agent; the image knows nothing of it.
 */
export class GuestAgent {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (report: GuestReport) => void>();
  readonly #begun = Promise.withResolvers<void>();
  readonly #ended: Promise<never>;
  #last = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => undefined);
    this.#ended = new Promise((_resolve, reject) => {
      socket.once("close", () => reject(new ImageError("agent-silent", "the machine is switched off or has died")));
    });
    // Nobody may be asking at that moment.
    this.#ended.catch(() => undefined);
    createInterface({ input: socket }).on("line", (line) => {
      const [, id, code, output] = /^@(\d+) (\d+) (\S*)\r?$/.exec(line) ?? [];
      if (id === undefined) return;
      if (id === "0") return this.#begun.resolve();
      this.#waiting.get(Number(id))?.({ code: Number(code), output: Buffer.from(output ?? "", "base64").toString() });
      this.#waiting.delete(Number(id));
    });
  }

  /** Connects as soon as the machine is there. */
  static async at(path: string, patienceMs = 10_000): Promise<GuestAgent> {
    for (let leftMs = patienceMs; ; leftMs -= 50) {
      const socket = connect(path);
      const isThere = await new Promise<boolean>((resolve) => {
        socket.once("connect", () => resolve(true));
        socket.once("error", () => resolve(false));
      });
      if (isThere) return new GuestAgent(socket);
      if (leftMs <= 0) throw new ImageError("agent-silent", "the machine's second serial line is not there");
      await delay(50);
    }
  }

  /** Runs a shell command in the box as root; rejects with `agent-silent`, where the machine ends at once. */
  async run(command: string, patienceMs = hangMs): Promise<GuestReport> {
    this.#last += 1;
    const id = this.#last;
    const report = new Promise<GuestReport>((resolve) => this.#waiting.set(id, resolve));
    const late = new AbortController();
    const ask = () => this.#socket.write(`@${id} ${Buffer.from(command).toString("base64")}\n`);
    void this.#begun.promise.then(ask);
    try {
      return await Promise.race([
        report,
        this.#ended,
        delay(patienceMs, null, { signal: late.signal }).then(() => {
          throw new ImageError("agent-silent", `the box did not answer within ${patienceMs} ms: ${command}`);
        }),
      ]);
    } finally {
      late.abort();
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
