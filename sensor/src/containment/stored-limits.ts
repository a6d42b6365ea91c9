import { limitFillText } from "./containment-elements.ts";
import { limitsOf, type Limits } from "./limit-elements.ts";
import { limitSets, ruleOf, type LimitSet } from "./limits-nft.ts";
import { tableName } from "./skeleton.ts";
import { readStored, writeStored, type StoredFormat, type StoredReading } from "./stored-file.ts";

const setNames = Object.values(limitSets).join("|");
const linePattern = new RegExp(`^add element bridge ${tableName} (${setNames}) \\{ ([^{}]+) \\}$`);
const mac = "[0-9a-f]{2}(?::[0-9a-f]{2}){5}";
const shapes: Readonly<Record<LimitSet, RegExp>> = {
  throttle_from: new RegExp(`^(${mac})$`),
  throttle_vector: new RegExp(`^(${mac} \\. [0-9]{1,5})$`),
  reflex_rules: new RegExp(`^(${mac}|\\*) : ([a-z_ ]+)$`),
  reflex_exempt: new RegExp(`^(${mac} \\. [0-9]{1,5})$`),
};

/** The limits on disk, apart from the cuts: a program that does not know them must still read those. */
export const storedLimits: StoredFormat<Limits> = {
  formatLine: "# cordon stored limits, format 1",
  fileName: "limits.nft",
  render: (limits) => limitFillText(limits, 1),
  parse(lines) {
    const held = limitsOf(() => new Map<string, string>()) as Record<LimitSet, Map<string, string>>;
    for (const line of lines) {
      const [, set, list] = linePattern.exec(line) ?? [];
      if (set === undefined) return null;
      for (const element of list?.split(", ") ?? []) {
        const [, key, verdict = ""] = shapes[set as LimitSet].exec(element) ?? [];
        if (key === undefined) return null;
        // A rule that only a newer program knows has no chain here.
        if (set === limitSets.reflexRules && ruleOf(verdict) === null) continue;
        held[set as LimitSet].set(key, verdict);
      }
    }
    return held;
  },
};

/** Reads the file; one that cannot be understood is renamed, so that it is neither used nor lost. */
export function readStoredLimits(folder: string): Promise<StoredReading<Limits>> {
  return readStored(storedLimits, folder);
}

/** Replaces the file so that a power cut leaves the old one or the new one. Rejects with `stored-set-unwritable`. */
export function writeStoredLimits(folder: string, limits: Limits): Promise<void> {
  return writeStored(storedLimits, folder, limits);
}
