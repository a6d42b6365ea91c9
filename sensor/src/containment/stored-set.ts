import { join } from "node:path";
import { fillText, type Cuts } from "./containment-elements.ts";
import { containmentSets, tableName } from "./skeleton.ts";
import {
  parseStored,
  readStored,
  renderStored,
  writeStored,
  type StoredFormat,
  type StoredReading,
} from "./stored-file.ts";

/**
 * The cuts on disk, as nft's commands that add elements: whatever starts before Node can put them into force
 * without knowing more. An older program takes no line here that it does not
 * know, so whatever is new gets a file of its own.
 */

export interface StoredSetOptions {
  /** The sensor's state folder. */
  readonly folder: string;
}

const setNames = Object.values(containmentSets).join("|");
const linePattern = new RegExp(`^add element bridge ${tableName} (${setNames}) \\{ ([^{}]+) \\}$`);
const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
const vectorPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5} \. [0-9]{1,5}$/;

const format: StoredFormat<Cuts> = {
  formatLine: "# cordon stored set, format 1",
  fileName: "quarantine.nft",
  render: fillText,
  parse(lines) {
    const macs = new Set<string>();
    const vectors = new Set<string>();
    for (const line of lines) {
      const [, set, list] = linePattern.exec(line) ?? [];
      const elements = list?.split(", ") ?? [];
      const target = set === containmentSets.vectorFrom ? vectors : macs;
      const shape = set === containmentSets.vectorFrom ? vectorPattern : macPattern;
      if (elements.length === 0 || !elements.every((element) => shape.test(element))) return null;
      for (const element of elements) target.add(element);
    }
    return { macs, vectors };
  },
};

/** The file that {@link writeStoredSet} writes. */
export function storedSetPath(options: StoredSetOptions): string {
  return join(options.folder, format.fileName);
}

/** The file's text. */
export function renderStoredSet(cuts: Cuts): string {
  return renderStored(format, { macs: cuts.macs, vectors: cuts.vectors });
}

/** The elements in a file's text, or what is wrong with it. */
export function parseStoredSet(text: string): Cuts | { readonly reason: string } {
  const parsed = parseStored(format, text);
  return "value" in parsed ? parsed.value : parsed;
}

/** Reads the file; one that cannot be understood is renamed, so that it is neither used nor lost. */
export function readStoredSet(options: StoredSetOptions): Promise<StoredReading<Cuts>> {
  return readStored(format, options.folder);
}

/** Replaces the file so that a power cut leaves the old one or the new one. Rejects with `stored-set-unwritable`. */
export function writeStoredSet(options: StoredSetOptions, cuts: Cuts): Promise<void> {
  return writeStored(format, options.folder, cuts);
}
