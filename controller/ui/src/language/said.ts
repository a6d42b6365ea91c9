import { currentLanguage } from "./message.ts";

/**
 * What the controller or a box wrote, in the reader's language. It comes as English sentences, from
 * releases older and newer than this page too; they are known again by their patterns, which a
 * language file holds under `reports` ("Tried {0} mail servers"). What matches none stays as it is.
 */
export function said(text: string): string {
  const language = currentLanguage();
  if (language === null || language.reports.size === 0 || text === "") return text;
  if (language.reports !== known.reports)
    known = { reports: language.reports, patterns: patternsOf(language.reports), found: new Map() };
  const before = known.found.get(text);
  if (before !== undefined) return before;
  const found = whole(text, 0) ?? bySentence(text) ?? text;
  if (known.found.size >= maxFound) known.found.clear();
  known.found.set(text, found);
  return found;
}

interface Pattern {
  /** What begins and ends it, so that most are ruled out without a search. */
  readonly head: string;
  readonly tail: string;
  readonly shape: RegExp;
  /** Which value each group of the shape is. */
  readonly places: readonly number[];
  readonly wording: string;
}

interface Known {
  readonly reports: ReadonlyMap<string, string> | null;
  /** The most exact first. */
  readonly patterns: readonly Pattern[];
  readonly found: Map<string, string>;
}

const maxFound = 5000;

// A sentence within a sentence ("its cut is not in force: …"), and a name within that.
const maxDepth = 3;

let known: Known = { reports: null, patterns: [], found: new Map() };

function whole(text: string, depth: number): string | null {
  const exact = known.reports?.get(text);
  if (exact !== undefined) return exact;
  for (const { head, tail, shape, places, wording } of known.patterns) {
    if (!text.startsWith(head) || !text.endsWith(tail) || text.length <= head.length + tail.length) continue;
    const match = shape.exec(text);
    if (match === null) continue;
    const values = new Map(places.map((place, i) => [place, match[i + 1] ?? ""]));
    return wording.replace(/\{(\d{1,2})\}/g, (_, place: string) => {
      const value = values.get(Number(place)) ?? "";
      return depth < maxDepth ? (whole(value, depth + 1) ?? value) : value;
    });
  }
  return null;
}

/** Sentence by sentence; null where none is known. */
function bySentence(text: string): string | null {
  const sentences = text.split(/(?<=[.!?]) (?=\p{Lu})/u);
  const found = sentences.map((each) => whole(each, 0));
  if (sentences.length === 1 || found.every((each) => each === null)) return null;
  return found.map((each, i) => each ?? sentences[i]).join(" ");
}

function patternsOf(reports: ReadonlyMap<string, string>): readonly Pattern[] {
  return [...reports]
    .flatMap(([key, wording]) => {
      const parts = key.split(/\{(\d{1,2})\}/);
      if (parts.length === 1) return [];
      const source = parts
        .map((part, i) => (i % 2 === 0 ? part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&") : "(.+?)"))
        .join("");
      const places = parts.filter((_, i) => i % 2 === 1).map(Number);
      return [
        {
          head: parts[0] ?? "",
          tail: parts.at(-1) ?? "",
          shape: new RegExp(`^${source}$`, "s"),
          places,
          wording,
          length: key.length,
        },
      ];
    })
    .toSorted((a, b) => b.length - a.length);
}
