import { fork, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { SensorError } from "../src/errors.ts";
import type { FleetOrder, FleetReport } from "./fleet-protocol.ts";

const agent = fileURLToPath(new URL("fleet-agent.ts", import.meta.url));

/** The process in which a fleet of sensors is played. */
export class FleetProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<FleetReport["kind"], (report: FleetReport) => void>();
  readonly #ended: Promise<never>;
  readonly #desired = new Map<string, (at: number) => void>();

  /** @param path of what `seed-fleet.ts` wrote */
  constructor(path: string) {
    this.#child = fork(agent, [path], { execArgv: ["--disable-warning=ExperimentalWarning"] });
    this.#child.on("message", (message: FleetReport) => this.#take(message));
    this.#ended = new Promise((_, reject) => {
      this.#child.once("exit", (code) => reject(new SensorError("bench-failed", `the fleet ended with ${code}`)));
    });
    this.#ended.catch(() => undefined);
  }

  /** Has it do something and waits for what it says to that. */
  ask<Kind extends FleetReport["kind"]>(order: FleetOrder, kind: Kind): Promise<Extract<FleetReport, { kind: Kind }>> {
    const answered = new Promise<Extract<FleetReport, { kind: Kind }>>((resolve) => {
      this.#waiting.set(kind, (report) => resolve(report as Extract<FleetReport, { kind: Kind }>));
    });
    this.#child.send(order);
    return Promise.race([answered, this.#ended]);
  }

  /** When a sensor gets its next desired document, by the shared clock. */
  nextDesired(sensor: string): Promise<number> {
    return Promise.race([new Promise<number>((resolve) => this.#desired.set(sensor, resolve)), this.#ended]);
  }

  close(): void {
    this.#child.kill("SIGKILL");
  }

  #take(report: FleetReport): void {
    if (report.kind === "desired") {
      this.#desired.get(report.sensor)?.(report.at);
      this.#desired.delete(report.sensor);
      return;
    }
    this.#waiting.get(report.kind)?.(report);
    this.#waiting.delete(report.kind);
  }
}

/** What a process holds in memory, bytes (proc_pid_status(5)), and the processor time it has used, seconds. */
export async function usageOf(pid: number): Promise<{ readonly bytes: number; readonly cpuSeconds: number }> {
  const [status, stat] = await Promise.all([
    readFile(`/proc/${pid}/status`, "latin1"),
    readFile(`/proc/${pid}/stat`, "latin1"),
  ]);
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  // Behind the name in parentheses: state is field 3, utime and stime are 14 and 15, in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { bytes: kilobytes * 1_024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
}
