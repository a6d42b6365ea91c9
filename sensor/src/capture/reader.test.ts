import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { test } from "node:test";
import { SensorError } from "../errors.ts";
import { MessageDecoder } from "./framing.ts";
import { Reader, type CapModule } from "./reader.ts";
import { maxMessageBytes, messageKinds, recordHeaderBytes } from "./reader-protocol.ts";

/** Stands for the native module: gives records when told to, into the buffer it was given. */
class FakeCap {
  static openError: Error | null = null;
  static current: FakeCap;
  #buffer: Buffer = Buffer.alloc(0);
  #listener: (sizeBytes: number, isTruncated: boolean) => void = () => {};

  open(_device: string, _filter: string, _bufferBytes: number, buffer: Buffer): string {
    if (FakeCap.openError !== null) throw FakeCap.openError;
    this.#buffer = buffer;
    FakeCap.current = this;
    return "Unknown linktype 239";
  }
  on(_event: "packet", listener: (sizeBytes: number, isTruncated: boolean) => void): void {
    this.#listener = listener;
  }
  close(): void {}
  give(record: Buffer): void {
    record.copy(this.#buffer);
    this.#listener(record.length, false);
  }
}

const cap: CapModule = { Cap: FakeCap };

/** A socket whose other side takes something only when `takeAll` is called. */
class SlowSocket extends Duplex {
  readonly messages: { kind: number; body: Buffer }[] = [];
  readonly #decoder = new MessageDecoder({
    maxBytes: maxMessageBytes,
    onMessage: (body) => this.messages.push({ kind: body[0] ?? 0, body: Buffer.from(body.subarray(1)) }),
  });
  #pending: (() => void) | null = null;
  isOpen = true;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    assert.ok(this.#decoder.push(chunk));
    if (this.isOpen) done();
    else this.#pending = done;
  }
  override _read(): void {}
  takeAll(): void {
    this.isOpen = true;
    this.#pending?.();
    this.#pending = null;
  }
}

function aReader(socket: SlowSocket, maxWaitingBytes = 1 << 20): Reader {
  return new Reader({ cap, group: 71, socket: socket as unknown as Socket, clock: () => 1234.5, maxWaitingBytes });
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("records travel in order with the time of receipt, in one write per turn", async () => {
  FakeCap.openError = null;
  const socket = new SlowSocket();
  aReader(socket).open();
  for (const text of ["one", "two", "three"]) FakeCap.current.give(Buffer.from(text));
  assert.equal(socket.messages.length, 0);
  await turn();
  assert.deepEqual(
    socket.messages.map(({ kind, body }) => [kind, body.subarray(recordHeaderBytes - 1).toString()]),
    [
      [messageKinds.ready, ""],
      [messageKinds.record, "one"],
      [messageKinds.record, "two"],
      [messageKinds.record, "three"],
    ],
  );
  assert.equal(socket.messages[1]?.body.readDoubleBE(0), 1234.5);
});

test("what a slow judge does not take is dropped, counted and said, and memory stays bounded", async () => {
  FakeCap.openError = null;
  const socket = new SlowSocket({ writableHighWaterMark: 100 });
  const reader = aReader(socket, 4000);
  reader.open();
  await turn();
  socket.isOpen = false;
  const offered = 500;
  for (let index = 0; index < offered; index++) {
    FakeCap.current.give(Buffer.alloc(87, index));
    if (index % 50 === 0) await turn();
    assert.ok(socket.writableLength <= 4000);
  }
  await turn();
  socket.takeAll();
  for (let turns = 0; turns < 5; turns++) await turn();
  const delivered = socket.messages.filter(({ kind }) => kind === messageKinds.record).length;
  const dropped = socket.messages.findLast(({ kind }) => kind === messageKinds.dropped)?.body.readDoubleBE(0);
  assert.ok(delivered > 0 && delivered < offered);
  assert.equal(delivered + (dropped ?? 0), offered);
});

test("a group in other hands has a code of its own", () => {
  FakeCap.openError = new Error("Can't listen on group index: Operation not permitted");
  assert.throws(
    () => aReader(new SlowSocket()).open(),
    (error) => error instanceof SensorError && error.code === "group-busy",
  );
  FakeCap.openError = new Error("Operation not permitted");
  assert.throws(
    () => aReader(new SlowSocket()).open(),
    (error) => error instanceof SensorError && error.code === "open-failed",
  );
});
