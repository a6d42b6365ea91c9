import { Command, InvalidArgumentError } from "commander";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { SensorError } from "../src/errors.ts";
import { allScenarios } from "./all-scenarios.ts";
import { narrate } from "./narrate.ts";
import { recordSample } from "./record-sample.ts";
import type { Scenario } from "./scenario.ts";
import { drawSite } from "./site.ts";
import { startLab } from "./start-lab.ts";
import type { Lab } from "./lab.ts";

/** The seed of the capture that is shipped. */
const sampleSeed = 20_041;
const sampleSeconds = 40;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("not a whole number");
  return value;
}

function scenarioNamed(name: string): Scenario {
  const scenario = allScenarios.find((candidate) => candidate.name === name);
  if (scenario !== undefined) return scenario;
  throw new InvalidArgumentError(`known are ${allScenarios.map((candidate) => candidate.name).join(", ")}`);
}

function introduce(lab: Lab, scenario: Scenario): string {
  const width = Math.max(...lab.facts.hosts.map((host) => host.name.length));
  const rows = lab.facts.hosts.map(
    (host) => `  ${host.name.padEnd(width)}  ${host.address.padEnd(15)}  ${host.mac}  ${host.job}`,
  );
  return [scenario.title, `seed ${lab.facts.seed}, network ${lab.facts.localNets.join(", ")}:`, ...rows].join("\n");
}

interface RunOptions {
  readonly seed: number;
  readonly record?: string;
  readonly for?: number;
  readonly sensor: boolean;
  readonly profile?: string;
  readonly state?: string;
  readonly controllerPort?: number;
}

async function runScenario(scenario: Scenario, options: RunOptions, signal: AbortSignal): Promise<void> {
  const { seed, controllerPort } = options;
  const lab = await startLab({ seed, signal, ...(controllerPort === undefined ? {} : { controllerPort }) });
  const startedAt = Date.now();
  const stateDir = options.state ?? (await mkdtemp(`${tmpdir()}/cordon-state-`));
  try {
    console.log(introduce(lab, scenario));
    lab.onEvent((event) => {
      const line = narrate(event);
      if (line !== null) console.log(`${((event.at - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);
    });
    if (options.sensor && options.profile !== undefined) {
      await lab.startSensor({ profilePath: options.profile, stateDir }, { signal });
    } else {
      console.log("no sensor: its bridge only forwards (see --profile)");
    }
    if (options.record !== undefined) await lab.record(options.record, { signal });
    const run = await lab.run(scenario, { signal });
    const limit = options.for === undefined ? run.ended : delay(options.for * 1000, undefined, { signal });
    await Promise.race([limit, run.ended]);
    if (options.record !== undefined) await lab.stopRecording();
    const witness = await lab.witness();
    console.log("arrived on the provider's side (packets: mail, smb, web, dns, other):");
    for (const [name, counts] of witness.byHost) {
      console.log(
        `  ${name.padEnd(20)} ${Object.values(counts)
          .map((count) => count.packets)
          .join(", ")}`,
      );
    }
  } finally {
    await lab.close();
    if (options.state === undefined) await rm(stateDir, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  const program = new Command("lab").description("a whole client site in one network namespace");
  program
    .command("run", { isDefault: true })
    .description(`runs a scenario and says what happens: ${allScenarios.map((scenario) => scenario.name).join(", ")}`)
    .argument("<scenario>", "its name", scenarioNamed)
    .option("--seed <number>", "what everything is drawn from", wholeNumber, 1)
    .option("--for <seconds>", "ends it earlier", wholeNumber)
    .option("--record <file>", "records the sensor's inside port")
    .option("--profile <file>", "starts the sensor with this site profile")
    .option("--state <folder>", "the sensor's state; default a new one, removed at the end")
    .option("--controller-port <port>", "port on this machine's loopback that the sensor reaches", wholeNumber)
    .option("--no-sensor", "leaves the sensor out")
    .action((scenario: Scenario, options: RunOptions) => runScenario(scenario, options, stop.signal));
  program
    .command("record-sample")
    .description("records the capture that is shipped for machines that forbid namespaces")
    .option("--seed <number>", "what everything is drawn from", wholeNumber, sampleSeed)
    .option("--for <seconds>", "its length", wholeNumber, sampleSeconds)
    .option("--to <file>", "where to", `${import.meta.dirname}/data/office-outbreak.pcap.gz`)
    .action(async ({ seed, for: seconds, to }: { seed: number; for: number; to: string }) => {
      const filePort = drawSite(seed).world.files.port;
      const size = await recordSample({ path: to, seed, forMs: seconds * 1000, filePort, signal: stop.signal });
      console.log(`${to}: ${size} bytes`);
    });
  try {
    await program.parseAsync();
  } catch (error) {
    if (stop.signal.aborted) return;
    if (!(error instanceof SensorError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

await main();
