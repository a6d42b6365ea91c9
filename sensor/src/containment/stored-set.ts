import { createHash } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SensorError } from "../errors.ts";
import { fillText, type Elements } from "./containment-elements.ts";
import { containmentSets, tableName } from "./skeleton.ts";

/**
 * The containments on disk, as a file that plain `nft -f` loads after the skeleton: whatever starts
 * before Node can put them into force without knowing more.
 */

/** Its first line; a number of its own, since boxes in the field carry older ones. */
const formatLine = "# cordon stored set, format 1";

const fileName = "quarantine.nft";
const maxFileBytes = 64 * 1024 * 1024;

export interface StoredSetOptions {
  /** The sensor's state folder. */
  readonly folder: string;
}

/** What was on disk. A damaged file has been set aside under `asideAs`. */
export type StoredReading =
  | { readonly kind: "elements"; readonly elements: Elements }
  | { readonly kind: "missing" }
  | { readonly kind: "damaged"; readonly reason: string; readonly asideAs: string };

/** The file that {@link writeStoredSet} writes. */
export function storedSetPath(options: StoredSetOptions): string {
  return join(options.folder, fileName);
}

/** The file's text. */
export function renderStoredSet(elements: Elements): string {
  const body = fillText(elements);
  return `${formatLine}\n# sha256 ${digest(body)}\n${body}`;
}

const setNames = Object.values(containmentSets).join("|");
const linePattern = new RegExp(`^add element bridge ${tableName} (${setNames}) \\{ ([^{}]+) \\}$`);
const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
const vectorPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5} \. [0-9]{1,5}$/;

/** The elements in a file's text, or what is wrong with it. */
export function parseStoredSet(text: string): Elements | { readonly reason: string } {
  const [format, checksum, ...lines] = text.split("\n");
  if (format !== formatLine) return { reason: "it does not begin as a stored set of a known format" };
  const body = lines.join("\n");
  if (checksum !== `# sha256 ${digest(body)}`) return { reason: "its checksum does not fit" };
  const macs = new Set<string>();
  const vectors = new Set<string>();
  for (const line of lines) {
    if (line === "") continue;
    const [, set, list] = linePattern.exec(line) ?? [];
    const elements = list?.split(", ") ?? [];
    const target = set === containmentSets.vectorFrom ? vectors : macs;
    const shape = set === containmentSets.vectorFrom ? vectorPattern : macPattern;
    if (elements.length === 0 || !elements.every((element) => shape.test(element))) {
      return { reason: "it holds a line that is no element" };
    }
    for (const element of elements) target.add(element);
  }
  return { macs, vectors };
}

/** Reads the file; one that cannot be understood is renamed, so that it is neither used nor lost. */
export async function readStoredSet(options: StoredSetOptions): Promise<StoredReading> {
  const path = storedSetPath(options);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "missing" };
    return { kind: "damaged", reason: (error as Error).message, asideAs: path };
  }
  const parsed = text.length > maxFileBytes ? { reason: "it is too large" } : parseStoredSet(text);
  if (!("reason" in parsed)) return { kind: "elements", elements: parsed };
  const asideAs = `${path}.damaged`;
  try {
    await rename(path, asideAs);
  } catch (error) {
    return { kind: "damaged", reason: `${parsed.reason}; ${(error as Error).message}`, asideAs: path };
  }
  return { kind: "damaged", reason: parsed.reason, asideAs };
}

/** Replaces the file so that a power cut leaves the old one or the new one. Rejects with `stored-set-unwritable`. */
export async function writeStoredSet(options: StoredSetOptions, elements: Elements): Promise<void> {
  const path = storedSetPath(options);
  const temporary = `${path}.new`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(renderStoredSet(elements));
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
