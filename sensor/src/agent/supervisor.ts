import { spawn, type ChildProcess } from "node:child_process";
import type { Logger } from "pino";
import type { Role } from "../containment/process-privileges.ts";
import { defaultRestartPolicy, restartDelayMs, type RestartPolicy } from "./restart-delay.ts";

/** One process that is to run for as long as the sensor does. */
export interface SupervisedRole {
  readonly role: Role;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Exit codes of a process that merely had nothing to do yet: started again soon, however often. */
  readonly quietCodes?: readonly number[];
}

export interface SupervisorOptions {
  /** In the order of their start; ended in the opposite order. */
  readonly roles: readonly SupervisedRole[];
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly log: Logger;
  readonly policy?: RestartPolicy;
  /** How long a process may take to end before it is killed. Default 4,000. */
  readonly patienceMs?: number;
}

const quietRestartMs = 150;

interface Running {
  readonly child: ChildProcess;
  readonly startedAt: number;
  readonly ended: Promise<void>;
}

/**
 * Keeps the sensor's processes running: each that ends is started again, alone. They hold a pipe
 * from here as their stdin and end when it closes, so none outlives a killed supervisor.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #policy: RestartPolicy;
  readonly #running = new Map<Role, Running>();
  readonly #failures = new Map<Role, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosing = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#policy = options.policy ?? defaultRestartPolicy;
  }

  /** Process ids by role, of those that run. */
  pids(): ReadonlyMap<Role, number> {
    const pids = new Map<Role, number>();
    for (const [role, { child }] of this.#running) if (child.pid !== undefined) pids.set(role, child.pid);
    return pids;
  }

  start(): void {
    for (const role of this.#options.roles) this.#launch(role);
  }

  /** Passes the signal on and waits; who does not end in time is killed. */
  async close(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { role } of this.#options.roles.toReversed()) await this.#end(role, signal);
  }

  #launch(supervised: SupervisedRole): void {
    if (this.#isClosing) return;
    const { role, command } = supervised;
    const [program, ...args] = command;
    const startedAt = this.#options.monotonic();
    const child = spawn(program ?? "", args, { stdio: ["pipe", "inherit", "inherit"] });
    // Writing nothing, it only fails when the process is gone, which `exit` says.
    child.stdin?.on("error", () => undefined);
    const ended = new Promise<void>((resolve) => {
      let isOver = false;
      const over = (code: number | null, reason: string) => {
        if (isOver) return;
        isOver = true;
        this.#running.delete(role);
        this.#launchLater(supervised, code, reason, startedAt);
        resolve();
      };
      child.once("exit", (code, signal) => over(code, signal ?? `code ${code}`));
      child.once("error", (error) => over(null, error.message));
    });
    this.#running.set(role, { child, startedAt, ended });
    this.#options.log.info({ role, pid: child.pid }, "started");
  }

  #launchLater(supervised: SupervisedRole, code: number | null, reason: string, startedAt: number): void {
    if (this.#isClosing) return;
    const { role, quietCodes = [] } = supervised;
    const ranMs = this.#options.monotonic() - startedAt;
    const isQuiet = code !== null && quietCodes.includes(code);
    const failures = isQuiet || ranMs >= this.#policy.stableMs ? 1 : (this.#failures.get(role) ?? 0) + 1;
    this.#failures.set(role, isQuiet ? 0 : failures);
    const delayMs = isQuiet ? quietRestartMs : restartDelayMs(failures, this.#policy);
    this.#options.log.warn({ role, reason, ranMs: Math.round(ranMs), delayMs }, "ended, starting it again");
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#launch(supervised);
    }, delayMs);
    this.#timers.add(timer);
  }

  async #end(role: Role, signal: NodeJS.Signals): Promise<void> {
    const running = this.#running.get(role);
    if (running === undefined) return;
    running.child.kill(signal);
    const timer = setTimeout(() => {
      this.#options.log.warn({ role }, "did not end in time and is killed");
      running.child.kill("SIGKILL");
    }, this.#options.patienceMs ?? 4000);
    await running.ended;
    clearTimeout(timer);
  }
}
