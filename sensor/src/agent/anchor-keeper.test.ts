import assert from "node:assert/strict";
import { test } from "node:test";
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
  const world = { now: 0, own: true };
  const keeper = new AnchorKeeper({
    localNets: [],
    readOwn: () =>
      Promise.resolve(
        ["192.168.1.1", ...resolvers].map((text, index) => ({
          role: index === 0 ? ("gateway" as const) : ("resolver" as const),
          address: parseAddress(text) ?? 0,
        })),
      ),
    controller: () => ["192.168.1.9", "203.0.113.9"],
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

test("what the box goes by is protected inside, the controller among it", async () => {
  const { keeper, says } = await aKeeper();
  says(0x53, "192.168.1.53", "inside");
  says(0x09, "192.168.1.9", "inside");
  says(0x21, "192.168.1.21", "inside");
  assert.deepEqual(
    keeper.protectedMachines().map(({ mac, reason }) => `${mac} ${/\((.*)\)$/.exec(reason)?.[1]}`),
    ["00:00:00:00:00:53 192.168.1.53", "00:00:00:00:00:09 192.168.1.9"],
  );
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
