import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
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

// Two hundred translated connections are 50 KB, and an eighth of that packed; a short line is hardly shorter.
const packedFromLength = 2048;
// No JSON text begins with it.
const packedMark = "z";
// What a damaged line unpacks to at most.
const maxUnpackedBytes = 16 * 1024 * 1024;

/**
 * `<crc> <sequence> <json>` and a newline; the check sum covers what follows it. A long text is packed (RFC 1951, in base64
 * behind a `z`), and its check sum is of what it unpacks to, so that whoever does not know of that finds it damaged.
 */
export function encodeLine(line: SpoolLine): string {
  const body = `${line.sequence} ${line.json}`;
  if (line.json.length < packedFromLength) return `${checkSum(body)} ${body}\n`;
  const packed = deflateRawSync(line.json).toString("base64");
  return `${checkSum(body)} ${line.sequence} ${packedMark}${packed}\n`;
}

/**
 * The intact lines of a spool file, in rising order. A power cut leaves half a line at the end,
 * a worn card may damage one in the middle: those are left out, and the rest stands.
 */
export function decodeLines(text: string): SpoolLine[] {
  const lines: SpoolLine[] = [];
  for (const raw of text.split("\n").slice(0, -1)) {
    const body = unpacked(raw.slice(9));
    if (raw[8] !== " " || body === null || raw.slice(0, 8) !== checkSum(body)) continue;
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

/** Null where that makes no sense. */
function unpacked(body: string): string | null {
  const space = body.indexOf(" ");
  if (body[space + 1] !== packedMark) return body;
  try {
    const packed = Buffer.from(body.slice(space + 2), "base64");
    return `${body.slice(0, space)} ${inflateRawSync(packed, { maxOutputLength: maxUnpackedBytes }).toString("utf8")}`;
  } catch {
    return null;
  }
}

function checkSum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
