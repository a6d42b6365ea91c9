import type { Path, Shape, Text } from "./drawing.ts";
import { page } from "./sheet.ts";
import type { Typeface } from "./typeface.ts";

/** What a sheet says of itself to a program. */
export interface Head {
  readonly title: string;
  /** BCP 47 tag. */
  readonly language: string;
}

/** The sheet as SVG. Letters are outlines, so that it looks alike wherever it is opened, and asks for no font. */
export function toSvg(typeface: Typeface, shapes: readonly Shape[], { title, language }: Head): string {
  const outlines = new Map<string, string>();
  const drawn = shapes.map((shape) => (shape.kind === "path" ? pathTag(shape) : textTag(typeface, shape, outlines)));
  const { width, height } = page;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" viewBox="0 0 ${width} ${height}" lang="${language}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<defs>${[...outlines].map(([id, d]) => `<path id="${id}" d="${d}"/>`).join("")}</defs>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

function pathTag({ d, fill, stroke, width = 1, dash }: Path): string {
  const line = stroke === undefined ? "" : ` stroke="${stroke}" stroke-width="${width}" stroke-linecap="round"`;
  const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash.join(" ")}"`;
  return `<path d="${d}" fill="${fill ?? "none"}"${line}${dashes}/>`;
}

function textTag({ fonts }: Typeface, { text, x, y, size, weight, fill }: Text, outlines: Map<string, string>): string {
  const font = fonts[weight];
  const { glyphs, positions } = font.layout(text);
  let at = 0;
  const uses = glyphs.map((glyph, index) => {
    const id = `g${weight}-${glyph.id}`;
    const outline = glyph.path.toSVG();
    if (outline !== "") outlines.set(id, outline);
    const use = outline === "" ? "" : `<use href="#${id}" x="${Math.round(at)}"/>`;
    at += positions[index]?.xAdvance ?? 0;
    return use;
  });
  const scale = size / font.unitsPerEm;
  return `<g transform="translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${scale.toFixed(5)} ${(-scale).toFixed(5)})" fill="${fill}" aria-label="${escaped(text)}">${uses.join("")}</g>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
