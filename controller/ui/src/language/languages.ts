/**
 * Which languages there are, and which is shown: what was chosen on this browser, else what the
 * browser asks for, else English. Fetches languages from the controller; never throws.
 */
import { languageFrom, type Language } from "../../../src/language/language-file.ts";
import { useLanguage } from "./message.ts";

export interface LanguageOffer {
  /** BCP 47 tag. */
  readonly language: string;
  readonly name: string;
}

export interface LanguagePorts {
  readonly fetch: (path: string) => Promise<unknown>;
  /** What the browser's user reads, best first: BCP 47 tags. */
  readonly preferred: readonly string[];
  /** The choice that is remembered; null where none was made. */
  readonly remembered: string | null;
  readonly remember: (language: string) => void;
}

export interface LanguageState {
  readonly offers: readonly LanguageOffer[];
  readonly shown: string;
}

export const english: LanguageOffer = { language: "en", name: "English" };

export class Languages {
  readonly #ports: LanguagePorts;
  #state: LanguageState = { offers: [english], shown: english.language };
  #onChange: (state: LanguageState) => void = () => undefined;
  #choices = 0;

  constructor(ports: LanguagePorts) {
    this.#ports = ports;
  }

  get state(): LanguageState {
    return this.#state;
  }

  /** Told of each change from now on. */
  onChange(listener: (state: LanguageState) => void): void {
    this.#onChange = listener;
  }

  /** Finds out what there is, and shows what fits best. */
  async start(): Promise<void> {
    await this.look();
    const { remembered, preferred } = this.#ports;
    const wanted = bestOf([...(remembered === null ? [] : [remembered]), ...preferred], this.#state.offers);
    if (wanted !== english.language) await this.#show(wanted);
  }

  /** Looks which languages are offered now. */
  async look(): Promise<void> {
    const offers = offersFrom(await this.#ports.fetch("/languages").catch(() => null));
    // What does not answer takes nothing away.
    if (offers !== null) this.#set({ ...this.#state, offers });
  }

  /** Shows a language, and remembers it on this browser. */
  async choose(language: string): Promise<void> {
    this.#ports.remember(language);
    await this.#show(language);
  }

  async #show(language: string): Promise<void> {
    const choice = ++this.#choices;
    const found = language === english.language ? null : await this.#fetched(language);
    // Somebody may have chosen another one meanwhile.
    if (choice !== this.#choices) return;
    useLanguage(found);
    this.#set({ ...this.#state, shown: found?.language ?? english.language });
  }

  async #fetched(language: string): Promise<Language | null> {
    return languageFrom(await this.#ports.fetch(`/languages/${language}.json`).catch(() => null));
  }

  #set(state: LanguageState): void {
    this.#state = state;
    this.#onChange(state);
  }
}

/** The first that is offered of what is wanted; "de-AT" is content with "de". English where nothing fits. */
export function bestOf(wanted: readonly string[], offers: readonly LanguageOffer[]): string {
  const tags = new Map(offers.map(({ language }) => [language.toLowerCase(), language]));
  for (const each of wanted) {
    const parts = each.toLowerCase().split("-");
    for (let length = parts.length; length > 0; length--) {
      const found = tags.get(parts.slice(0, length).join("-"));
      if (found !== undefined) return found;
    }
  }
  return english.language;
}

function offersFrom(answer: unknown): readonly LanguageOffer[] | null {
  if (!Array.isArray(answer)) return null;
  const found = answer.filter(
    (each: unknown): each is LanguageOffer =>
      typeof (each as LanguageOffer | null)?.language === "string" &&
      typeof (each as LanguageOffer | null)?.name === "string",
  );
  return [english, ...found.filter(({ language }) => language !== english.language)];
}
