import { join } from "node:path";
import { runCommand } from "./command.mjs";
import { SetUpError, step } from "./report.mjs";

/**
 * Whether `cap` loads in the pinned Node. Only loading tells: the file may be there and be made for
 * another Node, or its libpcap be gone.
 *
 * @param {string} root
 * @param {{ binary: string }} node
 */
export async function isCapLoadable(root, node) {
  return (await loadCap(root, node)).code === 0;
}

/**
 * Makes sure that `cap` loads in the pinned Node, building it where it does not.
 *
 * @param {string} root
 * @param {{ home: string, binary: string }} node
 */
export async function ensureCap(root, node) {
  if (await isCapLoadable(root, node)) return;
  await step("building cap for the pinned Node", async () => {
    const gyp = join(root, "node_modules", "node-gyp", "bin", "node-gyp.js");
    const { code, output } = await runCommand(node.binary, [gyp, "rebuild", `--nodedir=${node.home}`], {
      cwd: join(root, "node_modules", "cap"),
      env: buildEnvironment(),
    });
    if (code !== 0) throw new SetUpError(`cap cannot be built:\n${output.trim().split("\n").slice(-25).join("\n")}`);
  });
  const { code, output } = await loadCap(root, node);
  if (code !== 0) throw new SetUpError(`cap was built, but does not load:\n${output.trim()}`);
}

/** @param {string} root @param {{ binary: string }} node */
function loadCap(root, node) {
  return runCommand(node.binary, ["-e", "require('cap')"], { cwd: root, env: buildEnvironment() });
}

/**
 * The environment without npm's settings: a user's `nodedir` (and its kin) would beat the command line
 * of node-gyp and build for another Node.
 */
function buildEnvironment() {
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (/^npm_(config|package_config)_|^NODE_OPTIONS$/i.test(name)) delete env[name];
  return env;
}
