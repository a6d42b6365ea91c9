import { SensorError } from "../../errors.ts";
import { damaged, type Decoder, type FrameSink } from "./decoder.ts";
import { PcapDecoder, pcapVariant } from "./pcap.ts";
import { isPcapng, PcapngDecoder } from "./pcapng.ts";

const magicLength = 4;

/**
 * Takes a file in chunks of any size and gives its frames to a sink: finds the format, hands records
 * to its decoder where they lie, and puts together those that chunks cut apart.
 */
export class RecordFeeder {
  readonly #sink: FrameSink;
  #decoder: Decoder | null = null;
  /** The beginning of a record whose rest has not come yet; its first `#carried` bytes count. */
  #carry = new Uint8Array(65_536);
  #carried = 0;
  /** How many bytes of that record have to be there before the decoder is asked again. */
  #needed = magicLength;
  #skipped = 0;
  #position = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Frames given to the sink so far. */
  get packets(): number {
    return this.#decoder?.packets ?? 0;
  }

  /** Takes the next bytes and keeps none of them. Throws `capture-unknown-format` and `capture-damaged`. */
  push(bytes: Uint8Array): void {
    // A Buffer is another type to the engine, and code that meets two is slower with both.
    const chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = this.#skip(chunk, 0);
    while (at < chunk.length) {
      at = this.#carried > 0 ? this.#readCarried(chunk, at) : this.#readChunk(chunk, at);
      at = this.#skip(chunk, at);
    }
  }

  /** The file has ended. Throws `capture-empty`, `capture-unknown-format`, or `capture-damaged` where a record was cut off. */
  end(): void {
    if (this.#decoder === null) {
      if (this.#carried === 0) throw new SensorError("capture-empty", "it is empty");
      throw unknownFormat();
    }
    if (this.#carried > 0 || this.#skipped > 0) {
      throw this.damaged("it ends in the middle of a record");
    }
  }

  /** The error of a file that is damaged here. */
  damaged(reason: string, cause?: unknown): SensorError {
    const packets = this.packets === 1 ? "1 packet" : `${this.packets} packets`;
    return new SensorError(
      "capture-damaged",
      `damaged at byte ${this.#position} after ${packets}: ${reason}`,
      cause === undefined ? undefined : { cause },
    );
  }

  /** Passes over bytes of a record that nobody wants; where to go on. */
  #skip(chunk: Uint8Array, at: number): number {
    const length = Math.min(this.#skipped, chunk.length - at);
    this.#skipped -= length;
    return at + length;
  }

  #readChunk(chunk: Uint8Array, from: number): number {
    const decoder = this.#decoder ?? this.#recognise(chunk, from, chunk.length - from);
    let at = from;
    while (decoder !== null && at < chunk.length) {
      const length = decoder.read(chunk, at, chunk.length - at);
      if (length <= 0) {
        if (length === damaged) throw this.damaged(decoder.damage ?? "it makes no sense");
        this.#needed = -length;
        break;
      }
      this.#position += length;
      at += length;
    }
    if (at > chunk.length) {
      this.#skipped = at - chunk.length;
      return chunk.length;
    }
    this.#keep(chunk, at, chunk.length - at);
    return chunk.length;
  }

  #readCarried(chunk: Uint8Array, from: number): number {
    const wanted = Math.min(this.#needed - this.#carried, chunk.length - from);
    this.#keep(chunk, from, wanted);
    if (this.#carried < this.#needed) return from + wanted;
    const decoder = this.#decoder ?? this.#recognise(this.#carry, 0, this.#carried);
    const length = decoder === null ? -this.#needed : decoder.read(this.#carry, 0, this.#carried);
    if (length < 0) {
      this.#needed = -length;
      return from + wanted;
    }
    if (length === damaged) throw this.damaged(decoder?.damage ?? "it makes no sense");
    this.#position += length;
    this.#skipped = length - this.#carried;
    this.#carried = 0;
    return from + wanted;
  }

  #keep(chunk: Uint8Array, from: number, length: number): void {
    const total = this.#carried + length;
    if (total > this.#carry.length) {
      const larger = new Uint8Array(Math.max(total, this.#needed, this.#carry.length * 2));
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(chunk.subarray(from, from + length), this.#carried);
    this.#carried = total;
  }

  /** Finds the decoder by the first bytes; null while there are too few. */
  #recognise(bytes: Uint8Array, offset: number, available: number): Decoder | null {
    if (available < magicLength) return null;
    const variant = pcapVariant(bytes, offset);
    if (typeof variant === "string") {
      throw new SensorError("capture-unknown-format", `${variant} is not read; convert it with editcap`);
    }
    if (variant !== null) this.#decoder = new PcapDecoder(variant, this.#sink);
    else if (isPcapng(bytes, offset)) this.#decoder = new PcapngDecoder(this.#sink);
    else throw unknownFormat();
    return this.#decoder;
  }
}

function unknownFormat(): SensorError {
  return new SensorError("capture-unknown-format", "it is no capture file (pcap or pcapng, plain or gzip)");
}
