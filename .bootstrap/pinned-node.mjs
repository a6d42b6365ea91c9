import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";
import { SetUpError } from "./report.mjs";

/**
 * The Node that everything runs under, here as on the box: it comes as an npm package, with its headers.
 *
 * @param {string} root
 * @returns {Promise<{ home: string, binary: string }>}
 */
export async function ensurePinnedNode(root) {
  const name = `node-linux-${process.arch}`;
  const home = join(root, "node_modules", name);
  const binary = join(home, "bin", "node");
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).optionalDependencies[name];
  const { code, output } = await runCommand(binary, ["--version"]);
  if (code !== 0) throw new SetUpError(`the pinned Node ${wanted} does not run on this machine: ${output.trim()}`);
  if (output.trim() !== `v${wanted}`) {
    throw new SetUpError(
      `the pinned Node is ${output.trim()} instead of v${wanted}; remove node_modules and try again`,
    );
  }
  return { home, binary };
}
