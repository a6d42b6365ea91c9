import { join, resolve } from "node:path";
import type { Language } from "../../controller/src/language/language-file.ts";
import { LanguageShelf } from "../../controller/src/language/language-shelf.ts";
import { ProvisionError } from "./errors.ts";

const shipped = resolve(import.meta.dirname, "../../controller/ui/languages");

/**
 * The language that a label is made in: one that is shipped, or that the operator has put into the controller's data, which comes first.
 * Throws `bad-options`, with those that there are.
 */
export async function labelLanguage(tag: string, dataFolder: string): Promise<Language> {
  const shelf = new LanguageShelf([shipped, join(resolve(dataFolder), "languages")]);
  const found = await shelf.closest(tag);
  if (found !== null) return found;
  const choices = await shelf.choices();
  throw new ProvisionError("bad-options", `--language ${JSON.stringify(tag)}: labels are made in ${choices}`);
}
