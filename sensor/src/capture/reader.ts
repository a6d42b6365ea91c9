import { createRequire } from "node:module";
import type { Socket } from "node:net";
import { SensorError } from "../errors.ts";
import { messageKinds, recordHeaderBytes } from "./reader-protocol.ts";

/** The part of the native module `cap` that the reader uses. */
export interface CapModule {
  readonly Cap: new () => {
    open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
    on(event: "packet", listener: (sizeBytes: number, isTruncated: boolean) => void): void;
    close(): void;
  };
}

/** The part that sends. */
export interface SendingCapModule {
  readonly Cap: new () => InstanceType<CapModule["Cap"]> & { send(frame: Buffer, sizeBytes: number): void };
}

export interface ReaderOptions {
  readonly cap: CapModule;
  /** The log group of the kernel's rules. */
  readonly group: number;
  /** Connected to the judge. */
  readonly socket: Socket;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Bytes that may wait for a slow judge; what comes on top is dropped and counted. Default 16 MiB. */
  readonly maxWaitingBytes?: number;
}

// A GSO packet of 64 KiB and its attributes.
const recordBufferBytes = 72 * 1024;
const batchBytes = 1024 * 1024;
const framePrefixBytes = 4;

/**
 * Loads `cap`, which is built against the pinned runtime. Throws `cap-missing` where it cannot be
 * loaded.
 */
export function loadCap(from: string): SendingCapModule {
  try {
    return createRequire(from)("cap") as SendingCapModule;
  } catch (cause) {
    throw new SensorError("cap-missing", `cannot load the native module cap: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Opens the log group and hands every record to the judge, in one write per turn of the event
 * loop. It holds at most one batch and what the socket has not taken yet.
 */
export class Reader {
  readonly #options: Required<ReaderOptions>;
  // Never let go of: the module's destructor touches what only a successful open has initialised.
  readonly #handles: unknown[] = [];
  readonly #record = Buffer.alloc(recordBufferBytes);
  #batch = Buffer.allocUnsafe(batchBytes);
  #batchLength = 0;
  #isFlushPlanned = false;
  #dropped = 0;
  #droppedSaid = 0;

  constructor(options: ReaderOptions) {
    this.#options = { maxWaitingBytes: 16 * 1024 * 1024, ...options };
  }

  /** Throws `group-busy` where another process reads the group, `open-failed` for other reasons. */
  open(): void {
    const { cap, group, socket } = this.#options;
    const handle = new cap.Cap();
    this.#handles.push(handle);
    try {
      // Only the kernel's rules choose: no filter. The ring size means nothing for a netlink socket.
      handle.open(`nflog:${group}`, "", 1024 * 1024, this.#record);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      const code = /can't listen on group index/i.test(text) ? "group-busy" : "open-failed";
      throw new SensorError(code, `cannot open log group ${group}: ${text}`, { cause });
    }
    handle.on("packet", (sizeBytes) => this.#take(sizeBytes));
    socket.on("drain", () => this.#sayDropped());
    this.#put(messageKinds.ready, null, 0);
  }

  #take(sizeBytes: number): void {
    const { socket, maxWaitingBytes } = this.#options;
    const neededBytes = framePrefixBytes + recordHeaderBytes + sizeBytes;
    // The callback runs until the group is empty, so nothing is written in between: this is the only brake.
    if (socket.writableLength + this.#batchLength + neededBytes > maxWaitingBytes) {
      this.#dropped++;
      this.#planFlush();
      return;
    }
    this.#put(messageKinds.record, this.#record, sizeBytes);
  }

  #put(kind: number, record: Buffer | null, sizeBytes: number): void {
    const bodyBytes = record === null ? 1 : recordHeaderBytes + sizeBytes;
    if (this.#batchLength + framePrefixBytes + bodyBytes > batchBytes) this.#flush();
    let offset = this.#batch.writeUInt32BE(bodyBytes, this.#batchLength);
    offset = this.#batch.writeUInt8(kind, offset);
    if (record !== null) {
      offset = this.#batch.writeDoubleBE(this.#options.clock(), offset);
      offset += record.copy(this.#batch, offset, 0, sizeBytes);
    }
    this.#batchLength = offset;
    this.#planFlush();
  }

  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setImmediate(() => {
      this.#isFlushPlanned = false;
      this.#flush();
      if (!this.#options.socket.writableNeedDrain) this.#sayDropped();
    });
  }

  #flush(): void {
    if (this.#batchLength === 0) return;
    // Copied, because the socket keeps what it cannot send at once; a batch is far smaller than its buffer in rest.
    this.#options.socket.write(Buffer.from(this.#batch.subarray(0, this.#batchLength)));
    this.#batchLength = 0;
  }

  #sayDropped(): void {
    if (this.#dropped === this.#droppedSaid) return;
    this.#droppedSaid = this.#dropped;
    const message = Buffer.alloc(framePrefixBytes + recordHeaderBytes);
    message.writeUInt32BE(recordHeaderBytes, 0);
    message.writeUInt8(messageKinds.dropped, framePrefixBytes);
    message.writeDoubleBE(this.#dropped, framePrefixBytes + 1);
    this.#options.socket.write(message);
  }
}
