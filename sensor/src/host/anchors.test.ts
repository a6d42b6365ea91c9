import assert from "node:assert/strict";
import { test } from "node:test";
import type { Side } from "../capture/frame.ts";
import { formatAddress, formatMac, parseAddress } from "../packet/address.ts";
import { address, aFrame, arp, dhcp, ethernet, ipv4, udp } from "../packet/frame-builder.ts";
import { NetSet } from "../packet/net-set.ts";
import { createPacket, protocols } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { claimText } from "./anchor-claim.ts";
import { earnedAfterMs, nothingKnown, type AnchorRole, type CardRecord } from "./anchor-title.ts";
import { Anchors } from "./anchors.ts";

const router = { mac: 0x0200_0000_0001, address: "192.168.1.1" };
const resolver = { mac: 0x0200_0000_0053, address: "192.168.1.53" };
const worm = 0x0200_0000_0066;
const minute = 60_000;

const here = ["192.168.1.0/24"];

function someAnchors(onLink: readonly string[] = here) {
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
  /** The same often enough, until `to`. */
  const has = (mac: number, whose: string, to = earnedAfterMs) => {
    for (const at of [to - earnedAfterMs, to]) says(mac, whose, "inside", at);
  };
  /** Whoever gives out addresses names a router and resolvers. */
  const gives = (side: Side, routers: readonly string[], resolvers: readonly string[]) => {
    const list = (code: number, all: readonly string[]) =>
      all.length === 0 ? [] : [code, 4 * all.length, ...all.flatMap(address)];
    const answer = dhcp({ operation: 2, options: [53, 1, 5, ...list(3, routers), ...list(6, resolvers), 255] });
    const ip = ipv4(protocols.udp, udp(67, 68, answer), { source: router.address, destination: "192.168.1.21" });
    put(ethernet(0x0800, ip, router.mac, 0x0200_0000_0021), side, 0);
  };
  /** A question for a name, or its answer, from one card to another. */
  const names = (from: Named, to: Named, side: Side, { id = 7, isAnswer = false, at = 0 } = {}) => {
    const [source, target] = isAnswer ? ([53, 4000] as const) : ([4000, 53] as const);
    const message = [0, id, isAnswer ? 0x84 : 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const ip = ipv4(protocols.udp, udp(source, target, message), { source: from.address, destination: to.address });
    put(ethernet(0x0800, ip, from.mac, to.mac), side, at);
  };
  const own = (...all: readonly (readonly [AnchorRole, string])[]) =>
    anchors.setOwn(
      all.map(([role, text]) => ({ role, address: parseAddress(text) ?? 0 })),
      onLink,
    );
  own();
  return { anchors, says, has, gives, names, own };
}

interface Named {
  readonly mac: number;
  readonly address: string;
}

const macsOf = (anchors: Anchors, at = earnedAfterMs, record: CardRecord = nothingKnown) =>
  anchors.protectedMachines(at, () => record).map(({ mac }) => mac);

test("resolver and controller on the inside are protected, each with its reason, and nobody else", () => {
  const { anchors, has, gives, own } = someAnchors();
  own(["controller", "192.168.1.9"]);
  gives("outside", [router.address], [resolver.address]);
  has(resolver.mac, resolver.address);
  has(9, "192.168.1.9");
  has(worm, "192.168.1.66");
  const told = anchors.protectedMachines(earnedAfterMs);
  assert.deepEqual(
    told.map(({ mac }) => mac),
    [formatMac(resolver.mac), formatMac(9)],
  );
  assert.match(told[0]?.reason ?? "", /it is a resolver of the site.*\(192\.168\.1\.53\)/);
  assert.match(told[1]?.reason ?? "", /the controller is on it/);
  assert.deepEqual(anchors.claims(earnedAfterMs), []);
  // It answers by the switch, so no answer by the outside port is its own.
  assert.deepEqual(anchors.resolvers(), []);
});

for (const [whose, resolvers, controller] of [
  ["10.1.1.53", ["10.1.1.53"], null],
  ["10.9.9.9", [router.address], "10.9.9.9"],
  ["192.168.1.54", [router.address, "192.168.1.54"], null],
] as const) {
  test(`one word by ARP that it has ${whose} protects nobody, is told, and takes no resolver from anybody`, () => {
    const { anchors, says, gives, own } = someAnchors();
    if (controller !== null) own(["controller", controller]);
    gives("outside", [router.address], resolvers);
    says(router.mac, router.address, "outside");
    const named = anchors.resolvers();
    says(worm, whose, "inside", 120 * minute);
    for (const at of [120, 131, 26 * 60]) assert.deepEqual(macsOf(anchors, at * minute), [], `after ${at} minutes`);
    const [claim, ...others] = anchors.claims(120 * minute);
    assert.deepEqual([claim?.claimant, claim?.mac, claim?.address, others], [formatMac(worm), null, whose, []]);
    assert.ok(claim !== undefined && claimText(claim).length <= 400);
    assert.match(claimText(claim), /nothing but its word speaks for it/);
    assert.deepEqual(anchors.claims(131 * minute), []);
    if (!whose.startsWith("192.")) assert.deepEqual(anchors.resolvers(), named);
    // However often it says so, of a network in which nobody here stands.
    says(worm, whose, "inside", 180 * minute);
    assert.equal(macsOf(anchors, 180 * minute).length, whose.startsWith("192.") ? 1 : 0);
  });
}

test("who is accused is protected no more; for a person to contain, where it had earned it before", () => {
  const { anchors, has, gives } = someAnchors();
  gives("outside", [], [resolver.address]);
  has(resolver.mac, resolver.address);
  const accused = (accusedAt: number | null) => () => ({ accusedAt, held: null });
  const earned = (accusedAt: number) => anchors.earned(earnedAfterMs, accused(accusedAt)).map(({ mac }) => mac);
  assert.deepEqual(macsOf(anchors), [formatMac(resolver.mac)]);
  assert.deepEqual(macsOf(anchors, earnedAfterMs, accused(earnedAfterMs + 1)()), []);
  assert.deepEqual(earned(earnedAfterMs + 1), [formatMac(resolver.mac)]);
  // Time that goes by after that earns nothing.
  assert.deepEqual(earned(earnedAfterMs - 1), []);
  assert.deepEqual(
    anchors.claims(earnedAfterMs, accused(earnedAfterMs - 1)).map(({ claimant }) => claimant),
    [formatMac(resolver.mac)],
  );
});

test("what the box knew of a card before its restart counts", () => {
  const { anchors, says, gives } = someAnchors();
  gives("outside", [], [resolver.address]);
  says(resolver.mac, resolver.address, "inside", 90 * minute);
  const record = { accusedAt: null, held: { from: 0, until: 80 * minute } };
  assert.deepEqual(macsOf(anchors, 90 * minute, record), [formatMac(resolver.mac)]);
  assert.deepEqual(
    anchors.claims(90 * minute, () => record),
    [],
  );
});

test("a resolver earns it by answering others' questions, wherever its network is, and takes it from who only said so", () => {
  const far = { mac: resolver.mac, address: "10.20.0.53" };
  const asker = { mac: router.mac, address: "10.30.0.7" };
  const start = () => {
    const office = someAnchors();
    office.gives("outside", [], [far.address]);
    office.says(worm, far.address, "inside");
    return office;
  };
  const { anchors, names } = start();
  names(asker, far, "outside");
  names(far, asker, "inside", { isAnswer: true });
  assert.deepEqual(macsOf(anchors, 0), [formatMac(far.mac)]);
  assert.deepEqual(
    anchors.claims(0).map(({ claimant }) => claimant),
    [formatMac(worm)],
  );
  assert.deepEqual([anchors.resolvers(), anchors.resolversInside(0)], [[], [far.address]]);

  // Nobody earns it by an answer to a question that did not come to his card from outside.
  const forged = { mac: worm, address: far.address };
  for (const say of [
    ({ names: put }: ReturnType<typeof start>) => put(asker, forged, "inside"),
    ({ names: put }: ReturnType<typeof start>) => put(asker, far, "outside"),
    ({ names: put }: ReturnType<typeof start>) => put(asker, forged, "outside", { id: 8 }),
    ({ names: put }: ReturnType<typeof start>) => put(asker, forged, "outside", { at: -minute }),
  ]) {
    const office = start();
    say(office);
    office.names(forged, asker, "inside", { isAnswer: true });
    assert.deepEqual(macsOf(office.anchors, 0), []);
  }
});

test("what is given out by an inside port names nobody, nor is an address beyond the site anybody's to hold", () => {
  const { anchors, has, gives, own } = someAnchors(["0.0.0.0/0"]);
  gives("inside", ["192.168.1.66"], ["192.168.1.66"]);
  gives("outside", [], ["203.0.113.53"]);
  own(["resolver", "203.0.113.54"]);
  has(worm, "192.168.1.66");
  has(worm, "203.0.113.53");
  has(worm, "203.0.113.54");
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
  assert.deepEqual(macsOf(anchors, 0), [formatMac(worm)]);
  assert.deepEqual(macsOf(anchors, 0, { accusedAt: 0, held: null }), [], "not if something is known against it");
  says(router.mac, router.address, "outside", 1);
  assert.deepEqual(macsOf(anchors, 1), []);
  assert.deepEqual(
    anchors.claims(1).map(({ mac, claimant }) => [mac, claimant]),
    [[formatMac(router.mac), formatMac(worm)]],
  );
});

test("a worm that is a resolver is protected no more once it claims the gateway's address", () => {
  const { anchors, says, has, gives } = someAnchors();
  gives("outside", [router.address], [resolver.address]);
  says(router.mac, router.address, "outside");
  has(resolver.mac, resolver.address);
  assert.deepEqual(macsOf(anchors), [formatMac(resolver.mac)]);
  says(resolver.mac, router.address, "inside", earnedAfterMs);
  assert.deepEqual(macsOf(anchors), []);
});

test("an address inside goes to another card when its own has been silent for ten minutes, and not before", () => {
  const { anchors, says, has, own } = someAnchors();
  own(["resolver", resolver.address]);
  has(resolver.mac, resolver.address);
  says(worm, resolver.address, "inside", 19 * minute);
  assert.deepEqual(macsOf(anchors, 19 * minute), [formatMac(resolver.mac)]);
  says(resolver.mac, resolver.address, "inside", 20 * minute);
  says(worm, resolver.address, "inside", 29 * minute);
  assert.deepEqual(macsOf(anchors, 29 * minute), [formatMac(resolver.mac)]);
  const next = 0x0200_0000_0054;
  says(next, resolver.address, "inside", 31 * minute);
  assert.deepEqual(macsOf(anchors, 31 * minute), [], "which has to earn it as the one before had to");
  says(next, resolver.address, "inside", 41 * minute);
  assert.deepEqual(macsOf(anchors, 41 * minute), [formatMac(next)]);
});

test("who sends by the router's card from inside moves nothing of it inside while it is heard outside", () => {
  const { anchors, says, gives } = someAnchors();
  gives("outside", [router.address], [router.address]);
  says(router.mac, router.address, "outside");
  says(router.mac, router.address, "inside", 9 * minute);
  assert.deepEqual([macsOf(anchors), anchors.resolvers().map(formatAddress)], [[], [router.address]]);
  // Cables that were swapped: it is inside from then on.
  says(router.mac, router.address, "inside", 11 * minute);
  assert.deepEqual(macsOf(anchors, 11 * minute), [formatMac(router.mac)]);
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
