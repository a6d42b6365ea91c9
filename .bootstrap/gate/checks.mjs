import { join } from "node:path";
import { runCommand } from "../command.mjs";

const root = join(import.meta.dirname, "..", "..");

/** One project of the type checker each. */
const typedFolders = [
  ".bootstrap",
  "sensor/contract",
  "sensor/front",
  "sensor",
  "controller",
  "controller/ui",
  "image",
  "provision",
];

/** @type {readonly { name: string, command: readonly string[], repair?: string }[]} */
const checks = [
  { name: "format", command: ["oxfmt/bin/oxfmt", "--check", "."], repair: "npm run format" },
  { name: "lint", command: ["oxlint/bin/oxlint", "--type-aware", "--deny-warnings"] },
  ...typedFolders.map((folder) => ({ name: `types of ${folder}`, command: ["typescript/bin/tsc", "-p", folder] })),
  { name: "languages", command: ["../controller/ui/texts/main.ts", "--check"], repair: "npm run languages" },
  { name: "dead code", command: ["knip/bin/knip.js", "--no-progress"] },
];

/**
 * Runs every check, whatever the ones before said, two at a time; prints what failed in full.
 *
 * @returns {Promise<boolean>} whether all passed
 */
export async function check() {
  const waiting = [...checks];
  /** @type {string[]} */
  const failed = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (!(await isPassing(next))) failed.push(next.name);
    }
  };
  await Promise.all([work(), work()]);
  if (failed.length > 0) process.stdout.write(`\nchecks failed: ${failed.join(", ")}\n`);
  return failed.length === 0;
}

/** @param {(typeof checks)[number]} one */
async function isPassing({ name, command, repair }) {
  const [script = "", ...args] = command;
  const startedAt = performance.now();
  const result = await runCommand(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (result.code === 0) {
    process.stdout.write(`✔ ${name} (${seconds} s)\n`);
    return true;
  }
  const hint = repair === undefined ? "" : `  (${repair} repairs it)`;
  process.stdout.write(`✖ ${name} (${seconds} s)${hint}\n${indent(result.output)}\n`);
  return false;
}

/** @param {string} text */
function indent(text) {
  return text.trimEnd().replaceAll(/^/gm, "    ");
}
