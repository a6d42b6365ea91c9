// Provision reaches the controller by its command line; of its files it imports how a language is read, and no other. The controller imports how a site is planned and a box is
// made, for "Add a box".
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ProvisionError } from "./errors.ts";

const controllerMain = fileURLToPath(new URL("../../controller/dist/cordon-controller.mjs", import.meta.url));

/** Runs one command of the controller to its end; what it printed. Rejects with `controller-refused` and what it said. */
export async function runController(args: readonly string[], failure: string): Promise<string> {
  try {
    // node:sqlite says at each start that it is experimental.
    const words = ["--disable-warning=ExperimentalWarning", controllerMain, ...args];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    return stdout;
  } catch (cause) {
    const { stderr, message } = cause as Error & { readonly stderr?: string };
    throw new ProvisionError("controller-refused", `${failure}: ${stderr?.trim() || message}`, { cause });
  }
}
