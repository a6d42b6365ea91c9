import { spawn, type ChildProcess } from "node:child_process";
import { createConnection, type Socket } from "node:net";
import { createInterface } from "node:readline";

export interface PacketTapOptions {
  /** The port whose packets are handed over. */
  readonly port: string;
  /** Where they go. */
  readonly socketPath: string;
  /** Told why it ended by itself. */
  readonly onEnded: (text: string) => void;
}

/** What the kernel may keep for tcpdump in a burst, in KiB. */
const kernelBufferKib = 8192;

/**
 * Hands whole packets over by tcpdump, which writes them into the judge's socket itself: nothing of them passes through
 * this process, and none is looked at. It runs for as long as the judge wants it.
 */
export class PacketTap {
  readonly #options: PacketTapOptions;
  #child: ChildProcess | null = null;
  /** Of whom, while it runs or begins; undefined while it does not. */
  #wanted: string | null | undefined;

  constructor(options: PacketTapOptions) {
    this.#options = options;
  }

  /** Hands over everybody's packets, or one machine's by its MAC. Goes on where it does so already. */
  open(host: string | null): void {
    if (this.#wanted === host) return;
    if (host !== null && !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(host)) return;
    this.close();
    this.#wanted = host;
    const socket = createConnection({ path: this.#options.socketPath });
    socket.once("error", (error) => this.#ended(host, error.message));
    socket.once("connect", () => {
      if (this.#wanted === host && this.#child === null) this.#spawn(host, socket);
      // tcpdump has it now, and nobody else is to keep it open.
      socket.destroy();
    });
  }

  close(): void {
    this.#wanted = undefined;
    const child = this.#child;
    this.#child = null;
    child?.kill("SIGTERM");
  }

  #spawn(host: string | null, socket: Socket): void {
    const filter = host === null ? [] : ["ether", "host", host];
    const capture = [
      "-n",
      "-U",
      "-s",
      "0",
      "-B",
      String(kernelBufferKib),
      "-i",
      this.#options.port,
      "-w",
      "-",
      ...filter,
    ];
    // Ended with this process, however that ends.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", "tcpdump", ...capture], {
      stdio: ["ignore", socket, "pipe"],
    });
    this.#child = child;
    let said = "";
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => (said = line));
    const over = (reason: string) => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#ended(host, said === "" ? reason : said);
    };
    child.once("error", (error) => over(error.message));
    child.once("close", (code, signal) => over(`tcpdump ended: ${signal ?? `code ${code}`}`));
  }

  #ended(host: string | null, text: string): void {
    if (this.#wanted !== host) return;
    this.#wanted = undefined;
    this.#options.onEnded(text);
  }
}
