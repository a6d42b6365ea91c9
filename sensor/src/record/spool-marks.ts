import { open, readdir, readFile, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

const fileName = /^(\d{15})-([0-9a-zA-Z]{8,64})\.last$/;
// Written in its place, so that a full disk keeps nobody from it.
const digits = 16;

/** The highest sequence that a boot before has given. */
export interface SpoolMark {
  readonly bootId: string;
  readonly last: number;
}

/**
 * Beside the spool's lines: the highest sequence of each boot. Whatever a damaged card takes of the lines is then known
 * to be missing. Not synced on its own: lines are, and where the power takes the mark, they are there.
 */
export class SpoolMarks {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Makes the mark of a boot; rejects with the system's error. */
  static async create(folder: string, startedAt: number, bootId: string): Promise<SpoolMarks> {
    const start = Math.round(startedAt).toString().padStart(15, "0");
    const marks = new SpoolMarks(await open(join(folder, `${start}-${bootId}.last`), "w", 0o600));
    try {
      await marks.set(0);
    } catch (cause) {
      await marks.close();
      throw cause;
    }
    return marks;
  }

  /** Reads the marks of boots before, oldest first, and removes those beyond the newest `kept`. */
  static async read(folder: string, kept: number): Promise<SpoolMark[]> {
    const names = (await readdir(folder)).filter((name) => fileName.test(name)).sort();
    const marks: SpoolMark[] = [];
    for (const [index, name] of names.entries()) {
      const path = join(folder, name);
      const text = index < names.length - kept ? "" : await readFile(path, "latin1");
      const last = /^\d{16}\n$/.test(text) ? Number(text) : 0;
      // A boot that gave nothing, or whose mark is damaged: there is nothing to know.
      if (last === 0) await rm(path, { force: true });
      else marks.push({ bootId: fileName.exec(name)?.[2] ?? "", last });
    }
    return marks;
  }

  /** Moves the mark. */
  async set(last: number): Promise<void> {
    await this.#file.write(`${last.toString().padStart(digits, "0")}\n`, 0, "latin1");
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
