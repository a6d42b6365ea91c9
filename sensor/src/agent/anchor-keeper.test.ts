import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostSnapshot } from "@cordon/contract";
import type { Side } from "../capture/frame.ts";
import { formatAddress, parseAddress } from "../packet/address.ts";
import { aFrame, arp, ethernet } from "../packet/frame-builder.ts";
import { createPacket } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { AnchorKeeper } from "./anchor-keeper.ts";
import { HealthBoard } from "./health-board.ts";

async function aKeeper(resolvers: readonly string[] = ["192.168.1.53"]) {
  const health = new HealthBoard(() => 0);
  const world = { now: 0, hosts: [] as readonly HostSnapshot[] };
  const keeper = new AnchorKeeper({
    localNets: [],
    readOwn: () =>
      Promise.resolve({
        anchors: ["192.168.1.1", ...resolvers].map((text, index) => ({
          role: index === 0 ? ("gateway" as const) : ("resolver" as const),
          address: parseAddress(text) ?? 0,
        })),
        onLink: ["192.168.0.0/16"],
      }),
    controller: () => ["192.168.1.9", "203.0.113.9", "10.9.9.9"],
    hosts: (keys) => world.hosts.filter(({ host }) => keys.has(host)),
    now: () => world.now,
    health,
  });
  await keeper.refresh();
  const packet = createPacket();
  const says = (mac: number, address: string, side: Side) => {
    const frame = aFrame(ethernet(0x0806, arp(1, mac, address, "192.168.1.2"), mac), { at: world.now, side });
    assert.ok(parseFrame(frame, packet, new WeirdCounter()));
    keeper.observe(packet);
  };
  return { keeper, health, world, says };
}

const earnedAt = 600_000;

const aHost = (mac: string, fields: Partial<HostSnapshot>): HostSnapshot => ({
  ...{ host: mac, mac, addresses: [], name: null, role: { name: "unknown", reason: "r" }, verdict: "clear" },
  ...{ class: null, vector: null, risk: null, score: 0, firstSeenAt: 0, lastSeenAt: 0, suspectAt: null },
  ...{ infectedAt: null, contactsBeforeSuspect: null, contacts: 0, evidence: [], ...fields },
});

test("what the box goes by is protected inside, the controller among it", async () => {
  const { keeper, world, says } = await aKeeper();
  for (world.now of [0, earnedAt]) {
    says(0x53, "192.168.1.53", "inside");
    says(0x09, "192.168.1.9", "inside");
    says(0x21, "192.168.1.21", "inside");
  }
  assert.deepEqual(
    keeper.protectedMachines().map(({ mac, reason }) => `${mac} ${/\((.*)\)$/.exec(reason)?.[1]}`),
    ["00:00:00:00:00:53 192.168.1.53", "00:00:00:00:00:09 192.168.1.9"],
  );
});

test("who says for the first time that he is one of them is told and not protected, until he has shown it", async () => {
  const { keeper, health, world, says } = await aKeeper();
  for (const [mac, address] of [
    [0x66, "10.9.9.9"],
    [0x53, "192.168.1.53"],
  ] as const)
    says(mac, address, "inside");
  assert.deepEqual(keeper.protectedMachines(), []);
  keeper.tell();
  assert.deepEqual(
    health.list().map(({ code, severity }) => [code, severity]),
    [
      ["resolver-claimed", "warning"],
      ["controller-claimed", "warning"],
    ],
  );
  assert.match(health.list()[1]?.text ?? "", /^00:00:00:00:00:66 says that it has 10\.9\.9\.9, .*nothing but its word/);
  world.now = earnedAt;
  says(0x66, "10.9.9.9", "inside");
  says(0x53, "192.168.1.53", "inside");
  keeper.tell();
  assert.deepEqual(
    [keeper.protectedMachines().map(({ mac }) => mac), health.list().map(({ code }) => code)],
    [["00:00:00:00:00:53"], ["controller-claimed"]],
  );
});

test("what the judge knows decides: who is accused may be contained, by a person alone where it was one of them before", async () => {
  const mac = "00:00:00:00:00:53";
  const { keeper, world, says } = await aKeeper();
  world.now = 2 * earnedAt;
  says(0x53, "192.168.1.53", "inside");
  const kept = () => [keeper.protectedMachines().length, keeper.earned().size];
  assert.deepEqual(kept(), [0, 0]);
  const addressTimes = [{ address: "192.168.1.53", firstAt: earnedAt, lastAt: world.now }];
  world.hosts = [aHost(mac, { addressTimes })];
  assert.deepEqual(kept(), [1, 1]);
  world.hosts = [aHost(mac, { addressTimes, verdict: "suspect", suspectAt: world.now })];
  assert.deepEqual(kept(), [0, 1]);
  world.hosts = [aHost(mac, { addressTimes, verdict: "infected", suspectAt: world.now - 1, infectedAt: world.now })];
  assert.deepEqual(kept(), [0, 0]);
  world.hosts = [aHost(mac, { addressTimes, verdict: "watched", suspectAt: world.now - 1 })];
  assert.deepEqual(kept(), [1, 1], "whoever was cleared has it back");
});

test("a claim is a trouble of its role until it is over", async () => {
  const { keeper, health, world, says } = await aKeeper();
  says(0x01, "192.168.1.1", "outside");
  says(0x66, "192.168.1.1", "inside");
  keeper.tell();
  assert.deepEqual(
    health.list().map(({ code, severity }) => [code, severity]),
    [["gateway-claimed", "error"]],
  );
  assert.match(health.list()[0]?.text ?? "", /^00:00:00:00:00:66 .* 00:00:00:00:00:01 has/);
  world.now = 601_000;
  keeper.tell();
  assert.deepEqual(health.list(), []);
});

test("resolvers on the switch are said to keep names from being followed, however many there are", async () => {
  const many = Array.from({ length: 5 }, (_, index) => `192.168.100.${200 + index}`);
  const { keeper, says } = await aKeeper(many);
  assert.deepEqual([keeper.blindSpots(), keeper.resolvers().map(formatAddress)], [[], many.toReversed()]);
  for (const [index, address] of many.entries()) {
    says(0x50 + index, address, "inside");
    const [words = "", ...others] = keeper.blindSpots();
    assert.match(words, /^Names cannot be followed: the resolver .*192\.168\.100\.200.* stands on the switch/);
    assert.deepEqual(others, []);
    assert.ok(words.length <= 200, words);
  }
  assert.deepEqual(keeper.resolvers(), []);
});
