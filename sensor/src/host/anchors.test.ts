import assert from "node:assert/strict";
import { test } from "node:test";
import type { Side } from "../capture/frame.ts";
import { formatAddress, formatMac, parseAddress } from "../packet/address.ts";
import { address, aFrame, arp, dhcp, ethernet, ipv4, udp } from "../packet/frame-builder.ts";
import { NetSet } from "../packet/net-set.ts";
import { createPacket, protocols } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { Anchors, claimText, type AnchorRole } from "./anchors.ts";

const router = { mac: 0x0200_0000_0001, address: "192.168.1.1" };
const resolver = { mac: 0x0200_0000_0053, address: "192.168.1.53" };
const worm = 0x0200_0000_0066;
const minute = 60_000;

function someAnchors() {
  const local = NetSet.ofSite([]);
  const anchors = new Anchors((address) => local.contains(address));
  const packet = createPacket();
  const put = (bytes: Uint8Array, side: Side, at: number) => {
    assert.ok(parseFrame(aFrame(bytes, { at, side }), packet, new WeirdCounter()));
    anchors.observe(packet);
  };
  /** A card says by ARP that it has an address. */
  const says = (mac: number, whose: string, side: Side, at = 0) =>
    put(ethernet(0x0806, arp(2, mac, whose, whose), mac), side, at);
  /** Whoever gives out addresses names a router and resolvers. */
  const gives = (side: Side, routers: readonly string[], resolvers: readonly string[]) => {
    const list = (code: number, all: readonly string[]) =>
      all.length === 0 ? [] : [code, 4 * all.length, ...all.flatMap(address)];
    const answer = dhcp({ operation: 2, options: [53, 1, 5, ...list(3, routers), ...list(6, resolvers), 255] });
    const ip = ipv4(protocols.udp, udp(67, 68, answer), { source: router.address, destination: "192.168.1.21" });
    put(ethernet(0x0800, ip, router.mac, 0x0200_0000_0021), side, 0);
  };
  const own = (...all: readonly (readonly [AnchorRole, string])[]) =>
    anchors.setOwn(all.map(([role, text]) => ({ role, address: parseAddress(text) ?? 0 })));
  return { anchors, says, gives, own };
}

const macsOf = (anchors: Anchors, at = 0) => anchors.protectedMachines(at).map(({ mac }) => mac);

test("resolver and controller on the inside are protected, each with its reason, and nobody else", () => {
  const { anchors, says, gives, own } = someAnchors();
  own(["controller", "192.168.1.9"]);
  gives("outside", [router.address], [resolver.address]);
  says(resolver.mac, resolver.address, "inside");
  says(9, "192.168.1.9", "inside");
  says(worm, "192.168.1.66", "inside");
  const told = anchors.protectedMachines(0);
  assert.deepEqual(
    told.map(({ mac }) => mac),
    [formatMac(resolver.mac), formatMac(9)],
  );
  assert.match(told[0]?.reason ?? "", /it is a resolver of the site.*\(192\.168\.1\.53\)/);
  assert.match(told[1]?.reason ?? "", /the controller is on it/);
  // It answers by the switch, so no answer by the outside port is its own.
  assert.deepEqual(anchors.resolvers(), []);
});

test("what is given out by an inside port names nobody, nor is an address beyond the site anybody's to hold", () => {
  const { anchors, says, gives, own } = someAnchors();
  gives("inside", ["192.168.1.66"], ["192.168.1.66"]);
  gives("outside", [], ["203.0.113.53"]);
  own(["resolver", "203.0.113.54"]);
  says(worm, "192.168.1.66", "inside");
  says(worm, "203.0.113.53", "inside");
  says(worm, "203.0.113.54", "inside");
  assert.deepEqual([macsOf(anchors), anchors.resolvers().map(formatAddress)], [[], ["203.0.113.53"]]);
});

test("a resolver that is heard inside is said, whoever named it, and one that is heard outside is not", () => {
  for (const side of ["inside", "outside"] as const) {
    const { anchors, says, gives } = someAnchors();
    gives(side, [router.address], [resolver.address, router.address, "203.0.113.53"]);
    says(router.mac, router.address, "outside");
    assert.deepEqual(anchors.resolversInside(0), []);
    says(resolver.mac, resolver.address, "inside", minute);
    assert.deepEqual(anchors.resolversInside(minute), [resolver.address]);
    assert.deepEqual(anchors.resolversInside(25 * 60 * minute), []);
  }
});

