import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AnchorKeeper } from "../../src/agent/anchor-keeper.ts";
import { HealthBoard } from "../../src/agent/health-board.ts";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import type { Step } from "../../src/containment/protocol.ts";
import type { AnchorRole } from "../../src/host/anchor-title.ts";
import { parseAddress, parseMac } from "../../src/packet/address.ts";
import { address, aFrame, arp, dhcp, ethernet, ipv4, udp } from "../../src/packet/frame-builder.ts";
import { createPacket, protocols } from "../../src/packet/packet.ts";
import { parseFrame } from "../../src/packet/parse.ts";
import { WeirdCounter } from "../../src/packet/weird.ts";
import { TestSite, addresses, macs, patience, whyNoNamespaces } from "./test-site.ts";

/**
 * Whom the judge has the executor refuse to contain, where machines inside say that they have the address of a resolver or of the
 * controller.
 */

const hour = 3_600_000;
const numberOf = (mac: string) => parseMac(mac) ?? -1;

/** The judge's part; whoever gives out addresses outside has named the router, `resolvers`, and the box its own. */
async function aKeeper(resolvers: readonly string[], own: readonly (readonly [AnchorRole, string])[]) {
  const world = { now: 0, accused: false };
  const health = new HealthBoard(() => world.now);
  const keeper = new AnchorKeeper({
    localNets: [],
    readOwn: () =>
      Promise.resolve({
        anchors: own.map(([role, text]) => ({ role, address: parseAddress(text) ?? 0 })),
        onLink: ["10.77.0.0/16"],
      }),
    controller: () => [],
    hosts: () =>
      world.accused
        ? [
            {
              ...{ host: macs.infected, mac: macs.infected, addresses: [], name: null, score: 6, evidence: [] },
              ...{ role: { name: "unknown", reason: "r" }, verdict: "infected", class: "scanner", vector: "smb" },
              ...{ risk: "high", firstSeenAt: 0, lastSeenAt: 0, suspectAt: world.now, infectedAt: world.now },
              ...{ contactsBeforeSuspect: 9, contacts: 20 },
            },
          ]
        : [],
    now: () => world.now,
    health,
  });
  await keeper.refresh();
  const packet = createPacket();
  const put = (bytes: Uint8Array, side: "inside" | "outside") => {
    assert.ok(parseFrame(aFrame(bytes, { at: world.now, side }), packet, new WeirdCounter()));
    keeper.observe(packet);
  };
  const says = (mac: string, whose: string, side: "inside" | "outside") =>
    put(ethernet(0x0806, arp(2, numberOf(mac), whose, whose), numberOf(mac)), side);
  const list = (code: number, all: readonly string[]) => [code, 4 * all.length, ...all.flatMap(address)];
  const options = [53, 1, 5, ...list(3, [addresses.provider]), ...list(6, resolvers), 255];
  const given = udp(67, 68, dhcp({ operation: 2, options }));
  const ip = ipv4(protocols.udp, given, { source: addresses.provider, destination: addresses.neighbour });
  put(ethernet(0x0800, ip, numberOf(macs.provider), numberOf(macs.neighbour)), "outside");
  says(macs.provider, addresses.provider, "outside");
  return { keeper, health, world, says };
}

describe("the word of a machine inside", { skip: whyNoNamespaces(), timeout: 60_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(60_000 * patience);
  const mac = macs.infected;
  const cuts: readonly Step[] = [
    { kind: "quarantine-add", mac },
    { kind: "vector-add", mac, ports: [445] },
    { kind: "throttle-add", mac, ports: null },
  ];
  const releases: readonly Step[] = [
    { kind: "quarantine-remove", mac },
    { kind: "vector-remove", mac, ports: [445] },
    { kind: "throttle-remove", mac, ports: null },
  ];
  const contain = (keeper: AnchorKeeper) =>
    client.apply([{ kind: "protect", machines: [...keeper.protectedMachines()] }, ...cuts], signal);

  before(async () => {
    site = await TestSite.start();
    site.executor();
    client = site.client();
    await client.observe(signal);
    await site.traffic("provider", "serve", [80], 9000);
  });
  after(async () => {
    client.close();
    await site.close();
  });

  for (const [what, resolvers, own, claimed, code] of [
    ["a resolver beyond the router", ["10.1.1.53"], [], "10.1.1.53", "resolver-claimed"],
    ["a controller beyond a VPN", [addresses.provider], [["controller", "10.9.9.9"]], "10.9.9.9", "controller-claimed"],
    ["a resolver that is off", [addresses.provider, "10.77.0.54"], [], "10.77.0.54", "resolver-claimed"],
  ] as const) {
    test(`that it has the address of ${what} keeps it from no containment, and is told`, async () => {
      const { keeper, health, world, says } = await aKeeper(resolvers, own);
      world.now = 2 * hour;
      says(mac, claimed, "inside");
      keeper.tell();
      assert.deepEqual(
        health.list().map((trouble) => trouble.code),
        [code],
      );
      const { refused, observed } = await contain(keeper);
      assert.deepEqual([refused, observed.quarantined.map((cut) => cut.mac)], [[], [mac]]);
      await site.connect("infected", 80, "stopped");
      await client.apply(releases, signal);
      await site.connect("infected", 80, "connected");
    });
  }

  test("is kept from a containment where it is a resolver that was there, until something is known against it", async () => {
    const { keeper, health, world, says } = await aKeeper([addresses.infected], []);
    for (world.now of [0, hour]) says(mac, addresses.infected, "inside");
    keeper.tell();
    assert.deepEqual(health.list(), []);
    const { refused } = await contain(keeper);
    assert.match(refused[0]?.reason ?? "", /^it is a resolver of the site/);
    await site.connect("infected", 80, "connected");
    // Its own verdict frees nobody but itself: the router is for the executor to know.
    world.accused = true;
    assert.deepEqual([...keeper.earned()], [mac]);
    assert.deepEqual((await contain(keeper)).refused, []);
    await site.connect("infected", 80, "stopped");
    const router = await client.apply([{ kind: "quarantine-add", mac: macs.provider }], signal);
    assert.match(router.refused[0]?.reason ?? "", /^it stands on the outside port/);
    await client.apply(releases, signal);
  });
});
