import { readFileSync } from "node:fs";
import { join } from "node:path";
import { create, type Font } from "fontkit";
import { ProvisionError } from "../errors.ts";
import { ink, type Ink, type Text, type Weight } from "./drawing.ts";

/** IBM Plex Sans in two weights: Latin, Greek and Cyrillic. */
export interface Typeface {
  readonly files: Readonly<Record<Weight, Buffer>>;
  readonly fonts: Readonly<Record<Weight, Font>>;
  /** Of letters that were asked for, in units of the font. */
  readonly advances: Readonly<Record<Weight, Map<string, number>>>;
}

/** Reads it. @param folder where the two files lie */
export function openTypeface(folder: string): Typeface {
  const files = { 400: readFileSync(join(folder, "label-400.ttf")), 600: readFileSync(join(folder, "label-600.ttf")) };
  return {
    files,
    fonts: { 400: fontOf(files[400]), 600: fontOf(files[600]) },
    advances: { 400: new Map(), 600: new Map() },
  };
}

function fontOf(file: Buffer): Font {
  const font = create(file);
  if ("fonts" in font) throw new ProvisionError("font-unusable", "the label's font is a collection");
  return font;
}

/** What a text is set in. */
export interface Setting {
  readonly size: number;
  readonly weight: Weight;
}

/** How wide a text is at most, in points: pairs of letters that move together make it a little narrower. */
export function widthOf({ fonts, advances }: Typeface, text: string, { size, weight }: Setting): number {
  const [font, known] = [fonts[weight], advances[weight]];
  let units = 0;
  for (const letter of text) {
    const advance = known.get(letter) ?? font.glyphForCodePoint(letter.codePointAt(0) ?? 0).advanceWidth;
    known.set(letter, advance);
    units += advance;
  }
  return (units / font.unitsPerEm) * size;
}

/** The text with every character that the font lacks replaced by one that it has: a box in a name helps nobody. */
export function printable({ fonts }: Typeface, text: string): string {
  return [...text.normalize("NFC")]
    .map((char) => (fonts[400].hasGlyphForCodePoint(char.codePointAt(0) ?? 0) ? char : "\u00b7"))
    .join("");
}

/** The letters of some texts that the font lacks, each once: on a sheet a dot stands for them. */
export function unprintable({ fonts }: Pick<Typeface, "fonts">, texts: readonly (string | undefined)[]): string[] {
  const letters = new Set(texts.flatMap((text) => [...(text ?? "").normalize("NFC")]));
  return [...letters].filter((char) => !fonts[400].hasGlyphForCodePoint(char.codePointAt(0) ?? 0));
}

/** A text in lines of a width, broken between words, and within one that has no room on a line of its own. */
export function wrapped(typeface: Typeface, text: string, setting: Setting, width: number): string[] {
  const fits = (line: string): boolean => widthOf(typeface, line, setting) <= width;
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(/\s+/).filter((each) => each !== "")) {
    const joined = current === "" ? word : `${current} ${word}`;
    if (fits(joined)) {
      current = joined;
      continue;
    }
    if (current !== "") lines.push(current);
    current = word;
    while (!fits(current)) {
      const letters = [...current];
      let count = letters.length - 1;
      while (count > 1 && !fits(letters.slice(0, count).join(""))) count -= 1;
      lines.push(letters.slice(0, count).join(""));
      current = letters.slice(count).join("");
    }
  }
  if (current !== "") lines.push(current);
  return lines;
}

/** The first size in which a text has room on so many lines, if may be without a broken word; in the last one it is cut, and ends in a dash of dots. */
export function fitted(
  typeface: Typeface,
  text: string,
  {
    weight,
    sizes,
    width,
    lines,
  }: { readonly weight: Weight; readonly sizes: readonly number[]; readonly width: number; readonly lines: number },
): { readonly size: number; readonly lines: readonly string[] } {
  const fits = sizes
    .map((size) => ({ size, lines: wrapped(typeface, text, { size, weight }, width) }))
    .filter((each) => each.lines.length <= lines);
  // A smaller one sooner than a word that is broken.
  const words = text.split(/\s+/);
  const whole = fits.find(({ size }) => words.every((word) => widthOf(typeface, word, { size, weight }) <= width));
  const found = whole ?? fits[0];
  if (found !== undefined) return found;
  const size = sizes.at(-1) ?? 12;
  const broken = wrapped(typeface, text, { size, weight }, width).slice(0, lines);
  const last = [...(broken.at(-1) ?? "")];
  while (last.length > 0 && widthOf(typeface, `${last.join("")}…`, { size, weight }) > width) last.pop();
  return { size, lines: [...broken.slice(0, -1), `${last.join("")}…`] };
}

export function textAt(x: number, y: number, text: string, { size, weight }: Setting, fill: Ink = ink.black): Text {
  return { kind: "text", x, y, size, weight, text, fill };
}

/** A text whose middle is at x. */
export function textAround(typeface: Typeface, x: number, y: number, text: string, setting: Setting, fill?: Ink): Text {
  return textAt(x - widthOf(typeface, text, setting) / 2, y, text, setting, fill);
}
