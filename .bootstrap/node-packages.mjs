import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand, runCommand } from "./command.mjs";
import { SetUpError, step } from "./report.mjs";

/**
 * Makes sure that node_modules is what the lock file says. Which lock file was installed is remembered
 * by its hash, so that an unchanged one costs a read.
 *
 * @param {string} root
 */
export async function ensureNodePackages(root) {
  const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
  const stampFile = join(root, "node_modules", ".cordon-installed");
  const stamp = createHash("sha256").update(`${process.arch}\n${lockText}`).digest("hex");
  if (readOrNull(stampFile) === stamp) return;
  if (!isInstalled(root, lockText)) {
    // Gone first: an installation that is killed half-way must not look finished.
    rmSync(stampFile, { force: true });
    await step("installing Node packages", () => install(root));
  }
  writeFileSync(stampFile, stamp);
}

/** @param {string} root */
async function install(root) {
  const npm = npmCommand();
  // No script of a package runs: `cap` is built afterwards, for the pinned Node instead of this one.
  // The two `--include` stand against NODE_ENV=production and a user's `omit`.
  const args = [
    "ci",
    "--ignore-scripts",
    "--include=dev",
    "--include=optional",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const env = { ...process.env };
  // Asked for in one workspace (`npm start -w …`), npm would install only that.
  for (const name of Object.keys(env)) if (/^npm_config_(workspaces?|dry_run|global)$/i.test(name)) delete env[name];
  const result = await runCommand(npm.command, [...npm.args, ...args], { cwd: root, env, show: true });
  if (result.code !== 0) throw new SetUpError(`npm ci ended with ${result.code}; its words are above`);
}

/** The npm that started us, else the one on the PATH. */
function npmCommand() {
  const script = process.env["npm_execpath"];
  if (script !== undefined && /npm-cli\.c?js$/.test(script) && existsSync(script)) {
    return { command: process.execPath, args: [script] };
  }
  const command = findCommand("npm");
  if (command === null) throw new SetUpError("npm is not on the PATH; Cordon needs npm 9 or newer to set itself up");
  return { command, args: [] };
}

/**
 * True when somebody ran `npm ci` by hand: npm's own note of what it installed agrees with the lock file.
 *
 * @param {string} root
 * @param {string} lockText
 */
function isInstalled(root, lockText) {
  const note = readOrNull(join(root, "node_modules", ".package-lock.json"));
  if (note === null) return false;
  try {
    /** @type {Record<string, { version?: string, link?: boolean, optional?: boolean, os?: string[] }>} */
    const wanted = JSON.parse(lockText).packages;
    const present = JSON.parse(note).packages;
    return Object.entries(wanted).every(([path, each]) => {
      if (!path.includes("node_modules/")) return true;
      const found = present[path];
      // Binaries for other machines are left out by npm.
      if (found === undefined) return each.optional === true;
      return found.version === each.version && existsSync(join(root, path));
    });
  } catch {
    return false;
  }
}

/** @param {string} file */
function readOrNull(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
