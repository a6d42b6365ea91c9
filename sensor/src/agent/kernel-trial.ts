import { spawn } from "node:child_process";
import type { Logger } from "pino";

export interface KernelTrialOptions {
  /** Program and first arguments that run this program's sub-commands. */
  readonly program: readonly string[];
  /** Where the answers are left for the judge. */
  readonly run: string;
  /** Whether there is a root who may make a namespace; an ordinary user becomes one in a namespace of users. */
  readonly isRoot: boolean;
  readonly log: Logger;
}

/**
 * Tries what the kernel can do, once, beside the sensor's processes: in a network namespace of its
 * own, away from the line. Where the machine allows none the
 * features stay unknown; nothing else depends on them. Returns what ends it early.
 */
export function tryKernelFeatures({ program, run, isRoot, log }: KernelTrialOptions): () => void {
  const words: string[] = [];
  const namespaces = isRoot ? ["--net"] : ["--map-root-user", "--net"];
  const command = [...namespaces, "--", ...program, "features", "--run", run];
  const child = spawn("unshare", command, { stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.setEncoding("utf8").on("data", (text: string) => words.push(text));
  child.once("error", (error) => log.warn({ reason: error.message }, "cannot try what the kernel can do"));
  child.once("exit", (code, signal) => {
    if (code === 0 || signal !== null) return;
    log.warn({ code, reason: words.join("").trim() }, "cannot try what the kernel can do");
  });
  return () => child.kill();
}
