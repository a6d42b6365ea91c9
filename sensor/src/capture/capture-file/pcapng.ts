import { createFrame, damaged, maxCapturedLength, uint16, uint32, type Decoder, type FrameSink } from "./decoder.ts";

/** Block types (draft-ietf-opsawg-pcapng section 4). */
const blocks = {
  sectionHeader: 0x0a0d_0d0a,
  interfaceDescription: 1,
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

const options = { end: 0, timeResolution: 9, timeOffset: 14 } as const;

/** What every block has: type, length, and the length once more. */
const frameLength = 12;

/** Blocks that are read whole hold one frame and some comments; a longer one is damage. */
const maxBlockLength = 1_048_576;
/** A machine has some dozens; each costs memory. */
const maxInterfaces = 65_536;

interface Interface {
  readonly linkType: number;
  /** The longest captured frame; 0 without bound. Simple packets do not say their own length. */
  readonly snapLength: number;
  readonly ticksPerMs: number;
  readonly offsetMs: number;
}

/** Whether a pcapng file begins with these four bytes; they read the same in both byte orders. */
export function isPcapng(bytes: Uint8Array, offset: number): boolean {
  return uint32(bytes, offset, true) === blocks.sectionHeader;
}

/** Reads pcapng: several sections and interfaces, either byte order; blocks without packets are skipped. */
export class PcapngDecoder implements Decoder {
  readonly #sink: FrameSink;
  readonly #frame = createFrame();
  #isLittle = true;
  #hasSection = false;
  #interfaces: Interface[] = [];
  damage: string | null = null;
  packets = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  read(bytes: Uint8Array, offset: number, available: number): number {
    if (available < frameLength) return -frameLength;
    const isSection = isPcapng(bytes, offset);
    if (isSection && !this.#readByteOrder(bytes, offset)) return this.#refuse("a section has no byte order");
    if (!isSection && !this.#hasSection) return this.#refuse("it does not begin with a section");
    const type = isSection ? blocks.sectionHeader : uint32(bytes, offset, this.#isLittle);
    const length = uint32(bytes, offset + 4, this.#isLittle);
    if (length < frameLength || length % 4 !== 0) return this.#refuse(`a block claims ${length} bytes`);
    if (!isKnown(type)) return length;
    if (length > maxBlockLength) return this.#refuse(`a block claims ${length} bytes`);
    if (available < length) return -length;
    if (uint32(bytes, offset + length - 4, this.#isLittle) !== length) {
      return this.#refuse("a block's two lengths differ");
    }
    return this.#readBlock(type, bytes, offset, length) ? length : damaged;
  }

  #readByteOrder(bytes: Uint8Array, offset: number): boolean {
    const magic = uint32(bytes, offset + 8, true);
    this.#isLittle = magic === 0x1a2b_3c4d;
    return this.#isLittle || magic === 0x4d3c_2b1a;
  }

  #readBlock(type: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const body = offset + 8;
    const end = offset + length - 4;
    switch (type) {
      case blocks.sectionHeader:
        return this.#readSection(bytes, body, end);
      case blocks.interfaceDescription:
        return this.#readInterface(bytes, body, end);
      case blocks.enhancedPacket:
        if (end - body < 20) return this.#fail("a packet block is too short");
        return this.#readPacket(bytes, uint32(bytes, body, this.#isLittle), body, end);
      case blocks.packet:
        if (end - body < 20) return this.#fail("a packet block is too short");
        return this.#readPacket(bytes, uint16(bytes, body, this.#isLittle), body, end);
      default:
        if (end - body < 4) return this.#fail("a packet block is too short");
        return this.#readSimplePacket(bytes, body, end);
    }
  }

  #readSection(bytes: Uint8Array, body: number, end: number): boolean {
    if (end - body < 16) return this.#fail("a section header is too short");
    const major = uint16(bytes, body + 4, this.#isLittle);
    if (major !== 1) return this.#fail(`version ${major} of the format is not known`);
    this.#hasSection = true;
    this.#interfaces = [];
    return true;
  }

  #readInterface(bytes: Uint8Array, body: number, end: number): boolean {
    if (end - body < 8) return this.#fail("an interface block is too short");
    if (this.#interfaces.length === maxInterfaces) return this.#fail("it has too many interfaces");
    let ticksPerMs = 1_000;
    let offsetMs = 0;
    let at = body + 8;
    while (at + 4 <= end) {
      const code = uint16(bytes, at, this.#isLittle);
      const size = uint16(bytes, at + 2, this.#isLittle);
      const value = at + 4;
      if (code === options.end || value + size > end) break;
      if (code === options.timeResolution && size >= 1) ticksPerMs = resolution(bytes[value] ?? 0);
      if (code === options.timeOffset && size >= 8) offsetMs = this.#int64(bytes, value) * 1_000;
      at = value + size + ((4 - (size & 3)) & 3);
    }
    this.#interfaces.push({
      linkType: uint16(bytes, body, this.#isLittle),
      snapLength: uint32(bytes, body + 4, this.#isLittle),
      ticksPerMs,
      offsetMs,
    });
    return true;
  }

  #readPacket(bytes: Uint8Array, index: number, body: number, end: number): boolean {
    const source = this.#interfaces[index];
    if (source === undefined) return this.#fail(`a packet names interface ${index}, which is not described`);
    const captured = uint32(bytes, body + 12, this.#isLittle);
    if (captured > maxCapturedLength || captured > end - body - 20) {
      return this.#fail(`a packet claims ${captured} bytes`);
    }
    const ticks = uint32(bytes, body + 4, this.#isLittle) * 0x1_0000_0000 + uint32(bytes, body + 8, this.#isLittle);
    this.#frame.at = ticks / source.ticksPerMs + source.offsetMs;
    this.#emit(source, bytes, body + 20, captured);
    return true;
  }

  /** Has no time of its own: it takes the time of the packet before it. */
  #readSimplePacket(bytes: Uint8Array, body: number, end: number): boolean {
    const source = this.#interfaces[0];
    if (source === undefined) return this.#fail("a packet comes before any interface");
    const original = uint32(bytes, body, this.#isLittle);
    const room = end - body - 4;
    const snapLength = source.snapLength === 0 ? room : source.snapLength;
    this.#emit(source, bytes, body + 4, Math.min(original, snapLength, room));
    return true;
  }

  #emit(source: Interface, bytes: Uint8Array, start: number, captured: number): void {
    const frame = this.#frame;
    frame.linkType = source.linkType;
    frame.bytes = bytes;
    frame.start = start;
    frame.end = start + captured;
    this.packets += 1;
    this.#sink(frame);
  }

  #int64(bytes: Uint8Array, offset: number): number {
    const first = uint32(bytes, offset, this.#isLittle);
    const second = uint32(bytes, offset + 4, this.#isLittle);
    return (this.#isLittle ? second | 0 : first | 0) * 0x1_0000_0000 + (this.#isLittle ? first : second);
  }

  #fail(reason: string): false {
    this.damage = reason;
    return false;
  }

  #refuse(reason: string): typeof damaged {
    this.damage = reason;
    return damaged;
  }
}

function isKnown(type: number): boolean {
  return (
    type === blocks.enhancedPacket ||
    type === blocks.sectionHeader ||
    type === blocks.interfaceDescription ||
    type === blocks.simplePacket ||
    type === blocks.packet
  );
}

/** Option if_tsresol: a negative power of 10, or of 2 where the highest bit is set. */
function resolution(value: number): number {
  const exponent = value & 0x7f;
  return (value & 0x80 ? 2 ** exponent : 10 ** exponent) / 1_000;
}
