import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian keeps nft, dnsmasq and ip where the PATH of an ordinary user does not look. */
const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * The PATH that set-up and tasks run with.
 *
 * @param {string | undefined} path
 */
export function fullPath(path) {
  const folders = (path ?? "/usr/local/bin:/usr/bin:/bin").split(delimiter).filter(Boolean);
  return [...folders, ...systemFolders.filter((folder) => !folders.includes(folder))].join(delimiter);
}

/**
 * Where a command lies, or null.
 *
 * @param {string} name
 */
export function findCommand(name) {
  for (const folder of fullPath(process.env["PATH"]).split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder: the next one is asked.
    }
  }
  return null;
}

/** Children of the set-up, so that they can be ended when we are told to end. */
const running = new Set();

/** Ends what the set-up is doing right now. */
export function stopCommands() {
  for (const child of running) child.kill("SIGTERM");
}

/**
 * Runs a command to its end. Never throws for an exit code: the caller knows what it means.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean }} [options] `show`: output goes to
 *   our stderr as it comes, and is not returned
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runCommand(command, args, options = {}) {
  const env = { ...(options.env ?? process.env) };
  env["PATH"] = fullPath(env["PATH"]);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env,
      stdio: options.show ? ["ignore", 2, 2] : ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (/** @type {string} */ text) => (output += text));
    child.stderr?.setEncoding("utf8").on("data", (/** @type {string} */ text) => (output += text));
    child.on("error", (error) => {
      running.delete(child);
      resolve({ code: 127, output: error.message });
    });
    child.on("close", (code) => {
      running.delete(child);
      resolve({ code: code ?? 1, output });
    });
  });
}
