/** How a {@link PcapWriter} writes; each has a default. */
export interface PcapOptions {
  /** By the pcap registry; Ethernet by default. */
  readonly linkType?: number;
  readonly precision?: "micro" | "nano";
  readonly byteOrder?: "little" | "big";
  readonly snapLength?: number;
}

/**
 * Makes the bytes of a pcap file. The caller writes them: first `header`, then what `record` gives
 * for each frame.
 */
export class PcapWriter {
  readonly #linkType: number;
  readonly #snapLength: number;
  readonly #isNano: boolean;
  readonly #isLittle: boolean;

  constructor(options: PcapOptions = {}) {
    this.#linkType = options.linkType ?? 1;
    this.#snapLength = options.snapLength ?? 262_144;
    this.#isNano = options.precision === "nano";
    this.#isLittle = options.byteOrder !== "big";
  }

  /** The 24 bytes that a file begins with. */
  header(): Uint8Array {
    const bytes = new Uint8Array(24);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, this.#isNano ? 0xa1b2_3c4d : 0xa1b2_c3d4, this.#isLittle);
    view.setUint16(4, 2, this.#isLittle);
    view.setUint16(6, 4, this.#isLittle);
    view.setUint32(16, this.#snapLength, this.#isLittle);
    view.setUint32(20, this.#linkType, this.#isLittle);
    return bytes;
  }

  /** One record. `at` is in epoch milliseconds; `originalLength` is what the wire carried, by default all of `frame`. */
  record(at: number, frame: Uint8Array, originalLength = frame.length): Uint8Array {
    const captured = Math.min(frame.length, this.#snapLength);
    const bytes = new Uint8Array(16 + captured);
    this.writeRecord(bytes, 0, at, frame.subarray(0, captured), originalLength);
    return bytes;
  }

  /** Writes one record into a buffer that is large enough; where it ends. */
  writeRecord(into: Uint8Array, offset: number, at: number, frame: Uint8Array, originalLength = frame.length): number {
    const unitsPerMs = this.#isNano ? 1_000_000 : 1_000;
    const seconds = Math.floor(at / 1_000);
    const fraction = Math.min(Math.round((at - seconds * 1_000) * unitsPerMs), unitsPerMs * 1_000 - 1);
    const view = new DataView(into.buffer, into.byteOffset + offset, 16);
    view.setUint32(0, seconds, this.#isLittle);
    view.setUint32(4, fraction, this.#isLittle);
    view.setUint32(8, frame.length, this.#isLittle);
    view.setUint32(12, originalLength, this.#isLittle);
    into.set(frame, offset + 16);
    return offset + 16 + frame.length;
  }
}
