/**
 * The languages that lie as files in the user interface's own folder and in the operator's. They are looked at when they are asked for,
 * so that a new one needs neither build nor restart.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { languageFrom, type Language } from "./language-file.ts";
import { inEnglish, Sentences } from "./sentences.ts";

// Five times what the largest of our own takes.
const maxBytes = 1024 * 1024;
const maxFiles = 100;

const fileName = /^([a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3})\.json$/;

interface Held {
  readonly size: number;
  readonly mtimeMs: number;
  /** Null where the file is no language. */
  readonly text: string | null;
  readonly name: string;
}

/** The tag of a language by its file's name; null where it can be none. */
export function tagOfFile(name: string): string | null {
  return fileName.exec(name)?.[1] ?? null;
}

export class LanguageShelf {
  readonly #folders: readonly string[];
  readonly #held = new Map<string, Held>();
  readonly #sentences = new Map<string, { readonly text: string; readonly sentences: Sentences }>();

  /** `folders`: a later one overrides an earlier one; one that does not exist is empty. */
  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** Every language that there is, by its tag. */
  async offers(): Promise<readonly { readonly language: string; readonly name: string }[]> {
    const names = await Promise.all(this.#folders.map((folder) => readdir(folder).catch(() => [])));
    const tags = names.flatMap((each) => each.flatMap((name) => tagOfFile(name) ?? [])).slice(0, maxFiles);
    const offers: { language: string; name: string }[] = [];
    for (const tag of [...new Set(tags)].toSorted()) {
      const found = await this.find(tag);
      if (found !== null) offers.push({ language: tag, name: found.name });
    }
    return offers;
  }

  /** What there is to choose from, in one line for a person; English is there without a file. */
  async choices(): Promise<string> {
    const offers = (await this.offers()).filter(({ language }) => language !== "en");
    return [...offers, english]
      .map(({ language, name }) => `${language} (${name})`)
      .toSorted()
      .join(", ");
  }

  /** A language's file and name; null where there is none. */
  async find(tag: string): Promise<{ readonly text: string; readonly name: string } | null> {
    for (const folder of this.#folders.toReversed()) {
      const found = await this.#read(join(folder, `${tag}.json`), tag);
      if (found !== null && found.text !== null) return { text: found.text, name: found.name };
    }
    return null;
  }

  /** The language that a BCP 47 tag asks for, if need be without its region (RFC 4647, lookup); null where it is none, or not there. */
  async closest(tag: string): Promise<Language | null> {
    const parts = (canonical(tag) ?? "").split("-");
    for (let length = parts.length; length > 0; length -= 1) {
      const shorter = parts.slice(0, length).join("-");
      const found = tagOfFile(`${shorter}.json`) === null ? null : await this.find(shorter);
      const language = found === null ? null : languageFrom(JSON.parse(found.text));
      if (language !== null) return language;
    }
    return parts[0] === "en" ? english : null;
  }

  /** How a language says what is written in English; one that is not there leaves it so. */
  async sentencesOf(tag: string): Promise<Sentences> {
    const found = tagOfFile(`${tag}.json`) === null ? null : await this.find(tag);
    if (found === null) return inEnglish;
    const known = this.#sentences.get(tag);
    if (known?.text === found.text) return known.sentences;
    const sentences = new Sentences(languageFrom(JSON.parse(found.text))?.reports ?? new Map());
    this.#sentences.set(tag, { text: found.text, sentences });
    return sentences;
  }

  async #read(path: string, tag: string): Promise<Held | null> {
    const status = await stat(path).catch(() => null);
    if (status === null || !status.isFile() || status.size > maxBytes) return null;
    const known = this.#held.get(path);
    if (known !== undefined && known.size === status.size && known.mtimeMs === status.mtimeMs) return known;
    const text = await readFile(path, "utf8").catch(() => "");
    const name = nameIn(text, tag);
    const found = { size: status.size, mtimeMs: status.mtimeMs, text: name === null ? null : text, name: name ?? "" };
    if (this.#held.size >= maxFiles * this.#folders.length) this.#held.clear();
    this.#held.set(path, found);
    return found;
  }
}

const english: Language = { language: "en", name: "English", texts: new Map(), reports: new Map() };

function canonical(tag: string): string | null {
  try {
    // Throws at what is no tag.
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

/** The name of the language in a file; null where it is no language, or not this one. */
function nameIn(text: string, tag: string): string | null {
  try {
    const { language, name } = JSON.parse(text) as { readonly language?: unknown; readonly name?: unknown };
    return language === tag && typeof name === "string" && name !== "" && name.length <= 60 ? name : null;
  } catch {
    return null;
  }
}
