import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "./address.ts";
import { aFrame, address, ethernet, icmp, ipv6, mac } from "./frame-builder.ts";
import { isNeighbourDiscovery, parseNeighbour } from "./neighbour.ts";
import { createPacket } from "./packet.ts";
import { parseFrame } from "./parse.ts";
import { WeirdCounter } from "./weird.ts";

const card = 0x0200_0000_0010;

function parse(message: readonly number[], { from = "fe80::10", hopLimit = 255 } = {}) {
  const packet = createPacket();
  const bytes = ethernet(0x86dd, ipv6(58, message, { source: from, destination: "ff02::1", hopLimit }), card);
  parseFrame(aFrame(bytes), packet, new WeirdCounter());
  assert.ok(isNeighbourDiscovery(packet));
  const claim = parseNeighbour(packet);
  return claim === null ? null : { ...claim, address: formatAddress(claim.address) };
}

const wanted = address("2001:db8::99");

test("who asks for a neighbour has the address that it asks from", () => {
  assert.deepEqual(parse(icmp(135, 0, wanted)), { address: "fe80::10", isRouter: false });
});

test("who asks from no address tries for the one that it asks for", () => {
  assert.deepEqual(parse(icmp(135, 0, wanted), { from: "::" }), { address: "2001:db8::99", isRouter: false });
});

test("an answer tells its own address, and whether a router gives it", () => {
  const link = [2, 1, ...mac(card)];
  assert.deepEqual(parse(icmp(136, 0, [...wanted, ...link])), { address: "2001:db8::99", isRouter: false });
  assert.equal(parse(icmp(136, 0, wanted).with(4, 0x80))?.isRouter, true);
  assert.equal(parse(icmp(134, 0, [0, 0, 0, 0, 0, 0, 0, 0]))?.isRouter, true);
});

test("an answer for another card says nothing of this one", () => {
  assert.equal(parse(icmp(136, 0, [...wanted, 2, 1, ...mac(0x0200_0000_0099)])), null);
});

test("what may have passed a router says nothing, nor what is cut off", () => {
  assert.equal(parse(icmp(135, 0, wanted), { hopLimit: 254 }), null);
  assert.equal(parse(icmp(135, 0, wanted.slice(0, 15)), { from: "::" }), null);
});
