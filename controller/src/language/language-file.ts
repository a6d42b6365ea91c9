/** A language as its file holds it. A file is data of anybody's: what does not fit is left out, and English stays. */

/** A text, or its forms by the count it holds; `other` is there always. */
export type Wording = string | (Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string });

export interface Language {
  /** BCP 47 tag. */
  readonly language: string;
  /** What its speakers call it. */
  readonly name: string;
  /** The UI's own texts, by their English wording. */
  readonly texts: ReadonlyMap<string, Wording>;
  /** What the controller and boxes write, by its English pattern. */
  readonly reports: ReadonlyMap<string, string>;
}

const forms = ["zero", "one", "two", "few", "many", "other"] as const;

// Far more than the longest of our own.
const maxLength = 2000;

/** The language that a parsed file holds; null where it names none. */
export function languageFrom(file: unknown): Language | null {
  if (!isTable(file)) return null;
  const { language, name, texts, reports } = file;
  if (typeof language !== "string" || typeof name !== "string" || name === "") return null;
  try {
    // Throws at what is no tag.
    const [tag] = Intl.getCanonicalLocales(language);
    if (tag === undefined) return null;
    return { language: tag, name, texts: wordings(texts, wordingFrom), reports: wordings(reports, reportFrom) };
  } catch {
    return null;
  }
}

function wordings<T>(table: unknown, from: (key: string, value: unknown) => T | null): Map<string, T> {
  const found = new Map<string, T>();
  for (const [key, value] of isTable(table) ? Object.entries(table) : []) {
    const wording = from(key, value);
    if (wording !== null) found.set(key, wording);
  }
  return found;
}

function wordingFrom(key: string, value: unknown): Wording | null {
  if (!isTable(value)) return textFrom(key, value);
  const other = textFrom(key, value["other"]);
  if (other === null) return null;
  const kept = forms.flatMap((form) => {
    const text = value[form];
    // "one machine" may do without its count.
    return typeof text === "string" && holdsOnly(text, placesIn(key)) ? [[form, text] as const] : [];
  });
  return { ...Object.fromEntries(kept), other };
}

/** The wording of a pattern. Not every value need have its place: some are but English grammar ("is", "are"). */
function reportFrom(key: string, value: unknown): string | null {
  if (typeof value !== "string" || value === "" || key.length > maxLength) return null;
  return holdsOnly(value, placesIn(key)) ? value : null;
}

/** A text with exactly the places of its key; null where it would lose a value, or show a brace. */
function textFrom(key: string, value: unknown): string | null {
  if (typeof value !== "string" || value === "" || value.length > maxLength) return null;
  const places = placesIn(key);
  return holdsOnly(value, places) && places.every((place) => value.includes(place)) ? value : null;
}

function holdsOnly(text: string, places: readonly string[]): boolean {
  return text.length <= maxLength && placesIn(text).every((place) => places.includes(place));
}

function placesIn(text: string): readonly string[] {
  return text.match(/\{(?:\d{1,2}|n)\}/g) ?? [];
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
