/** Builds pcapng files block by block for tests, in either byte order. */
export class PcapngBuilder {
  readonly #isLittle: boolean;
  readonly #parts: Uint8Array[] = [];

  constructor(byteOrder: "little" | "big" = "little") {
    this.#isLittle = byteOrder === "little";
  }

  /** A block of any type around a body, which is padded. */
  block(type: number, body: Uint8Array, statedLength?: number): this {
    const padded = (body.length + 3) & ~3;
    const length = statedLength ?? padded + 12;
    const bytes = new Uint8Array(padded + 12);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, type, this.#isLittle);
    view.setUint32(4, length, this.#isLittle);
    bytes.set(body, 8);
    view.setUint32(padded + 8, length, this.#isLittle);
    this.#parts.push(bytes);
    return this;
  }

  section(): this {
    const { bytes, view } = this.#body(16);
    view.setUint32(0, 0x1a2b_3c4d, this.#isLittle);
    view.setUint16(4, 1, this.#isLittle);
    view.setBigInt64(8, -1n, this.#isLittle);
    return this.block(0x0a0d_0d0a, bytes);
  }

  /** `timeResolution` as option if_tsresol writes it; `offsetSeconds` as if_tsoffset. */
  interface(
    linkType: number,
    options: { timeResolution?: number; offsetSeconds?: number; snapLength?: number } = {},
  ): this {
    const { bytes, view } = this.#body(8 + 8 + 12 + 4);
    view.setUint16(0, linkType, this.#isLittle);
    view.setUint32(4, options.snapLength ?? 0, this.#isLittle);
    view.setUint16(8, 9, this.#isLittle);
    view.setUint16(10, 1, this.#isLittle);
    view.setUint8(12, options.timeResolution ?? 6);
    view.setUint16(16, 14, this.#isLittle);
    view.setUint16(18, 8, this.#isLittle);
    view.setBigInt64(20, BigInt(options.offsetSeconds ?? 0), this.#isLittle);
    return this.block(1, bytes);
  }

  enhancedPacket(interfaceId: number, ticks: bigint, frame: Uint8Array, statedLength = frame.length): this {
    const { bytes, view } = this.#body(20 + frame.length);
    view.setUint32(0, interfaceId, this.#isLittle);
    this.#writePacket(view, bytes, ticks, frame, statedLength);
    return this.block(6, bytes);
  }

  /** The obsolete packet block. */
  packet(interfaceId: number, ticks: bigint, frame: Uint8Array): this {
    const { bytes, view } = this.#body(20 + frame.length);
    view.setUint16(0, interfaceId, this.#isLittle);
    this.#writePacket(view, bytes, ticks, frame, frame.length);
    return this.block(2, bytes);
  }

  simplePacket(frame: Uint8Array, originalLength = frame.length): this {
    const { bytes, view } = this.#body(4 + frame.length);
    view.setUint32(0, originalLength, this.#isLittle);
    bytes.set(frame, 4);
    return this.block(3, bytes);
  }

  build(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  #body(length: number): { bytes: Uint8Array; view: DataView } {
    const bytes = new Uint8Array(length);
    return { bytes, view: new DataView(bytes.buffer) };
  }

  #writePacket(view: DataView, bytes: Uint8Array, ticks: bigint, frame: Uint8Array, statedLength: number): void {
    view.setUint32(4, Number(ticks >> 32n), this.#isLittle);
    view.setUint32(8, Number(ticks & 0xffff_ffffn), this.#isLittle);
    view.setUint32(12, statedLength, this.#isLittle);
    view.setUint32(16, statedLength, this.#isLittle);
    bytes.set(frame, 20);
  }
}
