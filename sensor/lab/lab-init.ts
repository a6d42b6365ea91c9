import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { SensorError } from "../src/errors.ts";
import { Channel, type Calls, type NoCalls } from "./channel.ts";
import { drawCues } from "./director.ts";
import type { DownloadReport, LabEvent, PortClass } from "./lab.ts";
import type { HostCalls, LabCalls, ProviderCalls, Ready, WitnessLine } from "./protocol.ts";
import { Recorder } from "./recorder.ts";
import type { Scenario } from "./scenario.ts";
import { SensorKeeper } from "./sensor-keeper.ts";
import { drawSite, type Site } from "./site.ts";
import { setLine, standSite } from "./stand-site.ts";
import { stdioChannel } from "./stdio-channel.ts";
import { execute, inPlace, labEnvironment, run } from "./tools.ts";
import { hostPlace, places } from "./topology.ts";

/*
 * The first process inside the namespaces: builds the site, starts a process for each host and for
 * the provider, and does what the caller's process asks on its standard input. When that closes,
 * it ends, and the kernel ends everything else with it.
 */

type Report = (event: LabEvent) => void;

/** Small heaps: a lab is a dozen of these. */
const nodeFlags = ["--max-semi-space-size=2", "--max-old-space-size=96", "--single-threaded-gc", "--no-warnings"];

interface Agent<C extends Calls> {
  readonly child: ChildProcess;
  readonly channel: Channel<C, NoCalls, LabEvent | Ready, never>;
}

async function startAgent<C extends Calls>(
  place: string,
  name: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  report: Report,
): Promise<Agent<C>> {
  const [command = "", ...rest] = inPlace(place, [process.execPath, ...nodeFlags, ...argv]);
  const child = spawn(command, rest, { env, stdio: ["pipe", "pipe", "pipe"] });
  const log = (text: string): void => report({ kind: "log", at: Date.now(), from: name, text });
  createInterface({ input: child.stderr }).on("line", log);
  const ready = Promise.withResolvers<void>();
  const channel = new Channel<C, NoCalls, LabEvent | Ready, never>({
    input: child.stdout,
    output: child.stdin,
    onEvent: (event) => (event.kind === "ready" ? ready.resolve() : report(event)),
    onNoise: log,
  });
  child.once("exit", (code, signal) => {
    log(`ended (${code ?? signal})`);
    ready.reject(new SensorError("lab-failed", `the process of ${name} ended (${code ?? signal})`));
  });
  await ready.promise;
  return { child, channel };
}

/** Who does what when, while a scenario runs. */
class Stage {
  readonly #site: Site;
  readonly #hosts: readonly Agent<HostCalls>[];
  readonly #provider: Agent<ProviderCalls>;
  readonly #setLine: (isCut: boolean) => Promise<void>;
  readonly #report: Report;
  #timers: NodeJS.Timeout[] = [];
  #running: string | null = null;

