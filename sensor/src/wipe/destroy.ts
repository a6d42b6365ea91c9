import { lstat, open, readdir, rm, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";

// Keys are small. Flash keeps what was written over elsewhere all the same; what is large goes with the key that it was encrypted by.
const overwrittenBytes = 1 << 20;

export interface Destroyed {
  /** How many files are no more. */
  readonly count: number;
  /** Which could not be destroyed, and why. */
  readonly left: readonly string[];
}

/** Destroys single files: overwritten, shortened to nothing, taken away. One that is not there needs nothing. */
export async function destroyFiles(paths: readonly string[]): Promise<Destroyed> {
  let count = 0;
  const left: string[] = [];
  for (const path of paths) {
    try {
      if (await destroyFile(path)) count += 1;
    } catch (error) {
      left.push(`${path}: ${(error as Error).message}`.slice(0, 200));
    }
  }
  return { count, left };
}

/** Destroys all that is in a folder but for files of its own of that name; the folder stays. */
export async function destroyWithin(folder: string, except: string): Promise<Destroyed> {
  let count = 0;
  const left: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === except) continue;
    const path = join(folder, entry.name);
    try {
      if (entry.isDirectory()) {
        const within = await destroyWithin(path, "");
        count += within.count;
        left.push(...within.left);
        if (within.left.length === 0) await rmdir(path);
      } else if (await destroyFile(path)) count += 1;
    } catch (error) {
      left.push(`${path}: ${(error as Error).message}`.slice(0, 200));
    }
  }
  return { count, left };
}

async function destroyFile(path: string): Promise<boolean> {
  const status = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (status === null) return false;
  // A socket, or a link to what is somebody else's.
  if (!status.isFile()) {
    await rm(path);
    return true;
  }
  const file = await open(path, "r+");
  try {
    await file.write(Buffer.alloc(Math.min(status.size, overwrittenBytes)), 0, null, 0);
    await file.sync();
    await file.truncate(0);
    await file.sync();
  } finally {
    await file.close();
  }
  await unlink(path);
  return true;
}
