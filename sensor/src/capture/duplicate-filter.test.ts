import assert from "node:assert/strict";
import { test } from "node:test";
import { aFrame, arp, ethernet, ipv4, tag, tcp } from "../packet/frame-builder.ts";
import { createPacket, protocols, tcpFlags } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { DuplicateFilter, MirroredCapture } from "./duplicate-filter.ts";

const syn = (sourcePort: number) =>
  ipv4(protocols.tcp, tcp({ flags: tcpFlags.syn, sourcePort, destinationPort: 445 }), {
    source: "192.168.1.2",
    destination: "198.51.100.7",
  });
const frame = (sourcePort: number) => ethernet(0x0800, syn(sourcePort), 0x0200_0000_0001, 0x0200_0000_00fe);

function askedOf(filter: DuplicateFilter | MirroredCapture) {
  const packet = createPacket();
  return (bytes: Uint8Array, at: number) => {
    assert.ok(parseFrame(aFrame(bytes, { at }), packet, new WeirdCounter()));
    return filter.isCopy(packet);
  };
}

test("the second copy of a frame is found, also behind a tag; what is said again later is none", () => {
  const isCopy = askedOf(new DuplicateFilter());
  assert.ok(!isCopy(frame(5000), 1000));
  assert.ok(isCopy(frame(5000), 1000.2));
  const tagged = ethernet(0x8100, tag(7, 0x0800, syn(5000)), 0x0200_0000_0001, 0x0200_0000_00fe);
  assert.ok(!isCopy(tagged, 1001), "the third is a first");
  assert.ok(isCopy(frame(5000), 1001.1), "one of the two has a tag");
  assert.ok(!isCopy(frame(5001), 1001), "another port is another attempt");
  assert.ok(!isCopy(frame(5000), 1200), "a repeat of the machine's own");
});

test("a question by ARP counts once, and one for another address by itself", () => {
  const isCopy = askedOf(new DuplicateFilter());
  const question = (target: string) =>
    ethernet(0x0806, arp(1, 0x0200_0000_0001, "192.168.1.2", target), 0x0200_0000_0001, 0xffff_ffff_ffff);
  assert.ok(!isCopy(question("192.168.1.9"), 1000));
  assert.ok(isCopy(question("192.168.1.9"), 1000.1));
  assert.ok(!isCopy(question("192.168.1.10"), 1000.2));
});

test("in a file that was made at a mirror every copy is found, in another one none is looked for", () => {
  for (const [copies, found] of [
    [2, 10_000],
    [1, 0],
  ] as const) {
    const isCopy = askedOf(new MirroredCapture());
    let all = 0;
    for (let index = 0; index < 10_000; index += 1)
      for (let copy = 0; copy < copies; copy += 1) if (isCopy(frame(1024 + index), 1000 + index)) all += 1;
    assert.equal(all, found);
  }
  const isCopy = askedOf(new MirroredCapture());
  for (let index = 0; index < 4096; index += 1) isCopy(frame(1024 + index), 1000 + index);
  assert.ok(!isCopy(frame(1024 + 4095), 1000 + 4095), "what comes late in such a file costs nothing");
});
