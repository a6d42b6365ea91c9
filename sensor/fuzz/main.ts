import { Command, InvalidArgumentError } from "commander";
import { SensorError } from "../src/errors.ts";
import { cutFiles, mutatedFiles, mutatedFrames } from "./captures.ts";
import { office } from "./office.ts";
import { tryProperty } from "./property.ts";
import { ownSample, samplesIn } from "./samples.ts";
import { readArguments } from "../src/read-arguments.ts";

const failed = 1;
/** Each property in turn, so that a short time tries all of them. */
const sliceMs = 10_000;

async function run(args: readonly string[]): Promise<number> {
  const command = new Command("fuzz")
    .description("Feeds the judge what no network would send, until something breaks or the time is over.")
    .option("--minutes <n>", "how long", positive, 1)
    .option("--captures <folder>", "what is changed besides our own (default: what CORDON_CAPTURES names)")
    .option("--seed <n>", "begins with this seed (default: by chance)", Number);
  const exitCode = readArguments(command, args);
  if (exitCode !== null) return exitCode;
  const options = command.opts<{ minutes: number; captures?: string; seed?: number }>();
  const folder = options.captures ?? process.env["CORDON_CAPTURES"] ?? "";
  try {
    const samples = [ownSample(), ...(folder === "" ? [] : await samplesIn(folder))];
    process.stdout.write(`fuzz: ${samples.length} captures, ${options.minutes} minutes\n`);
    return await fuzz(
      samples,
      performance.now() + options.minutes * 60_000,
      options.seed ?? Date.now() % 1_000_000_000,
    );
  } catch (error) {
    if (!(error instanceof SensorError)) throw error;
    process.stderr.write(`fuzz: ${error.message}\n`);
    return failed;
  }
}

async function fuzz(samples: Awaited<ReturnType<typeof samplesIn>>, until: number, firstSeed: number): Promise<number> {
  const properties = [office, mutatedFrames(samples), mutatedFiles(samples), cutFiles(samples)];
  const tried = new Map(properties.map(({ name }) => [name, 0]));
  for (let seed = firstSeed; performance.now() < until; seed += 1) {
    for (const property of properties) {
      const ms = Math.min(sliceMs, until - performance.now());
      if (ms <= 0) break;
      try {
        const runs = await tryProperty(property, { runs: 1_000_000, ms, seed });
        tried.set(property.name, (tried.get(property.name) ?? 0) + runs);
      } catch (error) {
        process.stdout.write(`BROKEN  ${property.name}\n        --seed ${seed}\n${(error as Error).message}\n`);
        return failed;
      }
    }
  }
  for (const [name, runs] of tried) process.stdout.write(`held  ${String(runs).padStart(8)} times: ${name}\n`);
  return 0;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("It has to be a number above 0.");
  return value;
}

process.exitCode = await run(process.argv.slice(2));
