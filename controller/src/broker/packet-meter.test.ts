import assert from "node:assert/strict";
import { test } from "node:test";
import { PacketMeter } from "./packet-meter.ts";

const packet = (sizeBytes: number, length: readonly number[]) =>
  Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(sizeBytes)]);

test("packets up to the limit pass, however they are cut into chunks", () => {
  const bytes = Buffer.concat([packet(0, [0]), packet(127, [127]), packet(200, [0xc8, 0x01]), packet(0, [0])]);
  for (const stride of [1, 2, 3, 7, 100, bytes.length]) {
    const meter = new PacketMeter(200);
    for (let at = 0; at < bytes.length; at += stride) {
      assert.equal(meter.accepts(bytes.subarray(at, at + stride)), true, `stride ${stride} at ${at}`);
    }
  }
});

test("a packet that declares more than the limit is stopped at its header", () => {
  assert.equal(new PacketMeter(200).accepts(Buffer.from([0x30, 0xc9, 0x01])), false);
  const meter = new PacketMeter(1024);
  assert.equal(meter.accepts(packet(10, [10])), true);
  assert.equal(meter.accepts(Buffer.from([0x30, 0xff, 0xff, 0xff])), false);
});

test("a length of more than four digits is stopped", () => {
  assert.equal(new PacketMeter(2 ** 30).accepts(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x00])), false);
});
