import { decode, type DecodedPacket } from "dns-packet";
import { readByte, readUint16 } from "./bytes.ts";
import type { WeirdCounter } from "./weird.ts";

/** No honest answer has more; each costs a look-up in the judge's tables. */
export const maxRecords = 128;

/**
 * Decodes what was captured whole of a DNS message: its questions and its answers, or all its records as if they were
 * answers. Null, counted as weird, where not even the question can be read.
 */
export function decodeWhole(
  bytes: Uint8Array,
  { offset, length }: { readonly offset: number; readonly length: number },
  wanted: "answers" | "all",
  weird: WeirdCounter,
): DecodedPacket | null {
  const whole = wholeRecords(bytes, offset, length, wanted);
  if (whole === null) {
    weird.count("malformed-dns");
    return null;
  }
  // A copy whose header promises only what is there: the library refuses a message with less.
  const message = Buffer.from(bytes.subarray(offset, offset + whole.length));
  message.writeUInt16BE(whole.records, 6);
  message.writeUInt16BE(0, 8);
  message.writeUInt16BE(0, 10);
  try {
    return decode(message);
  } catch {
    weird.count("malformed-dns");
    return null;
  }
}

/**
 * How many records were captured whole and where they end; null where the header or a question was
 * not, or the message is none: multicast DNS and queries have the same form, other traffic on the port has not.
 */
function wholeRecords(
  bytes: Uint8Array,
  offset: number,
  length: number,
  wanted: "answers" | "all",
): { readonly records: number; readonly length: number } | null {
  const end = offset + length;
  if (length < 12) return null;
  const questions = readUint16(bytes, offset + 4);
  const answers = readUint16(bytes, offset + 6);
  const others = wanted === "all" ? readUint16(bytes, offset + 8) + readUint16(bytes, offset + 10) : 0;
  if (questions > maxRecords) return null;
  let at = offset + 12;
  for (let index = 0; index < questions; index += 1) {
    const fixed = nameEnd(bytes, at, end);
    if (fixed < 0 || fixed + 4 > end) return null;
    at = fixed + 4;
  }
  let whole = 0;
  while (whole < answers + others && whole < maxRecords) {
    const fixed = nameEnd(bytes, at, end);
    if (fixed < 0 || fixed + 10 > end) break;
    const next = fixed + 10 + readUint16(bytes, fixed + 8);
    if (next > end) break;
    at = next;
    whole += 1;
  }
  return { records: whole, length: at - offset };
}

/** Where a name in a message ends; -1 where it does not within the bytes. */
function nameEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const label = readByte(bytes, at);
    if (label === 0) return at + 1;
    if (label >= 0xc0) return at + 2 <= end ? at + 2 : -1;
    if (label > 63) return -1;
    at += label + 1;
  }
  return -1;
}
