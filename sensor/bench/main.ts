import { Command, CommanderError, InvalidArgumentError } from "commander";
import type { Bench } from "./bench.ts";
import { benchJudge } from "./judge.ts";

const benches: ReadonlyMap<string, Bench> = new Map([["judge", benchJudge]]);

const usageError = 2;

async function run(args: readonly string[]): Promise<number> {
  const command = new Command("bench")
    .description("Measures a part of Cordon on this machine.")
    .argument("<name>", `one of: ${[...benches.keys()].join(", ")}`, known)
    .option("--json", 'the last line is {"bench":NAME,"figures":{…}}')
    .option("--packets <n>", "packets in each input", positive)
    .option("--runs <n>", "runs of each input; the median counts", positive, 3)
    .showHelpAfterError()
    .exitOverride();
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : usageError;
  }
  const name = command.args[0] ?? "";
  const options = command.opts<{ json?: boolean; packets?: number; runs: number }>();
  const bench = benches.get(name);
  if (bench === undefined) return usageError;
  const { table, figures } = await bench({
    runs: options.runs,
    progress: (line) => process.stderr.write(`${line}\n`),
    ...(options.packets === undefined ? {} : { packets: options.packets }),
  });
  process.stdout.write(aligned(table));
  if (options.json === true) process.stdout.write(`${JSON.stringify({ bench: name, figures })}\n`);
  return 0;
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
