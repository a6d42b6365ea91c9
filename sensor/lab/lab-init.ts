import { flushCompileCache } from "node:module";
import { rmSync } from "node:fs";
import { SensorError } from "../src/errors.ts";
import { startAgent, type Agent } from "./agent.ts";
import type { DownloadReport, InLine, LabEvent, PortClass } from "./lab.ts";
import { isDialled, lineForms, type LineForm } from "./line-forms.ts";
import { ProgramKeeper } from "./program-keeper.ts";
import type { HostCalls, LabCalls, PppoeCalls, ProviderCalls, Ready, WitnessLine } from "./protocol.ts";
import { Recorder } from "./recorder.ts";
import { SensorKeeper } from "./sensor-keeper.ts";
import { drawSite } from "./site.ts";
import { Stage } from "./stage.ts";
import type { LineChange } from "./line-conditions.ts";
import { Line, standSite } from "./stand-site.ts";
import { stdioChannel } from "./stdio-channel.ts";
import { execute, inPlace, labEnvironment, run } from "./tools.ts";
import { hostPlace, places } from "./topology.ts";

/*
 * The first process inside the namespaces: builds the site, starts a process for each host and for
 * the provider, and does what the caller's process asks on its standard input. When that closes,
 * it ends, and the kernel ends everything else with it.
 */

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

async function main(seed: number, workDir: string, inLine: InLine, form: LineForm): Promise<void> {
  const here = import.meta.dirname;
  const site = drawSite(seed);
  const env = labEnvironment(process.env);
  const waiting: LabEvent[] = [];
  let tell = (event: LabEvent): void => void waiting.push(event);
  const say = (event: LabEvent): void => tell(event);
  process.stdin.once("end", () => {
    rmSync(workDir, { recursive: true, force: true });
    process.exit(0);
  });

  await standSite(site, inLine, form, { env });
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

  const startDialling = async (place: "router" | "provider"): Promise<Agent<PppoeCalls>> =>
    startAgent<PppoeCalls>(place, `pppoe of the ${place}`, [`${here}/pppoe-agent.ts`, String(seed), place], env, say);
  // The provider's first: a router that finds nobody asks again a second later.
  const concentrator = isDialled(form) ? await startDialling("provider") : null;
  if (isDialled(form)) await startDialling("router");

  const line = new Line(site, form, { env });
  const changeLine = async (change: LineChange): Promise<void> => {
    const state = await line.change(change);
    // What finds a session and keeps it is no IP, and ends with the line too.
    if (state === "cut" || state === "restored") await concentrator?.channel.call("cut", { isCut: state === "cut" });
    if (state !== null) say({ kind: "line", at: Date.now(), state });
  };
  const stage = new Stage(site, hosts, provider, changeLine, say);
  const keeper = new SensorKeeper(env, say, () => Date.now());
  const programs = new ProgramKeeper(env, say, () => Date.now());
  const recorder = new Recorder(site.facts.ports.inside, { env });
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
      await changeLine({ kind: "cut-line" });
      return null;
    },
    "restore-line": async () => {
      await changeLine({ kind: "restore-line" });
      return null;
    },
    bar: async (order) => {
      if (concentrator === null) throw new SensorError("lab-not-dialled", "nobody logs in on a line without PPPoE");
      await concentrator.channel.call("bar", order);
      return null;
    },
    record: async ({ path, snapLength, filter }) => {
      await recorder.start(path, snapLength, filter);
      return null;
    },
    "stop-recording": async () => {
      await recorder.stop();
      return null;
    },
    "start-program": async ({ name, place, argv }) => {
      await programs.start(name, placeOf(place), argv);
      return null;
    },
    "end-program": async ({ name, signal }) => {
      await programs.end(name, signal);
      return null;
    },
    exec: ({ place, argv, timeoutMs }, signal) => execute(inPlace(placeOf(place), argv), { env, timeoutMs, signal }),
  });
  tell = (event) => channel.tell(event);
  for (const event of waiting) channel.tell(event);
  channel.tell({ kind: "ready" });
  // Now and not at the end: this process ends by being killed with its namespace.
  flushCompileCache();
}

const [, , seed, workDir, inLine, form] = process.argv;
await main(
  Number(seed),
  String(workDir),
  inLine === "machine" ? "machine" : "namespace",
  lineForms.find((known) => known === form) ?? "lan",
);
