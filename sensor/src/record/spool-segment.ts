import { open, readdir, readFile, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "./atomic-file.ts";
import { decodeLines, encodeLine, timeOf, type SpoolLine } from "./spool-line.ts";

/** A piece of the spool: lines of one boot, in a file or, while the disk refuses, in memory. */
export interface Segment {
  readonly bootId: string;
  /** Where its lines are; null while they are only in `lines`. */
  readonly path: string | null;
  /** The lines of a segment that has no file. */
  readonly lines: readonly SpoolLine[] | null;
  /** Lowest and highest sequence it holds; `last` below `first` where it holds none. */
  first: number;
  last: number;
  /** Highest sequence in it that the store has committed. */
  acknowledged: number;
  /** How many lines were taken out of it because room got short; only those are left that are kept longest. */
  thinnedBy: number | null;
  sizeBytes: number;
  /** When its newest notice came about. */
  newestAt: number;
}

const fileName = /^(\d{15})-([0-9a-zA-Z]{8,64})-(\d{8})\.notices$/;

/** File names sort by start of the boot, then by place within it. */
export function segmentPath(folder: string, startedAt: number, bootId: string, index: number): string {
  const start = Math.round(startedAt).toString().padStart(15, "0");
  return join(folder, `${start}-${bootId}-${index.toString().padStart(8, "0")}.notices`);
}

/**
 * Reads what earlier boots left behind, oldest first; files without an intact line are removed.
 *
 * @param onUnreadable told of each file that cannot be read; the others are none the worse for it
 */
export async function readLeftovers(
  folder: string,
  onUnreadable: (path: string, cause: unknown) => void,
): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const match = fileName.exec(name);
    if (match === null) continue;
    const path = join(folder, name);
    let lines: readonly SpoolLine[];
    try {
      lines = decodeLines(await readFile(path, "utf8"));
    } catch (cause) {
      onUnreadable(path, cause);
      continue;
    }
    const [first, last] = [lines[0], lines.at(-1)];
    if (first === undefined || last === undefined) {
      await rm(path, { force: true });
      continue;
    }
    const sizeBytes = lines.reduce((sum, line) => sum + Buffer.byteLength(encodeLine(line)), 0);
    segments.push({
      bootId: match[2] ?? "",
      path,
      lines: null,
      first: first.sequence,
      last: last.sequence,
      acknowledged: first.sequence - 1,
      thinnedBy: null,
      sizeBytes,
      newestAt: timeOf(last),
    });
  }
  return segments;
}

const asideKept = 4;
const aside = ".unreadable";

/** Leaves a file that could not be read for a person; of these a few are kept. */
export async function setAside(path: string): Promise<void> {
  await rename(path, path + aside);
  const folder = dirname(path);
  const all = (await readdir(folder)).filter((name) => name.endsWith(aside)).toSorted();
  for (const name of all.slice(0, -asideKept)) await rm(join(folder, name), { force: true });
}

/** The lines of a segment that the store has not committed yet. */
export async function unacknowledgedLines(segment: Segment): Promise<readonly SpoolLine[]> {
  const lines = segment.lines ?? (segment.path === null ? [] : decodeLines(await readFile(segment.path, "utf8")));
  return lines.filter((line) => line.sequence > segment.acknowledged);
}

/** The file that is being written. A write that fails leaves it as it was. */
export class SegmentWriter {
  readonly segment: Segment & { readonly path: string };
  readonly #file: FileHandle;

  private constructor(segment: Segment & { readonly path: string }, file: FileHandle) {
    this.segment = segment;
    this.#file = file;
  }

  static async create(path: string, bootId: string, nextSequence: number): Promise<SegmentWriter> {
    const file = await open(path, "wx", 0o600);
    const last = nextSequence - 1;
    return new SegmentWriter(
      {
        ...{ bootId, path, lines: null, first: nextSequence, last, acknowledged: last },
        ...{ thinnedBy: null, sizeBytes: 0, newestAt: 0 },
      },
      file,
    );
  }

  /** Appends and makes durable; rejects with the system's error and takes the part back. */
  async append(lines: readonly SpoolLine[]): Promise<void> {
    const last = lines.at(-1);
    if (last === undefined) return;
    const bytes = Buffer.from(lines.map(encodeLine).join(""));
    const before = this.segment.sizeBytes;
    try {
      await this.#file
        .write(bytes, 0, bytes.length, before)
        .then(({ bytesWritten }) => this.#complete(bytes, bytesWritten, before));
      await this.#file.datasync();
    } catch (cause) {
      await this.#file.truncate(before).catch(() => undefined);
      throw cause;
    }
    this.segment.sizeBytes += bytes.length;
    this.segment.last = last.sequence;
    this.segment.newestAt = timeOf(last);
  }

  /** Empties the file in place, after the store has committed all of it. */
  async clear(): Promise<void> {
    await this.#file.truncate(0);
    this.segment.sizeBytes = 0;
    this.segment.first = this.segment.last + 1;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #complete(bytes: Uint8Array, written: number, position: number): Promise<void> {
    for (let done = written; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }
}

/**
 * Leaves of a segment only the lines that are to be kept, in its own place; how many went. A segment without a file
 * stays as it is: the disk refuses, and it is small.
 */
export async function thin(segment: Segment, isKept: (line: SpoolLine) => boolean): Promise<number> {
  const { path } = segment;
  if (path === null) return 0;
  const lines = await unacknowledgedLines(segment);
  const kept = lines.filter(isKept);
  const text = kept.map(encodeLine).join("");
  await writeFileAtomic(path, text);
  segment.sizeBytes = Buffer.byteLength(text);
  segment.thinnedBy = lines.length - kept.length;
  return segment.thinnedBy;
}
