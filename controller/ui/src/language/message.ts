/**
 * Texts in the reader's language. The key of a text is its English wording, as it stands in the
 * source; what a language has no words for is shown in English.
 *
 *     msg`Cut off ${name}…`                            a text; key "Cut off {0}…"
 *     plural(n, "{n} machine", "{n} machines")          a count; more values are {0}, {1}, …; key: the second
 *     rich`Since ${momentTag(at, now, time)}.`           a text with parts of a page in it, for a template
 *     const tags = words({ none: "not in force" })      a table: each text is looked up when it is read
 *     msg`Open // of a way`                            one wording of two meanings: what follows // is never shown
 *     said(site.sentence)                              what the controller or a box wrote: see `said.ts`
 *
 * Whole sentences, for other languages order theirs differently: no "stopped" glued behind a count.
 * Never at the top of a module (use `words`): it would stay in the language of the start. Then
 * `npm run languages` brings `ui/languages/en.json` up to date, and says what `de.json` lacks.
 *
 * A language is data that anybody may drop into a folder, so a text is never a template of lit's:
 * it holds no markup, and is put into the page as text. That is why this is not @lit/localize, whose
 * translations are templates, thus program.
 */
import type { Language, Wording } from "../../../src/language/language-file.ts";

/** A text taken apart: what stands there, and which value comes where. */
type Parts = readonly (string | number)[];

/** The place of the count in a plural. */
const countAt = -1;

let current: Language | null = null;
let rules = new Intl.PluralRules("en");
let partsOf = new WeakMap<TemplateStringsArray, Parts>();
let partsOfText = new Map<string, Parts>();
const listeners = new Set<() => void>();

/** Shows everything in this language from now on; null is English. */
export function useLanguage(language: Language | null): void {
  current = language;
  rules = new Intl.PluralRules(language?.language ?? "en");
  partsOf = new WeakMap();
  partsOfText = new Map();
  for (const listener of listeners) listener();
}

/** The tag that dates and numbers are formatted by. */
export function formatTag(): string {
  return current?.language ?? "en-GB";
}

/** The language that is shown; null is English. */
export function currentLanguage(): Language | null {
  return current;
}

/** Calls back after each change of language, until the returned function is called. */
export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** A text in the reader's language, with its values in their places. */
export function msg(strings: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return rich(strings, ...values).join("");
}

/** The same for a template: values may be parts of a page. */
export function rich(strings: TemplateStringsArray, ...values: readonly unknown[]): readonly unknown[] {
  let parts = partsOf.get(strings);
  if (parts === undefined) {
    const key = strings.reduce((text, each, i) => `${text}{${i - 1}}${each}`);
    parts = take(key, wordingOf(key), "other");
    partsOf.set(strings, parts);
  }
  return parts.map((part) => (typeof part === "number" ? values[part] : part));
}

/** The form of a text that its count takes; `{n}` is the count, `{0}` the first of the other values. */
export function plural(n: number, one: string, other: string, ...values: readonly (string | number)[]): string {
  const wording = wordingOf(other);
  const rule = rules.select(n);
  const form = `${rule} ${other}`;
  let parts = partsOfText.get(form);
  if (parts === undefined) {
    const english = n === 1 ? one : other;
    // In English the rule is the same for each count but 1; another language without this text has other rules.
    parts = take(english, wording, rule);
    if (wording !== undefined || current === null) partsOfText.set(form, parts);
  }
  const shown = (part: number) => (part === countAt ? whole(n) : (values[part] ?? ""));
  return parts.map((part) => (typeof part === "number" ? shown(part) : part)).join("");
}

/** A table whose texts, at any depth, are in the reader's language whenever they are read. */
export function words<const Table extends object>(table: Table): Table {
  const shown = Array.isArray(table) ? [] : {};
  for (const [key, value] of Object.entries(table) as [string, unknown][]) {
    const inner = typeof value === "object" && value !== null ? words(value) : value;
    Object.defineProperty(shown, key, {
      enumerable: true,
      get: () => (typeof inner === "string" ? translated(inner) : inner),
    });
  }
  return shown as Table;
}

/** A text with a name of its own, to stand in more than one place of tables. */
export function wording(english: string): string {
  return english;
}

/** A text without values, by its key. */
function translated(key: string): string {
  let parts = partsOfText.get(key);
  if (parts === undefined) {
    parts = take(key, wordingOf(key), "other");
    partsOfText.set(key, parts);
  }
  return parts.join("");
}

function wordingOf(key: string): Wording | undefined {
  return current?.texts.get(key);
}

function take(english: string, wording: Wording | undefined, rule: Intl.LDMLPluralRule): Parts {
  const text = typeof wording === "object" ? (wording[rule] ?? wording.other) : wording;
  return apart(text ?? english.replace(/ \/\/ .*$/s, ""));
}

/** Takes a text apart at its placeholders. */
function apart(text: string): Parts {
  return text.split(/\{(\d{1,2}|n)\}/).map((part, i) => (i % 2 === 0 ? part : part === "n" ? countAt : Number(part)));
}

let wholeFormat = { tag: "", format: new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 }) };

/** A count as the language writes it: "2,310". */
export function whole(n: number): string {
  const tag = formatTag();
  if (wholeFormat.tag !== tag) wholeFormat = { tag, format: new Intl.NumberFormat(tag, { maximumFractionDigits: 0 }) };
  return wholeFormat.format.format(n);
}
