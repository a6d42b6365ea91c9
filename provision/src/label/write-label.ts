import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Language } from "../../../controller/src/language/language-file.ts";
import { ProvisionError } from "../errors.ts";
import type { LabelFacts } from "./facts.ts";
import { msgIn } from "./message.ts";
import { labelSheet, titleOf, wordsOn } from "./sheet.ts";
import { toSvg } from "./svg.ts";
import { openTypeface, unprintable } from "./typeface.ts";

const fonts = fileURLToPath(new URL("../../fonts", import.meta.url));

/**
 * Writes the sheet of a box, PDF or SVG by the file's name, for its owner alone: the PIN is on it. Gives the letters that it cannot
 * show, as a person is told; null where there are none. Throws `output-refused`.
 */
export async function writeLabel(
  path: string,
  facts: LabelFacts,
  { isForced, language }: { readonly isForced: boolean; readonly language: Language },
): Promise<string | null> {
  const typeface = openTypeface(fonts);
  const msg = msgIn(language);
  const shapes = labelSheet(typeface, facts, msg);
  const head = { title: titleOf(msg, facts), language: language.language };
  const bytes = /\.svg$/i.test(path)
    ? Buffer.from(toSvg(typeface, shapes, head))
    : // It is loaded where it is needed: it is large.
      await (await import("./pdf.ts")).toPdf(typeface, shapes, head);
  try {
    const file = await open(path, isForced ? "w" : "wx", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
    const words = isThere ? "it is there already; --force writes over it" : (cause as Error).message;
    throw new ProvisionError("output-refused", `cannot write the label ${path}: ${words}`, { cause });
  }
  const lacking = unprintable(typeface, wordsOn(facts));
  return lacking.length === 0
    ? null
    : `the label has Latin, Greek and Cyrillic letters alone; a dot stands for ${lacking.slice(0, 20).join(" ")}. Write them on it by hand`;
}
