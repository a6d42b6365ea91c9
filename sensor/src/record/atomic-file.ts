import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { SensorError } from "../errors.ts";

const ownersAlone = 0o600;

/**
 * Replaces a file so that after a crash or a power cut either the old or the new text stands,
 * never a part: temporary file, fsync, rename, fsync of the folder. Two writers of one path must
 * be serialised by their caller.
 */
export async function writeFileAtomic(path: string, text: string | Uint8Array, mode = ownersAlone): Promise<void> {
  const temporary = `${path}.new`;
  try {
    const file = await open(temporary, "w", mode);
    try {
      // Before it has its name. The mask of a process that keeps keys would take it back.
      if (mode !== ownersAlone) await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    // What is left of the temporary file would only take the room that may be missing.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new SensorError("state-unwritable", `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** The file's text, or null where there is none. */
export async function readFileIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new SensorError("state-unreadable", `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Moves a file that makes no sense out of the way as `.damaged`, where a person can look at it. */
export async function setAside(path: string): Promise<void> {
  try {
    await rename(path, `${path}.damaged`);
  } catch {
    // A file that cannot be moved is overwritten by the next write, which is just as well.
  }
}

/** Makes the names in a folder durable; a rename is only safe after it. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
