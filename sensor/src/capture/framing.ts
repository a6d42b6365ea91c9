/**
 * Messages on a stream: four bytes of length (big endian), then that many bytes. Used on the Unix
 * sockets between reader, judge and executor.
 */

const prefixBytes = 4;

/** One message with its length before it. */
export function encodeMessage(body: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(prefixBytes + body.byteLength);
  message.writeUInt32BE(body.byteLength, 0);
  message.set(body, prefixBytes);
  return message;
}

/** One message of JSON with its length before it. */
export function encodeJson(value: unknown): Buffer {
  return encodeMessage(Buffer.from(JSON.stringify(value), "utf8"));
}

export interface MessageDecoderOptions {
  /** A longer announced length means a broken or hostile partner. */
  readonly maxBytes: number;
  /** Called per message; the bytes are valid during the call only. */
  readonly onMessage: (body: Buffer) => void;
}

/** Cuts a byte stream into messages, however the stream was cut into chunks. */
export class MessageDecoder {
  readonly #maxBytes: number;
  readonly #onMessage: (body: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #chunkBytes = 0;
  #neededBytes = prefixBytes;

  constructor(options: MessageDecoderOptions) {
    this.#maxBytes = options.maxBytes;
    this.#onMessage = options.onMessage;
  }

  /** Takes the next chunk; false means that the stream is unusable from here on. */
  push(chunk: Buffer): boolean {
    // Joining only once enough has come keeps a long message in many chunks linear.
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.byteLength;
    if (this.#rest.byteLength + this.#chunkBytes < this.#neededBytes) return true;
    const all =
      this.#rest.byteLength === 0 && this.#chunks.length === 1 ? chunk : Buffer.concat([this.#rest, ...this.#chunks]);
    this.#chunks = [];
    this.#chunkBytes = 0;
    let offset = 0;
    this.#neededBytes = prefixBytes;
    while (all.byteLength - offset >= prefixBytes) {
      const length = all.readUInt32BE(offset);
      if (length > this.#maxBytes) return false;
      if (all.byteLength - offset - prefixBytes < length) {
        this.#neededBytes = prefixBytes + length;
        break;
      }
      offset += prefixBytes + length;
      this.#onMessage(all.subarray(offset - length, offset));
    }
    this.#rest = all.subarray(offset);
    return true;
  }
}
