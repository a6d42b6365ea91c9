import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { buildSensor, sensorProgram } from "../build.ts";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { SensorError } from "../src/errors.ts";
import { Channel, type NoCalls } from "./channel.ts";
import type {
  CallOptions,
  Count,
  InLine,
  Lab,
  LabEvent,
  LabOptions,
  PortClass,
  RecordOptions,
  ScenarioRun,
  Witness,
} from "./lab.ts";
import { gatewayProfileOf, type LineForm } from "./line-forms.ts";
import { namespacesAllowed, unshareArguments } from "./namespaces.ts";
import type { LabCalls, Ready, WitnessLine } from "./protocol.ts";
import { openRelayExit } from "./relay.ts";
import { hostMark, portClasses } from "./rules.ts";
import type { Scenario } from "./scenario.ts";
import { drawSite, type Site } from "./site.ts";
import { labEnvironment } from "./tools.ts";

/** A loaded machine needs a few seconds to start a dozen processes. */
const standMs = 60_000;
const mostLogLines = 5000;
const downloadMs = 600_000;

type LabProcess = ChildProcessByStdio<Writable, Readable, Readable>;
type LabChannel = Channel<LabCalls, NoCalls, LabEvent | Ready, never>;

/** The folder both sides share. Inside, /run is another one, so it must not lie there. */
async function makeWorkDir(): Promise<string> {
  const base = tmpdir();
  return mkdtemp(`${base.startsWith("/run/") ? "/var/tmp" : base}/cordon-lab-`);
}

function witnessOf(site: Site, lines: readonly WitnessLine[]): Witness {
  const none: Count = { packets: 0, bytes: 0 };
  const ofMark = (mark: number): Readonly<Record<PortClass, Count>> => {
    const counts = portClasses.map((portClass) => {
      const line = lines.find((candidate) => candidate.mark === mark && candidate.portClass === portClass);
      return [portClass, line?.count ?? none] as const;
    });
    return Object.fromEntries(counts) as Record<PortClass, Count>;
  };
  return { byHost: new Map(site.hosts.map((host, index) => [host.name, ofMark(hostMark(index))])), others: ofMark(0) };
}

class RunningLab implements Lab {
  readonly #site: Site;
  readonly #inLine: InLine;
  readonly #form: LineForm;
  readonly #child: LabProcess;
  readonly #channel: LabChannel;
  readonly #workDir: string;
  readonly #relayExit: Server;
  readonly #logs: readonly string[];
  readonly #listeners: Set<(event: LabEvent) => void>;
  readonly #relayTo: (port: number | null) => void;
  #closing: Promise<void> | null = null;

  constructor(parts: {
    readonly site: Site;
    readonly inLine: InLine;
    readonly form: LineForm;
    readonly child: LabProcess;
    readonly channel: LabChannel;
    readonly workDir: string;
    readonly relayExit: Server;
    readonly logs: readonly string[];
    readonly listeners: Set<(event: LabEvent) => void>;
    readonly relayTo: (port: number | null) => void;
  }) {
    this.#site = parts.site;
    this.#inLine = parts.inLine;
    this.#form = parts.form;
    this.#child = parts.child;
    this.#channel = parts.channel;
    this.#workDir = parts.workDir;
    this.#relayExit = parts.relayExit;
    this.#logs = parts.logs;
    this.#listeners = parts.listeners;
    this.#relayTo = parts.relayTo;
  }

  get facts(): Lab["facts"] {
    return this.#site.facts;
  }

  get profilePorts(): Lab["profilePorts"] {
    return this.#site.facts.ports;
  }

