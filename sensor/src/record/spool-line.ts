import { crc32 } from "node:zlib";
import type { Notice } from "@cordon/contract";

/** One notice as it stands in a spool file: found whole, or not at all. */
export interface SpoolLine {
  readonly sequence: number;
  /** The notice's JSON text. */
  readonly json: string;
}

export function lineOf(notice: Notice): SpoolLine {
  return { sequence: notice.sequence, json: JSON.stringify(notice) };
}

/** `<crc> <sequence> <json>` and a newline; the check sum covers what follows it. */
export function encodeLine(line: SpoolLine): string {
  const body = `${line.sequence} ${line.json}`;
  return `${checkSum(body)} ${body}\n`;
}

/**
 * The intact lines of a spool file, in rising order. A power cut leaves half a line at the end,
 * a worn card may damage one in the middle: those are left out, and the rest stands.
 */
export function decodeLines(text: string): SpoolLine[] {
  const lines: SpoolLine[] = [];
  for (const raw of text.split("\n").slice(0, -1)) {
    const body = raw.slice(9);
    if (raw[8] !== " " || raw.slice(0, 8) !== checkSum(body)) continue;
    const space = body.indexOf(" ");
    const sequence = Number(body.slice(0, space));
    if (!Number.isSafeInteger(sequence) || sequence <= (lines.at(-1)?.sequence ?? 0)) continue;
    lines.push({ sequence, json: body.slice(space + 1) });
  }
  return lines;
}

/** When the notice of a line came about, epoch milliseconds by the box's clock; 0 where it does not say. */
export function timeOf({ json }: SpoolLine): number {
  const { at } = JSON.parse(json) as Partial<Notice>;
  return typeof at === "number" ? at : 0;
}

function checkSum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
