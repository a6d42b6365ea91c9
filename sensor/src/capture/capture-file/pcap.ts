import { createFrame, damaged, maxCapturedLength, uint16, uint32, type Decoder, type FrameSink } from "./decoder.ts";

const headerLength = 24;

/** The variants of the format by their first four bytes, read as little-endian. */
interface Variant {
  readonly isLittle: boolean;
  readonly fractionsPerMs: number;
  /** Of each record's header. */
  readonly recordHeaderLength: number;
}

const micro = { fractionsPerMs: 1_000, recordHeaderLength: 16 } as const;
const nano = { fractionsPerMs: 1_000_000, recordHeaderLength: 16 } as const;
/** Written by a patched libpcap: interface index, protocol and packet type behind each record's lengths. */
const modified = { fractionsPerMs: 1_000, recordHeaderLength: 24 } as const;

const variants: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2_c3d4, { isLittle: true, ...micro }],
  [0xd4c3_b2a1, { isLittle: false, ...micro }],
  [0xa1b2_3c4d, { isLittle: true, ...nano }],
  [0x4d3c_b2a1, { isLittle: false, ...nano }],
  [0xa1b2_cd34, { isLittle: true, ...modified }],
  [0x34cd_b2a1, { isLittle: false, ...modified }],
]);

/** Variants that are known and not read, in both byte orders. */
const refused: ReadonlyMap<number, string> = new Map([
  [0xa1b2_34cd, "pcap as modified by F. Mesquita"],
  [0xcd34_b2a1, "pcap as modified by F. Mesquita"],
  [0xa12b_3c4d, "pcap of Navtel"],
  [0x4d3c_2ba1, "pcap of Navtel"],
  [0x1c00_01ac, "pcap of IXIA hardware"],
  [0xac01_001c, "pcap of IXIA hardware"],
  [0x1c00_01ab, "pcap of IXIA software"],
  [0xab01_001c, "pcap of IXIA software"],
]);

/** The variant of pcap that begins with these four bytes, a name of one that is not read, or null. */
export function pcapVariant(bytes: Uint8Array, offset: number): Variant | string | null {
  const magic = uint32(bytes, offset, true);
  return variants.get(magic) ?? refused.get(magic) ?? null;
}

/** Reads pcap (draft-ietf-opsawg-pcap) with microseconds or nanoseconds, in either byte order. */
export class PcapDecoder implements Decoder {
  readonly #variant: Variant;
  readonly #sink: FrameSink;
  readonly #frame = createFrame();
  #hasHeader = false;
  /** Before version 2.3 captured and original length stood the other way round; in 2.3 either occurs. */
  #minor = 4;
  damage: string | null = null;
  packets = 0;

  constructor(variant: Variant, sink: FrameSink) {
    this.#variant = variant;
    this.#sink = sink;
  }

  read(bytes: Uint8Array, offset: number, available: number): number {
    if (!this.#hasHeader) return this.#readHeader(bytes, offset, available);
    const { isLittle, fractionsPerMs, recordHeaderLength } = this.#variant;
    if (available < recordHeaderLength) return -recordHeaderLength;
    const captured = this.#capturedLength(bytes, offset);
    if (captured > maxCapturedLength) return this.#refuse(`a record claims ${captured} bytes`);
    const length = recordHeaderLength + captured;
    if (available < length) return -length;
    const frame = this.#frame;
    const fraction = uint32(bytes, offset + 4, isLittle);
    frame.at = uint32(bytes, offset, isLittle) * 1_000 + fraction / fractionsPerMs;
    frame.bytes = bytes;
    frame.start = offset + recordHeaderLength;
    frame.end = offset + length;
    this.packets += 1;
    this.#sink(frame);
    return length;
  }

  #readHeader(bytes: Uint8Array, offset: number, available: number): number {
    if (available < headerLength) return -headerLength;
    const { isLittle } = this.#variant;
    const major = uint16(bytes, offset + 4, isLittle);
    this.#minor = uint16(bytes, offset + 6, isLittle);
    if (major !== 2) return this.#refuse(`version ${major}.${this.#minor} of the format is not known`);
    // The upper half says whether frames end with a check sum; lengths within the packet tell where it ends.
    this.#frame.linkType = uint32(bytes, offset + 20, isLittle) & 0xffff;
    this.#hasHeader = true;
    return headerLength;
  }

  #capturedLength(bytes: Uint8Array, offset: number): number {
    const captured = uint32(bytes, offset + 8, this.#variant.isLittle);
    if (this.#minor > 3) return captured;
    const original = uint32(bytes, offset + 12, this.#variant.isLittle);
    return this.#minor < 3 || captured > original ? original : captured;
  }

  #refuse(reason: string): typeof damaged {
    this.damage = reason;
    return damaged;
  }
}
