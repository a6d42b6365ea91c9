import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { SensorError } from "../src/errors.ts";
import type { LabEvent } from "./lab.ts";
import { endProcess, inPlace } from "./tools.ts";

/** Programs of a test that live in the lab until it ends them, or the lab does. */
export class ProgramKeeper {
  readonly #env: Readonly<Record<string, string>>;
  readonly #report: (event: LabEvent) => void;
  readonly #clock: () => number;
  readonly #children = new Map<string, ChildProcess>();

  constructor(env: Readonly<Record<string, string>>, report: (event: LabEvent) => void, clock: () => number) {
    this.#env = env;
    this.#report = report;
    this.#clock = clock;
  }

  /** Starts it in the namespace of a place; its lines are events. */
  async start(name: string, place: string, argv: readonly string[]): Promise<void> {
    if (this.#children.has(name)) throw new SensorError("program-running", `cannot start ${name}: it runs already`);
    const [command = "", ...rest] = inPlace(place, argv);
    const child = spawn(command, rest, { env: this.#env, stdio: ["ignore", "pipe", "pipe"] });
    this.#children.set(name, child);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (text) =>
        this.#report({ kind: "log", at: this.#clock(), from: name, text }),
      );
    }
    child.once("exit", (code, signal) => {
      this.#children.delete(name);
      this.#report({ kind: "program-ended", at: this.#clock(), name, code, signal });
    });
    // A program that could not be started never exits.
    child.once("error", () => this.#children.delete(name));
    await once(child, "spawn");
  }

  /** Settles when it is gone; nothing to do where it is not there. */
  async end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children.get(name);
    if (child !== undefined) await endProcess(child, signal, 5000);
  }
}
