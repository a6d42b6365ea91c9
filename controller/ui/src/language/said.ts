/**
 * What the controller or a box wrote, in the reader's language. It comes as English sentences, from
 * releases older and newer than this page too; they are known again by their patterns, which a
 * language file holds under `reports` ("Tried {0} for {1} within {2}"). What matches none stays as
 * it is, and so does all that a person wrote.
 */
import { currentLanguage } from "./message.ts";

interface Pattern {
  /** What stands before, between and behind its values. */
  readonly fixed: readonly string[];
  /** Which value comes behind each of these but the last. */
  readonly places: readonly number[];
  readonly wording: string;
  /** How many letters it has beside its values. */
  readonly letters: number;
}

interface Known {
  readonly reports: ReadonlyMap<string, string> | null;
  /** The most exact first. */
  readonly patterns: readonly Pattern[];
  readonly found: Map<string, string>;
}

const maxFound = 5000;

// A sentence within a sentence ("the box refused: …"), and a name within that.
const maxDepth = 3;

// No pattern of ours holds more of them.
const maxSentences = 4;

// Fewer are but a frame for values ("{0} and {1}"), which what a person wrote may fit too.
const frameLetters = 8;

const sentenceBreak = /(?<=[.!?]) (?=\p{Lu})/u;

let known: Known = { reports: null, patterns: [], found: new Map() };

export function said(text: string): string {
  const language = currentLanguage();
  if (language === null || language.reports.size === 0 || text === "") return text;
  if (language.reports !== known.reports) {
    known = { reports: language.reports, patterns: patternsOf(language.reports), found: new Map() };
  }
  const before = known.found.get(text);
  if (before !== undefined) return before;
  const found = inWords(text, 0);
  if (known.found.size >= maxFound) known.found.clear();
  known.found.set(text, found);
  return found;
}

/** Sentence by sentence, as many at once as a pattern fits. */
function inWords(text: string, depth: number): string {
  const sentences = text.split(sentenceBreak);
  const found: string[] = [];
  for (let at = 0; at < sentences.length;) {
    let taken = 1;
    let wording: string | null = null;
    for (let length = Math.min(maxSentences, sentences.length - at); length > 0 && wording === null; length--) {
      taken = length;
      wording = match(sentences.slice(at, at + length).join(" "), depth);
    }
    found.push(wording ?? sentences[at] ?? "");
    at += wording === null ? 1 : taken;
  }
  return found.join(" ");
}

function match(text: string, depth: number): string | null {
  const exact = known.reports?.get(text);
  if (exact !== undefined) return exact;
  for (const { fixed, places, wording, letters } of known.patterns) {
    if (letters < frameLetters && depth === 0) return null;
    const groups = between(text, fixed);
    // A whole sentence is a value at the end only.
    const canEnd = fixed.at(-1) === "";
    const fits = groups?.every((value, i) => (canEnd && i === groups.length - 1) || !sentenceBreak.test(value));
    if (groups === null || fits !== true) continue;
    const values = new Map(places.map((place, i) => [place, groups[i] ?? ""]));
    return wording.replace(/\{(\d{1,2})\}/g, (_, place: string) => ofValue(values.get(Number(place)) ?? "", depth + 1));
  }
  return null;
}

/** What stands between the fixed parts, each found at its first place: one pass, however odd the text. */
function between(text: string, fixed: readonly string[]): readonly string[] | null {
  const [head = "", ...rest] = fixed;
  const tail = rest.pop() ?? "";
  if (!text.startsWith(head) || !text.endsWith(tail)) return null;
  const end = text.length - tail.length;
  const values: string[] = [];
  let from = head.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at === -1) return null;
    values.push(text.slice(from, at));
    from = at + part.length;
  }
  return from > end ? null : [...values, text.slice(from, end)];
}

/** A value of a sentence; the spaces around it stay, and a sentence may have lost its capital. */
function ofValue(value: string, depth: number): string {
  const text = value.trim();
  if (text === "" || depth > maxDepth) return value;
  const found = inWords(text, depth);
  const capital = text.slice(0, 1).toUpperCase() + text.slice(1);
  const anyway = found === text && capital !== text ? inWords(capital, depth) : found;
  return value.replace(text, () => (anyway === capital ? text : anyway));
}

function patternsOf(reports: ReadonlyMap<string, string>): readonly Pattern[] {
  return [...reports]
    .flatMap(([key, wording]) => {
      const parts = key.split(/\{(\d{1,2})\}/);
      if (parts.length === 1) return [];
      const fixed = parts.filter((_, i) => i % 2 === 0);
      return [
        {
          ...{ fixed, wording },
          places: parts.filter((_, i) => i % 2 === 1).map(Number),
          letters: fixed.join("").replace(/\P{L}/gu, "").length,
        },
      ];
    })
    .toSorted((a, b) => b.letters - a.letters);
}
