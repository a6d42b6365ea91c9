/**
 * Reads of big-endian numbers at an offset. The caller has made sure that the bytes are there; what
 * lies outside reads as 0, so that a mistake cannot become a NaN.
 */

export function readByte(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}

export function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] ?? 0) << 24) |
      ((bytes[offset + 1] ?? 0) << 16) |
      ((bytes[offset + 2] ?? 0) << 8) |
      (bytes[offset + 3] ?? 0)) >>>
    0
  );
}

/** The same with the highest bit as a sign: an integer that the engine keeps without an object of its own. */
export function readInt32(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset] ?? 0) << 24) |
    ((bytes[offset + 1] ?? 0) << 16) |
    ((bytes[offset + 2] ?? 0) << 8) |
    (bytes[offset + 3] ?? 0)
  );
}

/** A MAC as a 48-bit number; -1 where all is zero, which is what loopback writes. */
export function readMac(bytes: Uint8Array, offset: number): number {
  const mac = readUint16(bytes, offset) * 0x1_0000_0000 + readUint32(bytes, offset + 2);
  return mac === 0 ? -1 : mac;
}
