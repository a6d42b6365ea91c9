import { portalLanguages } from "@cordon/contract";

/** What the page for the user of a quarantined machine says by itself, in the languages that the box speaks. Short: it is one segment. */
export interface PortalWords {
  readonly title: string;
  readonly head: string;
  /** What happened, where nobody has written that. */
  readonly text: string;
  /** Whom to call, where nobody has said that. */
  readonly contact: string;
  /** Before what the box has to say of itself. */
  readonly note: string;
}

const english: PortalWords = {
  title: "This computer is cut off",
  head: "This computer is cut off from the Internet",
  text:
    "This computer shows signs of an infection. To protect you and the others here, it was cut off from the Internet. " +
    "Please enter no passwords on it until it was cleaned.",
  contact: "Please tell whoever looks after your network.",
  note: "For whoever looks after the box:",
};

const german: PortalWords = {
  title: "Dieser Computer ist getrennt",
  head: "Dieser Computer ist vom Internet getrennt",
  text:
    "Dieser Computer zeigt Anzeichen einer Infektion. Um Sie und die anderen hier zu schützen, wurde er vom Internet getrennt. " +
    "Bitte geben Sie auf ihm keine Passwörter ein, bis er bereinigt ist.",
  contact: "Bitte sagen Sie es der Person, die Ihr Netz betreut.",
  note: "Für die Person, die die Box betreut:",
};

const spoken: Readonly<Record<(typeof portalLanguages)[number], PortalWords>> = { en: english, de: german };

/** By the first part of a language's tag (BCP 47). */
export const portalWords: ReadonlyMap<string, PortalWords> = new Map(
  portalLanguages.map((language) => [language, spoken[language]]),
);

/** Where neither browser nor site names one that the box speaks. */
export const portalFallback = "en";

/**
 * The language that somebody wants most and that the box speaks, by what his browser says (RFC 9110 12.5.4); null where it
 * names none. Its end may have been cut off.
 */
export function wantedLanguage(acceptLanguage: string): string | null {
  const wanted = acceptLanguage.split(",").flatMap((range) => {
    const [, name, quality = "1"] =
      /^\s*([a-z]{2,3})(?:-[a-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*$/i.exec(range) ?? [];
    const language = name?.toLowerCase();
    return language !== undefined && portalWords.has(language) ? [{ language, weight: Number(quality) }] : [];
  });
  // The first of those that are wanted as much.
  const [best] = wanted.filter(({ weight }) => weight > 0).toSorted((a, b) => b.weight - a.weight);
  return best?.language ?? null;
}
