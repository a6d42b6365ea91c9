import PDFDocument from "pdfkit";
import type { Shape } from "./drawing.ts";
import { page } from "./sheet.ts";
import type { Head } from "./svg.ts";
import type { Typeface } from "./typeface.ts";

/** The sheet as PDF. */
export async function toPdf({ files }: Typeface, shapes: readonly Shape[], { title, language }: Head): Promise<Buffer> {
  const document = new PDFDocument({
    size: [page.width, page.height],
    margin: 0,
    // Else it would ask for one of its own.
    font: files[400] as unknown as string,
    lang: language,
    info: { Title: title, Creator: "Cordon" },
  });
  const chunks: Buffer[] = [];
  document.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => document.once("end", resolve));
  document.registerFont("400", files[400]).registerFont("600", files[600]);
  for (const shape of shapes) draw(document, shape);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

function draw(document: PDFKit.PDFDocument, shape: Shape): void {
  document.save();
  if (shape.kind === "text") {
    document.font(String(shape.weight)).fontSize(shape.size).fillColor(shape.fill);
    document.text(shape.text, shape.x, shape.y, { lineBreak: false, baseline: "alphabetic" });
  } else {
    const { d, fill, stroke, width = 1, dash } = shape;
    document.path(d);
    document.lineCap("round").lineWidth(width);
    if (dash !== undefined) document.dash(dash[0], { space: dash[1] });
    if (fill !== undefined && stroke !== undefined) document.fillAndStroke(fill, stroke);
    else if (fill !== undefined) document.fill(fill);
    else if (stroke !== undefined) document.stroke(stroke);
  }
  document.restore();
}
