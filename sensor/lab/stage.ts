import { SensorError } from "../src/errors.ts";
import type { Agent } from "./agent.ts";
import { drawCues } from "./director.ts";
import type { LabEvent } from "./lab.ts";
import type { LineChange } from "./line-conditions.ts";
import type { HostCalls, ProviderCalls } from "./protocol.ts";
import type { Scenario } from "./scenario.ts";
import type { Site } from "./site.ts";

/** Who does what when, while a scenario runs. */
export class Stage {
  readonly #site: Site;
  readonly #hosts: readonly Agent<HostCalls>[];
  readonly #provider: Agent<ProviderCalls>;
  readonly #changeLine: (change: LineChange) => Promise<void>;
  readonly #report: (event: LabEvent) => void;
  #timers: NodeJS.Timeout[] = [];
  #running: string | null = null;

  constructor(
    site: Site,
    hosts: readonly Agent<HostCalls>[],
    provider: Agent<ProviderCalls>,
    changeLine: (change: LineChange) => Promise<void>,
    report: (event: LabEvent) => void,
  ) {
    this.#site = site;
    this.#hosts = hosts;
    this.#provider = provider;
    this.#changeLine = changeLine;
    this.#report = report;
  }

  async begin(scenario: Scenario): Promise<{ readonly startedAt: number }> {
    if (this.#running !== null) {
      throw new SensorError("scenario-running", `cannot run ${scenario.name}: ${this.#running} runs already`);
    }
    this.#running = scenario.name;
    const startedAt = Date.now();
    this.#report({ kind: "scenario", at: startedAt, name: scenario.name, state: "begins" });
    await Promise.all(
      drawCues(this.#site, scenario).map(async (cue) => {
        const { delayMs, forMs } = cue;
        if (cue.kind === "host") {
          await this.#hosts[cue.index]?.channel.call("begin", { activity: cue.activity, key: cue.key, delayMs, forMs });
        } else if (cue.happening.kind === "inbound-mail") {
          const { mailEveryMs } = cue.happening;
          await this.#provider.channel.call("inbound-mail", { mailEveryMs, delayMs, forMs });
        } else {
          const change = cue.happening;
          this.#later(delayMs, () => this.#changeLine(change));
        }
      }),
    );
    this.#later(scenario.durationMs, () => this.end());
    return { startedAt };
  }

  async end(): Promise<void> {
    const name = this.#running;
    if (name === null) return;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    await Promise.all([
      this.#provider.channel.call("stop", null),
      ...this.#hosts.map(({ channel }) => channel.call("stop", null)),
    ]);
    this.#running = null;
    this.#report({ kind: "scenario", at: Date.now(), name, state: "ends" });
  }

  #later(delayMs: number, work: () => Promise<void>): void {
    this.#timers.push(
      setTimeout(() => {
        work().catch((error: unknown) =>
          this.#report({ kind: "log", at: Date.now(), from: "lab", text: `a step failed: ${String(error)}` }),
        );
      }, delayMs),
    );
  }
}
