import assert from "node:assert/strict";
import { test } from "node:test";
import type { SiteProfile } from "@cordon/contract";
import { aFrame, ethernet, ipv4, tcp } from "../packet/frame-builder.ts";
import { createPacket, protocols } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import type { PortLinks } from "../placement/find-placement.ts";
import type { TableEntry } from "../placement/line-traffic.ts";
import { HealthBoard } from "./health-board.ts";
import { PlacementWatch } from "./placement-watch.ts";

function aWatch(placement: SiteProfile["placement"]) {
  const world = {
    now: 1000,
    links: { inside: true, outside: true } as PortLinks,
    table: null as TableEntry[] | null,
    looped: 0,
  };
  const health = new HealthBoard(() => world.now);
  const watch = new PlacementWatch({
    profile: { placement, ports: { bridge: "br0", inside: "in0", outside: "out0" }, site: { localNets: [] } },
    health,
    ownNames: () => ["02:00:00:00:00:99", "192.168.1.9"],
    links: () => world.links,
    readTable: () => (world.table === null ? Promise.reject(new Error("no bridge")) : Promise.resolve(world.table)),
    loopStopped: () => world.looped,
    now: () => world.now,
  });
  const packet = createPacket();
  const send = (side: "inside" | "outside", source: string, destination: string, mac: number) => {
    const bytes = ethernet(0x0800, ipv4(protocols.tcp, tcp(), { source, destination }), mac, 0x0200_0000_00fe);
    assert.ok(parseFrame(aFrame(bytes, { at: world.now, side }), packet, new WeirdCounter()));
    watch.observe(packet);
  };
  /** Two machines that ask by the one port, and five strangers that answer by the other. */
  const anOffice = (asking: "inside" | "outside", answering: "inside" | "outside") => {
    for (const number of [1, 2]) send(asking, `192.168.1.${number}`, "198.51.100.1", 0x0200_0000_0100 + number);
    for (const number of [1, 2, 3, 4, 5]) send(answering, `198.51.100.${number}`, "192.168.1.1", 0x0200_0000_00fe);
  };
  return { world, health, watch, anOffice, codes: () => health.list().map(({ code }) => code) };
}

test("what is seen stands beside what the profile says, and a change of it is told once", () => {
  const { watch, anOffice, codes } = aWatch("lan");
  assert.ok(!watch.look());
  assert.match(watch.statement.reasons.join(" "), /profile says.*Too little has been seen/);
  anOffice("inside", "outside");
  assert.ok(watch.look());
  assert.ok(!watch.look());
  assert.equal(watch.statement.kind, "lan");
  assert.match(watch.statement.reasons.join(" "), /profile says.*Several machines ask for the Internet/);
  assert.deepEqual(codes(), []);
});

test("swapped ports are a trouble until they are right; the profile's placement stays", () => {
  const { world, health, watch, anOffice, codes } = aWatch("lan");
  anOffice("outside", "inside");
  assert.ok(watch.look());
  assert.match(health.list()[0]?.text ?? "", /^The ports look swapped: /);
  assert.equal(watch.statement.kind, "lan");
  assert.match(watch.statement.reasons.join(" "), /The ports look swapped/);
  world.now += 600_000;
  anOffice("inside", "outside");
  watch.look();
  assert.deepEqual(codes(), []);
});

test("another placement than the profile's is doubted and not obeyed", () => {
  const { health, watch, anOffice, codes } = aWatch("wan");
  anOffice("inside", "outside");
  watch.look();
  assert.deepEqual(codes(), ["placement-doubted"]);
  assert.match(health.list()[0]?.text ?? "", /between the provider's modem.*between the router and the switch/);
  assert.equal(watch.statement.kind, "wan");
  assert.match(watch.statement.reasons.join(" "), /the profile counts/);
});

test("a pulled cable is a trouble of a line, and none of a mirror", () => {
  for (const [placement, expected] of [
    ["lan", ["side-dead"]],
    ["gateway", ["side-dead"]],
    ["mirror", []],
  ] as const) {
    const { world, watch, codes } = aWatch(placement);
    world.links = { inside: true, outside: false };
    watch.look();
    assert.deepEqual(codes(), expected, placement);
    world.links = { inside: true, outside: true };
    watch.look();
    assert.deepEqual(codes(), []);
  }
});

test("machines that change ports in the address table are a loop; a table that cannot be read is nothing", async () => {
  const { world, watch, codes } = aWatch("lan");
  await watch.readTable();
  const table = (port: string) => [1, 2, 3].map((n) => ({ mac: `02:00:00:00:01:0${n}`, port, isOwn: false }));
  world.table = table("in0");
  await watch.readTable();
  watch.look();
  assert.deepEqual(codes(), []);
  world.table = table("out0");
  await watch.readTable();
  watch.look();
  assert.deepEqual(codes(), ["line-loop"]);
});

test("frames that the kernel stops as a loop's are a loop while they come, and none that were stopped before", () => {
  const { world, health, watch, codes } = aWatch("lan");
  world.looped = 1000;
  watch.look();
  assert.deepEqual(codes(), []);
  for (let seconds = 0; seconds < 5; seconds += 1) {
    world.now += 1000;
    world.looped += 1;
    watch.look();
  }
  assert.deepEqual(codes(), ["line-loop"]);
  assert.match(health.list()[0]?.text ?? "", /carried both ways, and are stopped then/);
  world.now += 31_000;
  watch.look();
  assert.deepEqual(codes(), []);
  // The table was made anew, and counts from nothing.
  world.looped = 20;
  watch.look();
  assert.deepEqual(codes(), ["line-loop"]);
});

test("all that is said fits the contract", async () => {
  const { world, watch, anOffice } = aWatch("wan");
  world.table = [{ mac: "02:00:00:00:01:01", port: "in0", isOwn: false }];
  world.links = { inside: true, outside: false };
  anOffice("outside", "inside");
  await watch.readTable();
  watch.look();
  const { reasons, blindSpots } = watch.statement;
  assert.ok(reasons.length <= 16 && blindSpots.length <= 16);
  for (const sentence of [...reasons, ...blindSpots]) assert.ok(sentence.length <= 200, sentence);
  assert.equal(new Set(reasons).size, reasons.length);
});
