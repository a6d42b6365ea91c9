/** The command line, run to its end. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { environmentOf } from "./store.ts";

/** As it is built: to compile its sources for each command takes longer than the command. */
export const main = fileURLToPath(new URL("../dist/cordon-controller.mjs", import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it with these arguments. */
export async function runCommand(...args: readonly string[]): Promise<Ended> {
  try {
    const argv = ["--disable-warning=ExperimentalWarning", main, ...args];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { env: await environmentOf(args) });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

/** The same; of what it says that which counts. */
export async function command(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout, stderr } = await runCommand(...args);
  return { code, text: code === 0 ? stdout : stderr };
}
