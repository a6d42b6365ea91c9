/** One packet of a stream as tcpdump writes it; `record` is its header and its bytes, valid during the call only. */
export interface CutPacket {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly record: Buffer;
}

/** Bytes of a capture file's head, and of what stands before each packet (draft-ietf-opsawg-pcap section 4 and 5). */
export const pcapHeadBytes = 24;
export const pcapRecordHeadBytes = 16;

const microseconds = 0xa1b2_c3d4;
// tcpdump's own bound, for whole frames.
const maxCapturedBytes = 262_144;

/** Cuts a capture file that comes in pieces, of this machine's byte order, into its packets. */
export class PcapCutter {
  readonly #onPacket: (packet: CutPacket) => void;
  #rest: Buffer = Buffer.alloc(0);
  #head: Buffer | null = null;

  constructor(onPacket: (packet: CutPacket) => void) {
    this.#onPacket = onPacket;
  }

  /** The file's head; null before it has come. */
  get head(): Buffer | null {
    return this.#head;
  }

  /** Bytes that are no whole packet yet. */
  get pendingBytes(): number {
    return this.#rest.length;
  }

  /** False where what comes is no capture file. */
  push(chunk: Buffer): boolean {
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let offset = 0;
    if (this.#head === null) {
      if (all.length < pcapHeadBytes) {
        this.#rest = Buffer.from(all);
        return true;
      }
      if (all.readUInt32LE(0) !== microseconds) return false;
      this.#head = Buffer.from(all.subarray(0, pcapHeadBytes));
      offset = pcapHeadBytes;
    }
    while (all.length - offset >= pcapRecordHeadBytes) {
      const captured = all.readUInt32LE(offset + 8);
      if (captured > maxCapturedBytes) return false;
      const end = offset + pcapRecordHeadBytes + captured;
      if (end > all.length) break;
      const at = all.readUInt32LE(offset) * 1000 + all.readUInt32LE(offset + 4) / 1000;
      this.#onPacket({ at, record: all.subarray(offset, end) });
      offset = end;
    }
    this.#rest = Buffer.from(all.subarray(offset));
    return true;
  }
}
