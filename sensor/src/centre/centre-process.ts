import { spawn } from "node:child_process";
import { connect } from "node:net";
import type { Readable, Writable } from "node:stream";
import {
  CentreLines,
  centreLine,
  maxFromCentreBytes,
  parseFromCentre,
  type FromCentre,
  type ToCentre,
} from "@cordon/contract";
import type { Logger } from "pino";

/** How the controller's program on the box is reached. */
export type CentrePlace =
  /** A program that this process starts. */
  | { readonly kind: "program"; readonly path: string; readonly dataFolder: string }
  /** A socket behind which the system's service manager starts it, with a user of its own. */
  | { readonly kind: "socket"; readonly path: string };

export interface CentreProcessOptions {
  readonly place: CentrePlace;
  readonly log: Logger;
  readonly onMessage: (message: FromCentre) => void;
  readonly onEnd: (how: string) => void;
}

interface Pipe {
  readonly input: Writable;
  readonly output: Readable;
  readonly ended: Promise<string>;
  /** Ends it by force. */
  readonly cut: () => void;
}

const patienceMs = 4000;

/** The controller's program in a process of its own, which ends with this one. */
export class CentreProcess {
  readonly #pipe: Pipe;

  constructor({ place, log, onMessage, onEnd }: CentreProcessOptions) {
    this.#pipe = place.kind === "socket" ? called(place.path) : started(place, log);
    const { input, output, ended, cut } = this.#pipe;
    let fault = "";
    const lines = new CentreLines(maxFromCentreBytes, (line) => {
      const message = parseFromCentre(line);
      if (message.ok) onMessage(message.value);
      else fault ||= `it said what was not understood: ${message.error}`;
    });
    output.setEncoding("utf8").on("data", (text: string) => {
      if (!lines.push(text)) fault ||= "it said too much at once";
      if (fault !== "") cut();
    });
    // Which of the two breaks first is chance, and `ended` says why.
    input.on("error", () => undefined);
    output.on("error", () => undefined);
    void ended.then((how) => onEnd(fault === "" ? how : fault));
  }

  /** Lost where it is gone, which {@link CentreProcessOptions.onEnd} says. */
  send(message: ToCentre): void {
    if (this.#pipe.input.writable) this.#pipe.input.write(centreLine(message));
  }

  /** Ends it in order, after four seconds by force. */
  async close(): Promise<void> {
    const { input, ended, cut } = this.#pipe;
    input.end();
    const timer = setTimeout(cut, patienceMs);
    await ended;
    clearTimeout(timer);
  }
}

function started({ path, dataFolder }: Extract<CentrePlace, { kind: "program" }>, log: Logger): Pipe {
  const args = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=4", path, "--data", dataFolder];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-2000);
    log.info({ text: text.trim().slice(0, 500) }, "the box's own centre says");
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    // After all that it has said was read.
    child.once("close", (code, signal) => {
      const how = signal ?? `code ${code}`;
      resolve(words === "" ? how : `${how}: ${words.trim().split("\n").at(-1) ?? ""}`);
    });
  });
  return { input: child.stdin, output: child.stdout, ended, cut: () => child.kill("SIGKILL") };
}

function called(path: string): Pipe {
  const socket = connect({ path, allowHalfOpen: true });
  let how = "its process ended";
  socket.once("error", (error) => (how = error.message));
  socket.once("end", () => socket.end());
  const ended = new Promise<string>((resolve) => socket.once("close", () => resolve(how)));
  return { input: socket, output: socket, ended, cut: () => socket.destroy() };
}
