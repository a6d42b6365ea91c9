import { fork, type ChildProcess } from "node:child_process";
import type { FromCentre, ToCentre } from "@cordon/contract";
import type { Logger } from "pino";
import type { ListenAddress } from "./listen-address.ts";

export interface CentreProcessOptions {
  /** The controller's program. */
  readonly program: string;
  readonly dataFolder: string;
  readonly listen: ListenAddress;
  readonly log: Logger;
  readonly onMessage: (message: FromCentre) => void;
  readonly onEnd: (how: string) => void;
}

const patienceMs = 4000;

/** The controller's program in a process of its own, which ends with this one. */
export class CentreProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor({ program, dataFolder, listen, log, onMessage, onEnd }: CentreProcessOptions) {
    const args = ["at-box", "--data", dataFolder, "--http-host", listen.host, "--http-port", String(listen.port)];
    this.#child = fork(program, args, {
      execArgv: ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=4"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let words = "";
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-2000);
      log.info({ text: text.trim().slice(0, 500) }, "the box's own centre says");
    });
    this.#child.on("message", (message: FromCentre) => onMessage(message));
    this.#ended = new Promise((resolve) => {
      const over = (how: string) => {
        resolve();
        onEnd(words === "" ? how : `${how}: ${words.trim().split("\n").at(-1) ?? ""}`);
      };
      this.#child.once("error", (error) => over(error.message));
      // After all that it has said was read.
      this.#child.once("close", (code, signal) => over(signal ?? `code ${code}`));
    });
  }

  /** Lost where it is gone, which {@link CentreProcessOptions.onEnd} says. */
  send(message: ToCentre): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Ends it in order, after four seconds by force. */
  async close(): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs);
    await this.#ended;
    clearTimeout(timer);
  }
}
