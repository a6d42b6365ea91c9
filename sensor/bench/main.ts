import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { Bench } from "./bench.ts";
import { SensorError } from "../src/errors.ts";
import { benchCut } from "./cut.ts";
import { benchFleet } from "./fleet.ts";
import { benchForward } from "./forward.ts";
import { benchLookup } from "./lookup.ts";
import { benchJudge } from "./judge.ts";
import { benchUi } from "./ui.ts";
import { benchWalk } from "./walk.ts";
import { readArguments, usageError } from "../src/read-arguments.ts";

const benches: ReadonlyMap<string, Bench> = new Map([
  ["judge", benchJudge],
  ["forward", benchForward],
  ["cut", benchCut],
  ["fleet", benchFleet],
  ["lookup", benchLookup],
  ["ui", benchUi],
  ["walk", benchWalk],
]);

const failed = 1;

async function run(args: readonly string[]): Promise<number> {
  const command = new Command("bench")
    .description("Measures a part of Cordon on this machine.")
    .argument("<name>", `one of: ${[...benches.keys()].join(", ")}`, known)
    .option("--json", 'the last line is {"bench":NAME,"figures":{…}}')
    .option(
      "--packets <n>",
      "judge: packets in each input; fleet: sensors; lookup: connections in the log; walk: cables pulled",
      positive,
    )
    .option("--runs <n>", "judge: runs of each input; the median counts", positive, 3)
    .option("--pairs <n>", "forward: how often everything is measured, interleaved", positive)
    .option("--peers", "judge: beside other programs that read captures")
    .option("--rivals <folder>", "judge: a root in which those are installed (default: this system)")
    .option("--quick", "the smallest form, to see that it works", false);
  const exitCode = readArguments(command, args);
  if (exitCode !== null) return exitCode;
  const name = command.args[0] ?? "";
  const options = command.opts<{
    json?: boolean;
    packets?: number;
    runs: number;
    pairs?: number;
    quick: boolean;
    peers?: boolean;
    rivals?: string;
  }>();
  const bench = benches.get(name);
  if (bench === undefined) return usageError;
  try {
    const { table, remarks, figures } = await bench({
      runs: options.runs,
      isQuick: options.quick,
      progress: (line) => process.stderr.write(`${line}\n`),
      ...(options.packets === undefined ? {} : { packets: options.packets }),
      ...(options.pairs === undefined ? {} : { pairs: options.pairs }),
      ...(options.peers === true || options.rivals !== undefined ? { rivals: resolve(options.rivals ?? "/") } : {}),
    });
    process.stdout.write(aligned(table));
    for (const remark of remarks ?? []) process.stdout.write(`${remark}\n`);
    if (options.json === true) process.stdout.write(`${JSON.stringify({ bench: name, figures })}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof SensorError)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    return failed;
  }
}

function known(name: string): string {
  if (!benches.has(name)) throw new InvalidArgumentError(`There are: ${[...benches.keys()].join(", ")}.`);
  return name;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("It has to be a whole number above 0.");
  return value;
}

/** Rows as columns: the first to the left, figures to the right. */
function aligned(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  return `${lines.join("\n")}\n`;
}

process.exitCode = await run(process.argv.slice(2));
