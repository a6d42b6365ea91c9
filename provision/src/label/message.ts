import type { Language } from "../../../controller/src/language/language-file.ts";

/**
 * A text of the sheet in its reader's language, with its values in their places. Its key is its English wording, as of the UI's own
 * texts (`controller/ui/src/language/message.ts`), among which it stands: `npm run languages` finds it by the name `msg`.
 */
export type Msg = (strings: TemplateStringsArray, ...values: readonly (string | number)[]) => string;

/** @param language null is English, and so is each text that the language has no words for */
export function msgIn(language: Pick<Language, "texts"> | null): Msg {
  return (strings, ...values) => {
    const key = strings.reduce((text, each, i) => `${text}{${i - 1}}${each}`);
    const wording = language?.texts.get(key) ?? key.replace(/ \/\/ .*$/s, "");
    const text = typeof wording === "string" ? wording : wording.other;
    return text.replace(/\{(\d{1,2})\}/g, (_, place: string) => String(values[Number(place)] ?? ""));
  };
}
