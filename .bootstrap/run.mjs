import { spawn } from "node:child_process";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isHangupIgnored, launchersOf, watchAbove } from "./ancestors.mjs";
import { ensureBundles, ensureReplay } from "./bundles.mjs";
import { ensureCap, isCapLoadable } from "./cap.mjs";
import { fullPath, stopCommands } from "./command.mjs";
import { ensureNodePackages } from "./node-packages.mjs";
import { ensurePinnedNode } from "./pinned-node.mjs";
import { say, SetUpError } from "./report.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";
import { findTask, taskNames } from "./tasks.mjs";
import { consentIn } from "./consent.mjs";
import { takeTurn } from "./turn.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What a task gets to end in order before it is killed, ms. */
const endInOrderMs = 5000;

/**
 * Sets up what the task needs, then runs it under the pinned Node and ends as it ends.
 *
 * @param {readonly string[]} argv
 */
export async function run(argv) {
  const [name = "", ...rest] = argv;
  const { isYes, args } = consentIn(name, rest, process.env);
  const task = findTask(name, args);
  if (task === null) {
    say(`there is no task "${name}"; there are: ${taskNames.join(", ")}`);
    process.exitCode = 2;
    return;
  }
  // Whoever read our words may be gone before us.
  process.stderr.on("error", () => undefined);

  /** @type {import("node:child_process").ChildProcess | null} */
  let child = null;
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => {
    if (child === null) {
      stopCommands();
      process.exit(128 + constants.signals[signal]);
    }
    child.kill(signal === "SIGHUP" ? "SIGTERM" : signal);
    const running = child;
    setTimeout(() => running.kill("SIGKILL"), endInOrderMs).unref();
  };
  process.on("SIGINT", () => end("SIGINT"));
  process.on("SIGTERM", () => end("SIGTERM"));
  if (!isHangupIgnored()) process.on("SIGHUP", () => end("SIGHUP"));
  watchAbove(launchersOf(process.pid), (what) => {
    say(`${what}: ending`);
    end("SIGTERM");
  });

  try {
    const node = await setUp(task, isYes);
    child = startTask(task, args, node);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    say(error.message);
    process.exitCode = 1;
    return;
  }
  child.on("exit", (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
  });
}

/**
 * @param {import("./tasks.mjs").Task} task
 * @param {boolean} isYes
 */
async function setUp(task, isYes) {
  const endTurn = await takeTurn(root);
  try {
    const isCapWanted = task.purposes.includes("build");
    const pinned = { binary: join(root, "node_modules", `node-linux-${process.arch}`, "bin", "node") };
    const isCapThere = !isCapWanted || (await isCapLoadable(root, pinned));
    await ensureSystemPackages(isCapThere ? task.purposes.filter((each) => each !== "build") : task.purposes, {
      isYes,
    });
    await ensureNodePackages(root);
    const node = await ensurePinnedNode(root);
    if (isCapWanted && !(await isCapLoadable(root, node))) {
      // A fresh installation of the Node packages takes a built `cap` away.
      await ensureSystemPackages(["build"], { isYes });
      await ensureCap(root, node);
    }
    if (task.needsBundles) await ensureBundles(root, node);
    if (task.needsReplay) await ensureReplay(root, node);
    return node;
  } finally {
    endTurn();
  }
}

/**
 * @param {import("./tasks.mjs").Task} task
 * @param {readonly string[]} args
 * @param {{ home: string, binary: string }} node
 */
function startTask(task, args, node) {
  const guard = pathToFileURL(join(root, ".bootstrap", "guard.mjs")).href;
  const child = spawn(
    node.binary,
    [
      // node:sqlite says on each start that it is experimental.
      "--disable-warning=ExperimentalWarning",
      ...(task.nodeFlags ?? []),
      `--import=${guard}`,
      join(root, task.script),
      ...(task.args ?? []),
      ...args,
    ],
    {
      cwd: task.isWhereAsked ? (process.env["INIT_CWD"] ?? process.cwd()) : root,
      stdio: "inherit",
      env: {
        ...process.env,
        PATH: `${join(node.home, "bin")}:${fullPath(process.env["PATH"])}`,
        CORDON_STARTED_BY: String(process.pid),
        // Without it each start strips types anew, and carries the compiler that does.
        NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? join(root, "node_modules", ".cache", "node"),
      },
    },
  );
  child.on("error", (error) => {
    say(`cannot run ${task.script}: ${error.message}`);
    process.exit(1);
  });
  return child;
}
