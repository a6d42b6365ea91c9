import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../packet/address.ts";
import { createPacket } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { linkTypes } from "../capture/frame.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { arpAnswerer, arpQuestion, isArpQuestion } from "./arp-question.ts";

const own = parseAddress("192.168.7.2") as number;
const target = parseAddress("192.168.7.31") as number;
const macs = { sourceMac: 0x0200_5e00_00fe, targetMac: 0x0200_5e00_0011 };
const probe = arpQuestion({ ...macs, sourceAddress: 0, targetAddress: target });
const isOwn = (address: number) => address === own;

test("a question is what the own parser takes for one, to one machine, of the least size", () => {
  const packet = createPacket();
  const frame = { at: 1, linkType: linkTypes.ethernet, bytes: probe, side: null, mark: "seen" as const };
  assert.ok(parseFrame(frame, packet, new WeirdCounter()));
  assert.equal(probe.length, 60);
  assert.deepEqual(
    [packet.kind, packet.arpOperation, packet.arpSender, packet.arpTarget, packet.destinationMac, packet.arpSenderMac],
    ["arp", 1, 0, target, macs.targetMac, macs.sourceMac],
  );
});

test("only a question to one machine in the own name may be sent, whoever asks for something else", () => {
  const request = arpQuestion({ ...macs, sourceAddress: own, targetAddress: target });
  assert.ok(isArpQuestion(probe, isOwn) && isArpQuestion(request, isOwn));
  const changed = (offset: number, ...bytes: number[]) => {
    const frame = Uint8Array.from(probe);
    frame.set(bytes, offset);
    return frame;
  };
  for (const [name, frame] of [
    ["somebody else's address", arpQuestion({ ...macs, sourceAddress: own + 1, targetAddress: target })],
    ["to everybody", changed(0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ["an answer", changed(20, 0, 2)],
    ["in another's name", changed(22, 2, 0, 0x5e, 0, 0, 0x12)],
    ["no ARP", changed(12, 0x08, 0)],
    ["too short", probe.subarray(0, 41)],
    ["too long", new Uint8Array([...probe, 0])],
  ] as const) {
    assert.ok(!isArpQuestion(frame, isOwn), name);
  }
});

test("an answer says who gives it, and not in another's name", () => {
  const answer = Uint8Array.from(probe);
  answer[21] = 2;
  assert.equal(arpAnswerer(answer), macs.sourceMac);
  answer[27] = 0x99;
  assert.equal(arpAnswerer(answer), null);
  assert.equal(arpAnswerer(probe), null);
  assert.equal(arpAnswerer(answer.subarray(0, 41)), null);
});
