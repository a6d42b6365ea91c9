/** What the controller or a box wrote, in the reader's language; what no pattern fits stays as it is. */
import { Sentences } from "../../../src/language/sentences.ts";
import { currentLanguage } from "./message.ts";

let known: { readonly reports: ReadonlyMap<string, string>; readonly sentences: Sentences } | null = null;

export function said(text: string): string {
  const language = currentLanguage();
  if (language === null) return text;
  const { reports } = language;
  if (known?.reports !== reports) known = { reports, sentences: new Sentences(reports) };
  return known.sentences.said(text);
}
