import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { foreignCode } from "../errors.ts";

function writeBeside(file: string, text: string, suffix: string): string {
  const beside = `${file}.${suffix}`;
  const handle = openSync(beside, "wx", 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return beside;
}

/**
 * Reads a secret of ours, or makes it where it is missing. Of two processes that make it at the
 * same time one wins, and both go on with the winner's.
 */
export async function readOrMake(file: string, suffix: string, make: () => Promise<string>): Promise<string> {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (foreignCode(error) !== "ENOENT") throw error;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const beside = writeBeside(file, await make(), suffix);
  try {
    linkSync(beside, file);
  } catch (error) {
    if (foreignCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(beside);
  }
  return readFileSync(file, "utf8");
}

/** Writes a file that only its owner reads, whole or not at all, over an older one if need be. */
export function writePrivately(file: string, text: string, suffix: string): void {
  mkdirSync(dirname(file), { recursive: true });
  renameSync(writeBeside(file, text, suffix), file);
}
