import { Command } from "commander";
import { SensorError } from "../src/errors.ts";
import { judgeEntry, type Judged } from "./judge-entry.ts";
import { readManifest } from "./manifest.ts";
import { scoreText } from "./report.ts";
import { scoreOf } from "./score.ts";
import { readArguments, usageError } from "../src/read-arguments.ts";

const failed = 1;

async function run(args: readonly string[]): Promise<number> {
  const command = new Command("score")
    .description("Judges a folder of labelled captures: who was found, who was accused in error.")
    .option("--captures <folder>", "with a manifest.json (default: what CORDON_CAPTURES names)")
    .option("--json", "one JSON object instead of the report for people");
  const exitCode = readArguments(command, args);
  if (exitCode !== null) return exitCode;
  const options = command.opts<{ captures?: string; json?: boolean }>();
  const folder = options.captures ?? process.env["CORDON_CAPTURES"] ?? "";
  if (folder === "") {
    process.stderr.write(
      "score: it wants a folder of captures with a manifest.json that says what is expected of each:\n" +
        "       npm run score -- --captures FOLDER, or CORDON_CAPTURES=FOLDER\n",
    );
    return usageError;
  }
  try {
    const judged: Judged[] = [];
    for (const entry of await readManifest(folder)) judged.push(await judgeEntry(folder, entry));
    const score = scoreOf(judged);
    process.stdout.write(options.json === true ? `${JSON.stringify(score)}\n` : scoreText(score));
    return 0;
  } catch (error) {
    if (!(error instanceof SensorError)) throw error;
    process.stderr.write(`score: ${error.message}\n`);
    return failed;
  }
}

process.exitCode = await run(process.argv.slice(2));
