import { pcapRecordHeadBytes } from "./pcap-cutter.ts";

/** Blocks of a pcapng file (draft-ietf-opsawg-pcapng section 4), little endian. */
const sectionHeader = 0x0a0d_0d0a;
const interfaceDescription = 1;
const enhancedPacket = 6;

const comment = 1;
const application = 4;

/** A section's beginning, stamped with comments. */
export function sectionBlock(comments: readonly string[], madeBy: string): Buffer {
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32LE(0x1a2b_3c4d, 0);
  fixed.writeUInt16LE(1, 4);
  // How long the section is, is not said.
  fixed.fill(0xff, 8);
  const options = [...comments.map((text) => option(comment, text)), option(application, madeBy), Buffer.alloc(4)];
  return block(sectionHeader, [fixed, ...options]);
}

/** The one port that packets are of; its link type and snap length as a capture file's head says. */
export function interfaceBlock(head: Buffer): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(head.readUInt32LE(20) & 0xffff, 0);
  fixed.writeUInt32LE(head.readUInt32LE(16), 4);
  return block(interfaceDescription, [fixed]);
}

/** A packet as a capture file has it; its times are in microseconds, as they are where nothing else is said. */
export function packetBlock(record: Buffer): Buffer {
  const ticks = BigInt(record.readUInt32LE(0)) * 1_000_000n + BigInt(record.readUInt32LE(4));
  const fixed = Buffer.alloc(20);
  fixed.writeUInt32LE(Number(ticks >> 32n), 4);
  fixed.writeUInt32LE(Number(ticks & 0xffff_ffffn), 8);
  fixed.writeUInt32LE(record.readUInt32LE(8), 12);
  fixed.writeUInt32LE(record.readUInt32LE(12), 16);
  return block(enhancedPacket, [fixed, record.subarray(pcapRecordHeadBytes)]);
}

function option(code: number, text: string): Buffer {
  const value = Buffer.from(text, "utf8").subarray(0, 0xffff);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}

function block(type: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const padding = -body.length & 3;
  const bytes = Buffer.alloc(12 + body.length + padding);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(bytes.length, 4);
  body.copy(bytes, 8);
  bytes.writeUInt32LE(bytes.length, bytes.length - 4);
  return bytes;
}
