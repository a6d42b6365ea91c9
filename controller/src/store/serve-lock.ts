import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ControllerError } from "../errors.ts";
import { makeDataDir } from "./data-dir.ts";

/**
 * Makes sure that one process alone serves a data directory: two would answer the same sensors
 * with different revisions. The lock is the kernel's and goes with the process, however it ends.
 *
 * @returns what gives the lock back
 */
export function lockForServing(dataDir: string): () => void {
  makeDataDir(dataDir);
  const lock = new DatabaseSync(join(dataDir, "serving.lock"));
  try {
    lock.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (error) {
    lock.close();
    throw new ControllerError("data-in-use", `another controller already serves ${dataDir}`, { cause: error });
  }
  return () => lock.close();
}
