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
      assert.equal(meter.take(bytes.subarray(at, at + stride)), null, `stride ${stride} at ${at}`);
    }
  }
});

test("a packet that declares more than the limit is stopped at its header", () => {
  assert.equal(new PacketMeter(200).take(Buffer.from([0x30, 0xc9, 0x01])), "packet-too-large");
  const meter = new PacketMeter(1024);
  assert.equal(meter.take(packet(10, [10])), null);
  assert.equal(meter.take(Buffer.from([0x30, 0xff, 0xff, 0xff])), "packet-too-large");
});

test("a length of more than four digits is stopped", () => {
  assert.equal(new PacketMeter(2 ** 30).take(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x00])), "packet-too-large");
});

test("a packet that no client sends is stopped at its first byte", () => {
  for (let type = 0; type < 16; type += 1) {
    const isClients = [1, 3, 4, 5, 6, 7, 8, 10, 12, 14].includes(type);
    assert.equal(new PacketMeter(200).take(Buffer.from([type << 4])), isClients ? null : "no-client-packet", `${type}`);
  }
});
