import { createHash } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SensorError } from "../errors.ts";

/**
 * A file of nft commands in the state folder that outlives a crash, a power cut and a damaged disk:
 * a line that names its format, one with a checksum, the commands.
 */
export interface StoredFormat<T> {
  /** Its first line; a number of its own, since boxes in the field carry older ones. */
  readonly formatLine: string;
  readonly fileName: string;
  /** The commands; plain `nft -f` takes them. */
  readonly render: (value: T) => string;
  /** The value in those lines, or null where one of them is none of ours. */
  readonly parse: (lines: readonly string[]) => T | null;
}

/** What was on disk. A damaged file has been set aside under `asideAs`. */
export type StoredReading<T> =
  | { readonly kind: "elements"; readonly elements: T }
  | { readonly kind: "missing" }
  | { readonly kind: "damaged"; readonly reason: string; readonly asideAs: string };

const maxFileBytes = 64 * 1024 * 1024;

/** The file's text. */
export function renderStored<T>(format: StoredFormat<T>, value: T): string {
  const body = format.render(value);
  return `${format.formatLine}\n# sha256 ${digest(body)}\n${body}`;
}

/** The value in a file's text, or what is wrong with it. */
export function parseStored<T>(
  format: StoredFormat<T>,
  text: string,
): { readonly value: T } | { readonly reason: string } {
  const [first, checksum, ...lines] = text.split("\n");
  if (first !== format.formatLine) return { reason: "it does not begin as a stored set of a known format" };
  if (checksum !== `# sha256 ${digest(lines.join("\n"))}`) return { reason: "its checksum does not fit" };
  const value = format.parse(lines.filter((line) => line !== ""));
  return value === null ? { reason: "it holds a line that is no element" } : { value };
}

/** Reads the file; one that cannot be understood is renamed, so that it is neither used nor lost. */
export async function readStored<T>(format: StoredFormat<T>, folder: string): Promise<StoredReading<T>> {
  const path = join(folder, format.fileName);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "missing" };
    return { kind: "damaged", reason: (error as Error).message, asideAs: path };
  }
  const parsed = text.length > maxFileBytes ? { reason: "it is too large" } : parseStored(format, text);
  if ("value" in parsed) return { kind: "elements", elements: parsed.value };
  const asideAs = `${path}.damaged`;
  try {
    await rename(path, asideAs);
  } catch (error) {
    return { kind: "damaged", reason: `${parsed.reason}; ${(error as Error).message}`, asideAs: path };
  }
  return { kind: "damaged", reason: parsed.reason, asideAs };
}

/** Replaces the file so that a power cut leaves the old one or the new one. Rejects with `stored-set-unwritable`. */
export async function writeStored<T>(format: StoredFormat<T>, folder: string, value: T): Promise<void> {
  const path = join(folder, format.fileName);
  const temporary = `${path}.new`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(renderStored(format, value));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    // The rename itself is on disk only once the folder is.
    const folder = await open(dirname(path), "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (cause) {
    throw new SensorError("stored-set-unwritable", `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
