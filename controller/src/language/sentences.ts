/**
 * Sentences that a program of ours wrote in English, in another language. They come from releases older and newer than the file of the
 * language too, and are known again by their patterns, which that holds under `reports` ("Tried {0} for {1} within {2}"). What matches
 * none stays as it is, and so does all that a person wrote.
 */

interface Pattern {
  /** What stands before, between and behind its values. */
  readonly fixed: readonly string[];
  /** Which value comes behind each of these but the last. */
  readonly places: readonly number[];
  readonly wording: string;
  /** How many letters it has beside its values. */
  readonly letters: number;
}

const maxFound = 5000;

// A sentence within a sentence ("the box refused: …"), and a name within that.
const maxDepth = 3;

// No pattern of ours holds more of them.
const maxSentences = 4;

// Fewer are but a frame for values ("{0} and {1}"), which what a person wrote may fit too.
const frameLetters = 8;

// Nobody can tell where the first of two values ends that stand side by side before or behind everything else.
const sideBySide = /^\{\d{1,2}\} \{\d{1,2}\}|\{\d{1,2}\} \{\d{1,2}\}$/;

const sentenceBreak = /(?<=[.!?]) (?=\p{Lu})/u;

/** How one language says what is written in English. */
export class Sentences {
  readonly #reports: ReadonlyMap<string, string>;
  /** The most exact first. */
  readonly #patterns: readonly Pattern[];
  readonly #found = new Map<string, string>();

  /** @param reports wordings by English pattern; none leaves everything in English */
  constructor(reports: ReadonlyMap<string, string>) {
    this.#reports = reports;
    this.#patterns = patternsOf(reports);
  }

  /** What somebody wrote, in this language. */
  said(text: string): string {
    if (this.#reports.size === 0 || text === "") return text;
    const before = this.#found.get(text);
    if (before !== undefined) return before;
    const found = this.#inWords(text, 0);
    if (this.#found.size >= maxFound) this.#found.clear();
    this.#found.set(text, found);
    return found;
  }

  /** A text that is being written, with its values as they are; its English is the pattern. */
  text(strings: TemplateStringsArray, ...values: readonly (string | number)[]): string {
    const key = strings.reduce((text, each, i) => `${text}{${i - 1}}${each}`);
    const wording = this.#reports.get(key) ?? key;
    return wording.replace(/\{(\d{1,2})\}/g, (_, place: string) => String(values[Number(place)] ?? ""));
  }

  /** Sentence by sentence, as many at once as a pattern fits. */
  #inWords(text: string, depth: number): string {
    const sentences = text.split(sentenceBreak);
    const found: string[] = [];
    for (let at = 0; at < sentences.length;) {
      let taken = 1;
      let wording: string | null = null;
      for (let length = Math.min(maxSentences, sentences.length - at); length > 0 && wording === null; length--) {
        taken = length;
        wording = this.#match(sentences.slice(at, at + length).join(" "), depth);
      }
      found.push(wording ?? sentences[at] ?? "");
      at += wording === null ? 1 : taken;
    }
    return found.join(" ");
  }

  #match(text: string, depth: number): string | null {
    const exact = this.#reports.get(text);
    if (exact !== undefined) return exact;
    for (const { fixed, places, wording, letters } of this.#patterns) {
      if (letters < frameLetters && depth === 0) return null;
      const groups = between(text, fixed);
      // A whole sentence is a value at the end only.
      const canEnd = fixed.at(-1) === "";
      const fits = groups?.every((value, i) => (canEnd && i === groups.length - 1) || !sentenceBreak.test(value));
      if (groups === null || fits !== true) continue;
      const values = new Map(places.map((place, i) => [place, groups[i] ?? ""]));
      return wording.replace(/\{(\d{1,2})\}/g, (_, place: string) =>
        this.#ofValue(values.get(Number(place)) ?? "", depth + 1),
      );
    }
    return null;
  }

  /** Names one after the other, one of which is known and holds an "and" of its own; null where that is not so. */
  #list(text: string, depth: number): string | null {
    const names = text.split(", ");
    if (names.length === 1 || !names.some((name) => name.includes(" and ") && this.#reports.has(name))) return null;
    return names.map((name) => this.#ofValue(name, depth)).join(", ");
  }

  /** A value of a sentence; the spaces around it stay, and a sentence may have lost its capital. */
  #ofValue(value: string, depth: number): string {
    const text = value.trim();
    if (text === "" || depth > maxDepth) return value;
    const found = this.#list(text, depth) ?? this.#inWords(text, depth);
    const capital = text.slice(0, 1).toUpperCase() + text.slice(1);
    const anyway = found === text ? this.#inWords(capital, depth) : found;
    return value.replace(text, () => (found === text && anyway === capital ? text : anyway));
  }
}

/** As it is written. */
export const inEnglish = new Sentences(new Map());

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

function patternsOf(reports: ReadonlyMap<string, string>): readonly Pattern[] {
  return [...reports]
    .flatMap(([key, wording]) => {
      const parts = key.split(/\{(\d{1,2})\}/);
      if (parts.length === 1 || sideBySide.test(key)) return [];
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
