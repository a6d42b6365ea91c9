import { fillText } from "./containment-elements.ts";
import {
  elementSet,
  elementsBy,
  givenOf,
  isGiven,
  isTwin,
  setNames,
  type Elements,
  type ElementSet,
  type GivenSet,
  type SetName,
  type StoredName,
} from "./element-sets.ts";
import { tableName } from "./skeleton.ts";
import type { StoredFormat } from "./stored-file.ts";

/**
 * The elements on disk, as nft's commands that add them: whatever starts before Node can put them into force
 * without knowing more. An older program takes no line in a file that it does not know, so whatever is new
 * goes into `rules`, where sets that it does not know are passed over; and what the kernel might refuse is apart from the cuts, which must hold.
 */
export const storedFormats: Readonly<Record<StoredName, StoredFormat<Elements>>> = {
  cuts: formatOf("cuts", "# cordon stored set, format 1", "quarantine.nft"),
  limits: formatOf("limits", "# cordon stored limits, format 1", "limits.nft"),
  rules: formatOf("rules", "# cordon stored rules, format 1", "rules.nft"),
};

function formatOf(stored: StoredName, formatLine: string, fileName: string): StoredFormat<Elements> {
  const isIn = (set: SetName) => elementSet(set).storedIn === stored;
  const shapes = new Map(setNames.filter(isIn).map((set) => [set as string, { set, shape: shapeOf(elementSet(set)) }]));
  return {
    formatLine,
    fileName,
    render: (elements) => fillText(elements, isIn),
    parse(lines) {
      const held = elementsBy(() => new Map<string, string>()) as Record<GivenSet, Map<string, string>>;
      for (const line of lines) {
        const [, name = "", list = ""] = linePattern.exec(line) ?? [];
        const known = shapes.get(name);
        if (known === undefined && stored === "rules" && name !== "") continue;
        if (known === undefined) return null;
        for (const element of list.split(", ")) {
          const [, key, verdict = ""] = known.shape.exec(element) ?? [];
          if (key === undefined) return null;
          // A verdict that only a newer program knows has no chain here.
          if (elementSet(known.set).knows?.(verdict) === false) continue;
          if (!isGiven(known.set) && !isTwin(known.set)) continue;
          for (const given of givenOf(known.set)) held[given].set(key, verdict);
        }
      }
      return held;
    },
  };
}

const linePattern = new RegExp(`^add element bridge ${tableName} ([a-z0-9_]+) \\{ ([^{}]+) \\}$`);

function shapeOf({ kind, key }: ElementSet): RegExp {
  return new RegExp(kind === "map" ? `^(${key}) : ([a-z_ ]+)$` : `^(${key})$`);
}
