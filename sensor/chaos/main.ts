import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { readArguments } from "../src/read-arguments.ts";
import { runChaos } from "./chaos.ts";

const shownFaults = 20;

async function run(args: readonly string[]): Promise<number> {
  const command = new Command("chaos")
    .description("Breaks the way from a box to its controller in every manner, and looks whether anything got lost.")
    .option("--minutes <n>", "how long", positive, 3)
    .option("--seed <n>", "throws the same dice (default: by chance)", Number)
    .option("--folder <path>", "inside a namespace of its own: where everything stands (by itself)");
  const exitCode = readArguments(command, args);
  if (exitCode !== null) return exitCode;
  const { minutes, folder, ...options } = command.opts<{ minutes: number; folder?: string; seed?: number }>();
  const seed = options.seed ?? Date.now() % 1_000_000_000;
  if (folder === undefined) return inNamespace(["--minutes", String(minutes), "--seed", String(seed)]);
  const say = (line: string) => process.stdout.write(`chaos: ${line}\n`);
  say(`seed ${seed}, ${Math.round(minutes * 60)} seconds`);
  const faults = await runChaos({ folder, seed, durationMs: minutes * 60_000, say }).catch((error: unknown) => [
    error instanceof Error ? error.message : String(error),
  ]);
  for (const fault of faults.slice(0, shownFaults)) say(`BROKEN  ${fault}`);
  if (faults.length > shownFaults) say(`BROKEN  and ${faults.length - shownFaults} more`);
  say(faults.length === 0 ? "everything held" : `${faults.length} faults; --seed ${seed} throws the same dice`);
  return faults.length === 0 ? 0 : 1;
}

/**
 * Runs it again where it may mount a small disk, and where everything ends with it: the kill of one process there is the
 * kill of all.
 */
async function inNamespace(args: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "cordon-chaos-"));
  try {
    const isRoot = process.getuid?.() === 0;
    const namespaces = [isRoot ? "-mp" : "-Urmp", "--fork", "--kill-child", "--mount-proc"];
    const self = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)];
    const child = spawn("unshare", [...namespaces, ...self, ...args, "--folder", folder], { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => child.kill("SIGKILL"));
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("It has to be a number above 0.");
  return value;
}

// What hangs must not keep the process: its namespace ends everything with it.
process.exit(await run(process.argv.slice(2)));