test("a second claimant of the gateway's address is told with both cards, and not protected by it", () => {
  const { anchors, says, gives } = someAnchors();
  gives("outside", [router.address], []);
  says(router.mac, router.address, "outside");
  assert.deepEqual([anchors.claims(0), macsOf(anchors)], [[], []]);
  says(worm, router.address, "inside", minute);
  const [claim, ...others] = anchors.claims(minute);
  assert.deepEqual(others, []);
  assert.deepEqual([claim?.role, claim?.mac, claim?.claimant], ["gateway", formatMac(router.mac), formatMac(worm)]);
  assert.ok(claim !== undefined && claimText(claim).length <= 400);
  assert.match(claimText(claim), /^02:00:00:00:00:66 says .* the gateway, which 02:00:00:00:00:01 has/);
  assert.deepEqual(macsOf(anchors, minute), []);
  assert.equal(anchors.claims(10 * minute).length, 1);
  assert.deepEqual(anchors.claims(12 * minute), []);
});

test("who was first with the address inside gives way to the outside port, and is the claimant then", () => {
  const { anchors, says, gives } = someAnchors();
  gives("outside", [router.address], []);
  says(worm, router.address, "inside");
  // So far it may be the gateway: the cables may be swapped.
  assert.deepEqual(macsOf(anchors), [formatMac(worm)]);
  says(router.mac, router.address, "outside", 1);
  assert.deepEqual(macsOf(anchors, 1), []);
  assert.deepEqual(
    anchors.claims(1).map(({ mac, claimant }) => [mac, claimant]),
    [[formatMac(router.mac), formatMac(worm)]],
  );
});

test("a worm that is a resolver is protected no more once it claims the gateway's address", () => {
  const { anchors, says, gives } = someAnchors();
  gives("outside", [router.address], [resolver.address]);
  says(router.mac, router.address, "outside");
  says(resolver.mac, resolver.address, "inside");
  assert.deepEqual(macsOf(anchors), [formatMac(resolver.mac)]);
  says(resolver.mac, router.address, "inside");
  assert.deepEqual(macsOf(anchors), []);
});

test("an address inside goes to another card when its own has been silent for ten minutes, and not before", () => {
  const { anchors, says, own } = someAnchors();
  own(["resolver", resolver.address]);
  says(resolver.mac, resolver.address, "inside");
  says(worm, resolver.address, "inside", 9 * minute);
  assert.deepEqual(macsOf(anchors, 9 * minute), [formatMac(resolver.mac)]);
  says(resolver.mac, resolver.address, "inside", 10 * minute);
  says(worm, resolver.address, "inside", 19 * minute);
  assert.deepEqual(macsOf(anchors, 19 * minute), [formatMac(resolver.mac)]);
  says(0x0200_0000_0054, resolver.address, "inside", 21 * minute);
  assert.deepEqual(macsOf(anchors, 21 * minute), [formatMac(0x0200_0000_0054)]);
});

test("two routers outside that stand in for one another are no claimants", () => {
  const { anchors, says, gives } = someAnchors();
  gives("outside", [router.address], []);
  says(router.mac, router.address, "outside");
  says(0x0200_0000_0002, router.address, "outside", 1);
  says(router.mac, router.address, "outside", 2);
  assert.deepEqual(anchors.claims(2), []);
});

test("the cards of an address are told from the first time that somebody asks for them, whatever it is", () => {
  const { anchors, says } = someAnchors();
  const cards = () => anchors.cardsOf(parseAddress(resolver.address) ?? 0, 0);
  says(worm, resolver.address, "inside");
  assert.deepEqual(cards(), []);
  says(resolver.mac, resolver.address, "inside");
  says(worm, resolver.address, "inside");
  assert.deepEqual(cards(), [formatMac(resolver.mac), formatMac(worm)]);
  assert.deepEqual([macsOf(anchors), anchors.claims(0)], [[], []], "nobody is protected by being asked for");
  says(router.mac, resolver.address, "outside");
  assert.equal(cards(), null);
});