  get profileGateway(): Lab["profileGateway"] {
    return gatewayProfileOf(this.#site, this.#inLine, this.#form);
  }

  get workDir(): string {
    return this.#workDir;
  }

  onEvent(listener: (event: LabEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  logs(): readonly string[] {
    return [...this.#logs];
  }

  relayTo(controllerPort: number | null): void {
    this.#relayTo(controllerPort);
  }

  async startSensor(order: Parameters<Lab["startSensor"]>[0], options: CallOptions = {}): Promise<void> {
    const paths = { profilePath: resolve(order.profilePath), stateDir: resolve(order.stateDir) };
    // As it ships: one file starts several times as fast as the sources, and so is back sooner after a fall.
    await buildSensor();
    await this.#channel.call("start-sensor", { ...order, ...paths, program: sensorProgram }, options);
  }

  async stopSensor(options: CallOptions & { readonly graceMs?: number } = {}): Promise<void> {
    const graceMs = options.graceMs ?? 5000;
    await this.#channel.call("stop-sensor", { graceMs }, { ...options, timeoutMs: graceMs + 30_000 });
  }

  async sensorProcesses(options: CallOptions = {}): ReturnType<Lab["sensorProcesses"]> {
    return this.#channel.call("sensor-processes", null, options);
  }

  async kill(role: Parameters<Lab["kill"]>[0], options: CallOptions = {}): Promise<readonly number[]> {
    return this.#channel.call("kill", { role }, options);
  }

  async run(scenario: Scenario, options: CallOptions = {}): Promise<ScenarioRun> {
    const ended = Promise.withResolvers<void>();
    const forget = this.onEvent((event) => {
      if (event.kind === "scenario" && event.state === "ends") ended.resolve();
    });
    void ended.promise.then(forget);
    void this.#channel.closed.then(ended.resolve);
    try {
      const { startedAt } = await this.#channel.call("run", scenario, options);
      const stop = async (): Promise<void> => {
        await this.#channel.call("stop-scenario", null);
        await ended.promise;
      };
      return { startedAt, ended: ended.promise, stop };
    } catch (error) {
      ended.resolve();
      throw error;
    }
  }

  async witness(options: CallOptions = {}): Promise<Witness> {
    return witnessOf(this.#site, await this.#channel.call("witness", null, options));
  }

  async downloads(order: Parameters<Lab["downloads"]>[0], options: CallOptions = {}): ReturnType<Lab["downloads"]> {
    return this.#channel.call("downloads", order, { ...options, timeoutMs: downloadMs });
  }

  async cutLine(options: CallOptions = {}): Promise<void> {
    await this.#channel.call("cut-line", null, options);
  }

  async restoreLine(options: CallOptions = {}): Promise<void> {
    await this.#channel.call("restore-line", null, options);
  }

  async bar(isBarred: boolean, options: CallOptions = {}): Promise<void> {
    await this.#channel.call("bar", { isBarred }, options);
  }

  async record(path: string, options: CallOptions & RecordOptions = {}): Promise<void> {
    const { snapLength = 0, filter = "" } = options;
    await this.#channel.call("record", { path: resolve(path), snapLength, filter }, options);
  }

  async stopRecording(options: CallOptions = {}): Promise<void> {
    await this.#channel.call("stop-recording", null, options);
  }

  async startProgram(name: string, place: string, argv: readonly string[], options: CallOptions = {}): Promise<void> {
    await this.#channel.call("start-program", { name, place, argv }, options);
  }

  async endProgram(name: string, signal: NodeJS.Signals, options: CallOptions = {}): Promise<void> {
    await this.#channel.call("end-program", { name, signal }, options);
  }

  async exec(
    place: string,
    argv: readonly string[],
    options: CallOptions & { readonly timeoutMs?: number } = {},
  ): ReturnType<Lab["exec"]> {
    const timeoutMs = options.timeoutMs ?? 20_000;
    return this.#channel.call("exec", { place, argv, timeoutMs }, { ...options, timeoutMs: timeoutMs + 5000 });
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#relayTo(null);
    this.#relayExit.close();
    await endLab(this.#child, this.#workDir);
  }
}

/** The end of its input ends the first process inside, and with it everything. */
async function endLab(child: LabProcess, workDir: string): Promise<void> {
  child.stdin.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  clearTimeout(timer);
  await rm(workDir, { recursive: true, force: true });
}

/**
 * Brings a whole client site up in namespaces of its own. Fails with `namespaces-forbidden` where
 * that cannot be, with `lab-failed` where something does not start. Nothing of it outlives `close`
 * nor the calling process, however that ends.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  options.signal?.throwIfAborted();
  const allowed = namespacesAllowed();
  if (!allowed.ok) throw new SensorError("namespaces-forbidden", allowed.reason);
  const site = drawSite(options.seed);
  const workDir = await makeWorkDir();
  let controllerPort = options.controllerPort ?? null;
  const { server: relayExit, endAll } = await openRelayExit(`${workDir}/relay`, () => controllerPort);
  // The lab must not keep its caller alive.
  relayExit.unref();

  // The shell is there to reap processes that lost their parents; Node does not.
  const init = [
    process.execPath,
    "--no-warnings",
    `${import.meta.dirname}/lab-init.ts`,
    String(options.seed),
    workDir,
    options.inLine ?? "namespace",
    options.form ?? "lan",
  ];
  const child = spawn("unshare", [...unshareArguments(allowed.by), "sh", "-c", '"$@"; exit $?', "lab", ...init], {
    env: labEnvironment(process.env),
    stdio: ["pipe", "pipe", "pipe"],
    // Ctrl-C at a terminal is for the caller, who then closes the lab in order.
    detached: true,
  });
  const logs: string[] = [];
  const listeners = new Set<(event: LabEvent) => void>();
  const keep = (line: string): void => {
    logs.push(line);
    if (logs.length > mostLogLines) logs.shift();
  };
  createInterface({ input: child.stderr }).on("line", (line) => keep(`lab: ${line}`));
  const ready = Promise.withResolvers<void>();
  const channel: LabChannel = new Channel({
    input: child.stdout,
    output: child.stdin,
    onNoise: keep,
    onEvent(event) {
      if (event.kind === "ready") return ready.resolve();
      if (event.kind === "log") keep(`${event.from}: ${event.text}`);
      for (const listener of listeners) listener(event);
    },
  });
  const fail = (reason: unknown): void => ready.reject(reason);
  child.once("error", (error) => fail(new SensorError("lab-failed", `cannot start unshare: ${error.message}`)));
  child.once("exit", (code) =>
    fail(new SensorError("lab-failed", `the lab ended (${code}): ${logs.slice(-20).join("; ")}`)),
  );
  const timer = setTimeout(
    () => fail(new SensorError("lab-timeout", `the lab did not stand in ${standMs} ms`)),
    standMs,
  );
  const onAbort = (): void => fail(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await ready.promise;
  } catch (error) {
    relayExit.close();
    await endLab(child, workDir);
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
  const lab = new RunningLab({
    site,
    inLine: options.inLine ?? "namespace",
    form: options.form ?? "lan",
    child,
    channel,
    workDir,
    relayExit,
    logs,
    listeners,
    relayTo: (port) => {
      controllerPort = port;
      if (port === null) endAll();
    },
  });
  options.signal?.addEventListener("abort", () => void lab.close(), { once: true });
  return lab;
}
