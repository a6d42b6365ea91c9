import type { Frame } from "../frame.ts";

/** Called for each frame of a file, in order. The frame is reused: keep a copy, or nothing. */
export type FrameSink = (frame: Frame) => void;

/** What a decoder answers where the bytes make no sense; `damage` says why. */
export const damaged = 0;

/**
 * Reads one kind of capture file, record by record, from bytes that it is given and does not keep.
 */
export interface Decoder {
  /** Why `read` answered {@link damaged}; null as long as it has not. */
  readonly damage: string | null;
  /** Frames given to the sink so far. */
  readonly packets: number;
  /**
   * Reads the record at `offset`, of which `available` bytes are there. Answers its length, which may
   * exceed what is there when the rest is to be skipped; or, negated, how many bytes it needs to
   * go on; or {@link damaged}.
   */
  read(bytes: Uint8Array, offset: number, available: number): number;
}

/** Longer captured frames do not exist (libpcap's MAXIMUM_SNAPLEN): such a length is damage. */
export const maxCapturedLength = 262_144;

/** A frame to be filled again and again by a decoder. */
export function createFrame(): Frame & { start: number; end: number } {
  return { at: 0, linkType: -1, bytes: new Uint8Array(0), start: 0, end: 0, side: null, mark: "seen" };
}

/** A number of 16 bits in the byte order of the file. */
export function uint16(bytes: Uint8Array, offset: number, isLittle: boolean): number {
  const first = bytes[offset] ?? 0;
  const second = bytes[offset + 1] ?? 0;
  return isLittle ? first | (second << 8) : (first << 8) | second;
}

/** A number of 32 bits in the byte order of the file. */
export function uint32(bytes: Uint8Array, offset: number, isLittle: boolean): number {
  const a = bytes[offset] ?? 0;
  const b = bytes[offset + 1] ?? 0;
  const c = bytes[offset + 2] ?? 0;
  const d = bytes[offset + 3] ?? 0;
  return (isLittle ? a | (b << 8) | (c << 16) | (d << 24) : (a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
