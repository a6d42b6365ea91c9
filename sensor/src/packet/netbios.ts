import { readByte, readUint16, readInt32 } from "./bytes.ts";
import { nameText } from "./name-text.ts";
import type { WeirdCounter } from "./weird.ts";

/** A name that a machine says is its own (RFC 1002 4.2). */
export interface NetbiosClaim {
  readonly name: string;
  /** The address that it gives with the name; 0 where it gives none (node status), since the name is then the sender's. */
  readonly address: number;
}

const types = { nb: 0x20, nodeStatus: 0x21 } as const;
/** RFC 1002 4.2.1.1: registration, its multi-homed form, and refresh under both its numbers. */
const registrations: ReadonlySet<number> = new Set([5, 8, 9, 15]);
/** Microsoft's use of the sixteenth byte: 0 is the machine itself, 0x20 its file service. Others are groups and people. */
const machineSuffixes: ReadonlySet<number> = new Set([0x00, 0x20]);
const groupFlag = 0x8000;
const headerLength = 12;
/** A length, 32 half bytes, the root; names with a scope are no longer used. */
const encodedLength = 34;

/**
 * What a NetBIOS name message says of its sender's own name: a registration, an answer to a question for the name, or
 * to one for the node's status. Null for everything else, questions above all; counted as weird where it breaks off.
 */
export function parseNetbios(
  bytes: Uint8Array,
  offset: number,
  length: number,
  weird: WeirdCounter,
): NetbiosClaim | null {
  const end = offset + length;
  const opcode = length < headerLength ? 0 : (readByte(bytes, offset + 2) >> 3) & 0x0f;
  const isResponse = length >= headerLength && (readByte(bytes, offset + 2) & 0x80) !== 0;
  const isRegistration = !isResponse && registrations.has(opcode);
  if (length >= headerLength && !isRegistration && !(isResponse && opcode === 0)) return null;
  const owner = offset + headerLength;
  // The record of a registration stands behind its question and points at the question's name.
  const record = isRegistration ? owner + encodedLength + 4 + 2 : owner + encodedLength;
  if (length < headerLength || record + 10 > end || readByte(bytes, owner) !== 32) {
    weird.count("malformed-netbios");
    return null;
  }
  const type = readUint16(bytes, record);
  const data = record + 10;
  if (type === types.nodeStatus && isResponse) return ownOfStatus(bytes, data, end);
  if (type !== types.nb || data + 6 > end) return null;
  if ((readUint16(bytes, data) & groupFlag) !== 0) return null;
  const decoded = halfAscii(bytes, owner + 1);
  if (!machineSuffixes.has(decoded.suffix)) return null;
  const name = nameText(decoded.name, 15);
  return name === null ? null : { name, address: readInt32(bytes, data + 2) };
}

/** RFC 1001 14.1: each half byte as a letter from A on. */
function halfAscii(bytes: Uint8Array, offset: number): { readonly name: string; readonly suffix: number } {
  const byteAt = (index: number): number =>
    ((readByte(bytes, offset + 2 * index) - 0x41) << 4) | ((readByte(bytes, offset + 2 * index + 1) - 0x41) & 0x0f);
  let name = "";
  for (let index = 0; index < 15; index += 1) name += String.fromCharCode(byteAt(index) & 0xff);
  return { name: name.trimEnd(), suffix: byteAt(15) & 0xff };
}

/** RFC 1002 4.2.18: a count, then names of 16 bytes with two of flags. */
function ownOfStatus(bytes: Uint8Array, offset: number, end: number): NetbiosClaim | null {
  const count = offset < end ? readByte(bytes, offset) : 0;
  for (let index = 0; index < count; index += 1) {
    const at = offset + 1 + index * 18;
    if (at + 18 > end) break;
    const isMachine = readByte(bytes, at + 15) === 0 && (readUint16(bytes, at + 16) & groupFlag) === 0;
    if (!isMachine) continue;
    const name = nameText(String.fromCharCode(...bytes.subarray(at, at + 15)), 15);
    return name === null ? null : { name, address: 0 };
  }
  return null;
}
