import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { SensorError } from "../src/errors.ts";
import type { LabEvent, SensorOrder, SensorProcess, SensorRole } from "./lab.ts";
import { endProcess } from "./tools.ts";
import { places } from "./topology.ts";

/** Which of the sensor's processes a command line stands for; null where it is none of them. */
export function roleOf(commandLine: readonly string[], program: string): SensorRole | null {
  const at = commandLine.indexOf(program);
  if (at < 0) return null;
  return (
    (["reader", "executor", "judge", "names", "tracker"] as const).find((role) => commandLine[at + 1] === role) ??
    "main"
  );
}

/** Starts, watches and ends the sensor in its namespace. */
export class SensorKeeper {
  readonly #env: Readonly<Record<string, string>>;
  readonly #report: (event: LabEvent) => void;
  readonly #clock: () => number;
  #program = "";
  #child: ChildProcess | null = null;

  constructor(env: Readonly<Record<string, string>>, report: (event: LabEvent) => void, clock: () => number) {
    this.#env = env;
    this.#report = report;
    this.#clock = clock;
  }

  async start(order: SensorOrder & { readonly program: string; readonly runDir: string }): Promise<void> {
    if (this.#child !== null) throw new SensorError("sensor-running", "cannot start the sensor: it runs already");
    this.#program = order.program;
    await mkdir(order.runDir, { recursive: true });
    // `ip netns exec` and not `nsenter`: the sensor shall find its own ports below /sys.
    const [command, ...argv] = [
      ...["ip", "netns", "exec", places.sensor, process.execPath, this.#program, "run"],
      ...["--profile", order.profilePath, "--state", order.stateDir, "--run", order.runDir],
    ] as const;
    const child = spawn(command, argv, { env: { ...this.#env, ...order.env }, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (text) =>
        this.#report({ kind: "log", at: this.#clock(), from: "sensor", text }),
      );
    }
    child.once("exit", (code, signal) => {
      this.#child = null;
      this.#report({ kind: "sensor-ended", at: this.#clock(), code, signal });
    });
    await once(child, "spawn");
  }

  async stop(graceMs: number): Promise<void> {
    if (this.#child !== null) await endProcess(this.#child, "SIGTERM", graceMs);
    // Whatever its first process left behind.
    for (const { pid } of await this.processes()) process.kill(pid, "SIGKILL");
  }

  async processes(): Promise<readonly SensorProcess[]> {
    const found: SensorProcess[] = [];
    for (const name of await readdir("/proc")) {
      const pid = Number(name);
      if (!Number.isInteger(pid)) continue;
      let commandLine: readonly string[];
      try {
        commandLine = (await readFile(`/proc/${pid}/cmdline`, "latin1")).split("\0").filter((word) => word !== "");
      } catch {
        // Gone between listing and reading.
        continue;
      }
      const role = roleOf(commandLine, this.#program);
      if (role !== null) found.push({ role, pid, commandLine });
    }
    return found;
  }

  async kill(role: SensorRole): Promise<readonly number[]> {
    const pids = (await this.processes()).filter((found) => found.role === role).map((found) => found.pid);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    return pids;
  }
}
