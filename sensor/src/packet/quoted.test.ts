import assert from "node:assert/strict";
import { test } from "node:test";
import { addressKey, formatAddress } from "./address.ts";
import { aFrame, ethernet, icmp, ipv4, ipv6, tcp, udp } from "./frame-builder.ts";
import { createPacket } from "./packet.ts";
import { parseFrame } from "./parse.ts";
import { parseQuoted } from "./quoted.ts";
import { WeirdCounter } from "./weird.ts";

function quoted(frame: Uint8Array) {
  const packet = createPacket();
  const weird = new WeirdCounter();
  parseFrame(aFrame(frame), packet, weird);
  const into = createPacket();
  const found = parseQuoted(packet, into);
  assert.deepEqual(weird.counts(), {});
  if (!found) return null;
  const ends = [addressKey(into, "source"), addressKey(into, "destination")].map(formatAddress);
  return [into.protocol, ...ends, into.sourcePort, into.destinationPort];
}

test("tells which connection an ICMP error speaks of, by the eight bytes quoted", () => {
  const original = ipv4(6, tcp(), { source: "192.168.1.10", destination: "203.0.113.9" }).slice(0, 28);
  assert.deepEqual(quoted(ethernet(0x0800, ipv4(1, icmp(3, 1, original)))), [
    6,
    "192.168.1.10",
    "203.0.113.9",
    49_152,
    445,
  ]);
});

test("tells it of ICMPv6 too", () => {
  const original = ipv6(17, udp(5000, 53));
  assert.deepEqual(quoted(ethernet(0x86dd, ipv6(58, icmp(1, 4, original)))), [17, "fd00::10", "2001:db8::7", 5000, 53]);
});

test("an echo quotes nothing, and a quotation cut short is none", () => {
  assert.equal(quoted(ethernet(0x0800, ipv4(1, icmp(8, 0, ipv4(6, tcp()))))), null);
  assert.equal(quoted(ethernet(0x0800, ipv4(1, icmp(3, 1, ipv4(6, tcp()).slice(0, 19))))), null);
});