  constructor(
    site: Site,
    hosts: readonly Agent<HostCalls>[],
    provider: Agent<ProviderCalls>,
    setTheLine: (isCut: boolean) => Promise<void>,
    report: Report,
  ) {
    this.#site = site;
    this.#hosts = hosts;
    this.#provider = provider;
    this.#setLine = setTheLine;
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
          const isCut = cue.happening.kind === "cut-line";
          this.#later(delayMs, () => this.#setLine(isCut));
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

function parseWitness(json: string): readonly WitnessLine[] {
  const { nftables } = JSON.parse(json) as {
    nftables: readonly { counter?: { name: string; packets: number; bytes: number } }[];
  };
  return nftables.flatMap(({ counter }): readonly WitnessLine[] => {
    const match = /^m(\d+)_(\w+)$/.exec(counter?.name ?? "");
    if (counter === undefined || match === null) return [];
    const { packets, bytes } = counter;
    return [{ mark: Number(match[1]), portClass: match[2] as PortClass, count: { packets, bytes } }];
  });
}

function mergeReports(reports: readonly DownloadReport[]): DownloadReport {
  return {
    ok: reports.reduce((sum, report) => sum + report.ok, 0),
    failed: reports.reduce((sum, report) => sum + report.failed, 0),
    reasons: reports.flatMap((report) => report.reasons),
    longestStallMs: Math.max(0, ...reports.map((report) => report.longestStallMs)),
  };
}

async function main(seed: number, workDir: string): Promise<void> {
  const here = import.meta.dirname;
  const site = drawSite(seed);
  const env = labEnvironment(process.env);
  const waiting: LabEvent[] = [];
  const report: Report = (event) => waiting.push(event);
  let tell = report;
  const say: Report = (event) => tell(event);
  process.stdin.once("end", () => {
    rmSync(workDir, { recursive: true, force: true });
    process.exit(0);
  });

  await standSite(site, { env });
  const [provider, ...hosts] = await Promise.all([
    startAgent<ProviderCalls>(
      places.provider,
      "provider",
      [`${here}/provider-agent.ts`, String(seed), `${workDir}/relay`],
      env,
      say,
    ),
    ...site.hosts.map((host, index) =>
      startAgent<HostCalls>(
        hostPlace(index),
        host.name,
        [`${here}/host-agent.ts`, String(seed), String(index)],
        env,
        say,
      ),
    ),
  ] as const);

  let isLineCut = false;
  const setTheLine = async (isCut: boolean): Promise<void> => {
    if (isCut === isLineCut) return;
    isLineCut = isCut;
    await setLine(isCut, { env });
    say({ kind: "line", at: Date.now(), state: isCut ? "cut" : "restored" });
  };
  const stage = new Stage(site, hosts, provider, setTheLine, say);
  const keeper = new SensorKeeper(`${here.slice(0, here.lastIndexOf("/"))}/src`, env, say, () => Date.now());
  const recorder = new Recorder(site.facts.ports.inside, env);
  const placeOf = (name: string): string => {
    const index = site.hosts.findIndex((host) => host.name === name);
    if (index >= 0) return hostPlace(index);
    if (Object.hasOwn(places, name)) return name;
    throw new SensorError("lab-unknown-place", `the lab has no ${name}`);
  };

  const channel = stdioChannel<LabCalls, LabEvent | Ready>({
    "start-sensor": async (order) => {
      await keeper.start({ ...order, runDir: order.runDir ?? `${workDir}/sensor` });
      return null;
    },
    "stop-sensor": async ({ graceMs }) => {
      await keeper.stop(graceMs);
      return null;
    },
    "sensor-processes": () => keeper.processes(),
    kill: ({ role }) => keeper.kill(role),
    run: (scenario) => stage.begin(scenario),
    "stop-scenario": async () => {
      await stage.end();
      return null;
    },
    witness: async () =>
      parseWitness(
        await run(inPlace(places.provider, ["nft", "-j", "list", "counters", "table", "ip", "witness"]), { env }),
      ),
    downloads: async ({ hosts: names, count, bytes, stallMs = 5000 }, signal) => {
      const timeoutMs = 600_000;
      const meant = names.map((name) => {
        const agent = hosts[site.hosts.findIndex((host) => host.name === name)];
        if (agent === undefined) throw new SensorError("lab-unknown-place", `the lab has no host ${name}`);
        return agent;
      });
      return mergeReports(
        await Promise.all(
          meant.map(({ channel: own }) => own.call("download", { count, bytes, stallMs }, { signal, timeoutMs })),
        ),
      );
    },
    "cut-line": async () => {
      await setTheLine(true);
      return null;
    },
    "restore-line": async () => {
      await setTheLine(false);
      return null;
    },
    record: async ({ path }) => {
      await recorder.start(path);
      return null;
    },
    "stop-recording": async () => {
      await recorder.stop();
      return null;
    },
    exec: ({ place, argv, timeoutMs }, signal) => execute(inPlace(placeOf(place), argv), { env, timeoutMs, signal }),
  });
  tell = (event) => channel.tell(event);
  for (const event of waiting) channel.tell(event);
  channel.tell({ kind: "ready" });
}

await main(Number(process.argv[2]), String(process.argv[3]));
