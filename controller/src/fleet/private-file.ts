/** Files that hold secrets: readable by their owner alone, and never seen half written. */
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { ControllerError, errorText, foreignCode } from "../errors.ts";

/** A file that is being made beside the place it will take. */
export interface PendingFile {
  /** Puts it in its place, over an older one. */
  readonly commit: (text: string) => void;
  /** Leaves things as they were. After a commit it does nothing. */
  readonly discard: () => void;
}

/**
 * Opens a file to be written, so that a place that cannot be written is known before anything else
 * is done.
 *
 * @param suffix keeps two writers of the same file apart
 */
export function beginPrivateFile(file: string, suffix: string): PendingFile {
  const beside = `${file}.${suffix}`;
  const translated = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw new ControllerError("file-unavailable", `cannot write ${file}: ${errorText(error)}`, { cause: error });
    }
  };
  const handle = translated(() => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return openSync(beside, "wx", 0o600);
  });
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(handle);
    isOpen = false;
  };
  return {
    commit: (text) =>
      translated(() => {
        writeSync(handle, text);
        fsyncSync(handle);
        close();
        renameSync(beside, file);
      }),
    discard: () => {
      close();
      rmSync(beside, { force: true });
    },
  };
}

/** Writes a secret of ours where nothing stands yet. Throws `file-exists`; what stands there is left alone. */
export function makePrivateFile(file: string, suffix: string, text: string): void {
  const own = `${file}.${suffix}`;
  const pending = beginPrivateFile(own, "part");
  try {
    pending.commit(text);
    // Unlike a rename it takes nobody's place.
    linkSync(own, file);
  } catch (error) {
    if (foreignCode(error) !== "EEXIST") throw error;
    throw new ControllerError("file-exists", `${file} is there already`, { cause: error });
  } finally {
    pending.discard();
    rmSync(own, { force: true });
  }
}

/**
 * Reads a secret of ours, or makes it where it is missing. Of two processes that make it at the
 * same time one wins, and both go on with the winner's. A link that leads nowhere is no missing
 * secret: what it stood for is somewhere else.
 */
export async function readOrMake(file: string, suffix: string, make: () => Promise<string>): Promise<string> {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (foreignCode(error) !== "ENOENT" || lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
      throw new ControllerError("file-unavailable", `cannot read ${file}: ${errorText(error)}`, { cause: error });
    }
  }
  try {
    makePrivateFile(file, suffix, await make());
  } catch (error) {
    if (!(error instanceof ControllerError) || error.code !== "file-exists") throw error;
  }
  return readFileSync(file, "utf8");
}

/** Puts a file in the place of another, which is gone then; durable once this returns. */
export function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
    const folder = openSync(dirname(to), "r");
    fsyncSync(folder);
    closeSync(folder);
  } catch (error) {
    throw new ControllerError("file-unavailable", `cannot move ${from} to ${to}: ${errorText(error)}`, {
      cause: error,
    });
  }
}
