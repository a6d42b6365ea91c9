import assert from "node:assert/strict";
import { test } from "node:test";
import type { SiteProfile } from "@cordon/contract";
import type { Side } from "../capture/frame.ts";
import { aFrame, ethernet, ipv4, tcp } from "../packet/frame-builder.ts";
import { createPacket, protocols, tcpFlags } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import type { PortLinks } from "../placement/find-placement.ts";
import type { TableEntry } from "../placement/line-traffic.ts";
import { PlacementChoice } from "../placement/placement-choice.ts";
import { HealthBoard } from "./health-board.ts";
import { PlacementWatch, type PlacementWatchOptions } from "./placement-watch.ts";

function aWatch(placement: SiteProfile["placement"], choice?: PlacementWatchOptions["choice"]) {
  const world = {
    now: 1000,
    links: { inside: true, outside: true } as PortLinks,
    table: null as TableEntry[] | null,
    isOneSided: false,
    looped: 0,
  };
  const health = new HealthBoard(() => world.now);
  const watch = new PlacementWatch({
    profile: { placement, ports: { bridge: "br0", inside: "in0", outside: "out0" }, site: { localNets: [] } },
    health,
    ownNames: () => ["02:00:00:00:00:99", "192.168.1.9"],
    links: () => world.links,
    readTable: () => (world.table === null ? Promise.reject(new Error("no bridge")) : Promise.resolve(world.table)),
    isOneSided: () => world.isOneSided,
    loopStopped: () => world.looped,
    ...(choice === undefined ? {} : { choice }),
    now: () => world.now,
    monotonic: () => world.now,
  });
  const packet = createPacket();
  const send = (side: Side, source: string, destination: string, mac: number, to = 0x0200_0000_00fe) => {
    const flags = source.startsWith("192.168.") ? tcpFlags.syn : tcpFlags.syn | tcpFlags.ack;
    const bytes = ethernet(0x0800, ipv4(protocols.tcp, tcp({ flags }), { source, destination }), mac, to);
    assert.ok(parseFrame(aFrame(bytes, { at: world.now, side }), packet, new WeirdCounter()));
    watch.observe(packet);
  };
  /** Two machines that ask by the one port, and five strangers that answer by the other. */
  const anOffice = (asking: Side, answering: Side) => {
    for (const number of [1, 2]) send(asking, `192.168.1.${number}`, "198.51.100.1", 0x0200_0000_0100 + number);
    for (const number of [1, 2, 3, 4, 5]) send(answering, `198.51.100.${number}`, "192.168.1.1", 0x0200_0000_00fe);
  };
  return { world, health, watch, send, anOffice, codes: () => health.list().map(({ code }) => code) };
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

test("where it is left to the box, what the traffic shows for a while is found, and said as found; nothing is doubted", () => {
  const found: string[] = [];
  const { world, watch, anOffice, codes } = aWatch("wan", {
    of: new PlacementChoice({ placement: "wan", isFound: false }),
    held: () => null,
    onFound: (placement) => found.push(placement),
  });
  assert.match(watch.statement.reasons.join(" "), /left to the box.*until the traffic has told, it works as/);
  anOffice("inside", "outside");
  watch.look();
  world.now += 59_000;
  watch.look();
  assert.deepEqual(found, []);
  world.now += 2000;
  watch.look();
  assert.deepEqual([found, codes()], [["lan"], []]);
  assert.doesNotMatch(watch.statement.reasons.join(" "), /profile/);
});

test("while something is held it does not go over, and says why; a person releases it, and it goes", () => {
  const found: string[] = [];
  let held: string | null = "a machine is contained";
  const { world, health, watch, anOffice, codes } = aWatch("wan", {
    of: new PlacementChoice({ placement: "wan", isFound: true }),
    held: () => held,
    onFound: (placement) => found.push(placement),
  });
  anOffice("inside", "outside");
  watch.look();
  world.now += 3_600_000;
  assert.ok(!watch.look());
  assert.deepEqual([found, codes()], [[], ["placement-doubted"]]);
  assert.match(health.list()[0]?.text ?? "", /does not go over while a machine is contained: its hold would be lost/);
  assert.match(watch.statement.reasons.join(" "), /does not go over while a machine is contained/);
  fitsTheContract(watch);
  held = null;
  assert.ok(watch.look(), "the state changed by it");
  assert.deepEqual([found, codes()], [["lan"], []]);
});

test("a pulled cable of the outside port is a trouble of a line, and none of a mirror", () => {
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

test("a mirror says what its port carries, that it carries everything twice, and that one direction is missing", () => {
  const { world, health, watch, anOffice, codes } = aWatch("mirror");
  anOffice(null, null);
  watch.look();
  assert.deepEqual(codes(), []);
  assert.match(watch.statement.reasons.join(" "), /both come in by this port/);
  watch.noteCopy(world.now);
  watch.look();
  assert.match(watch.statement.reasons.join(" "), /Frames come twice.*each counts once/);
  world.isOneSided = true;
  watch.look();
  assert.deepEqual(codes(), ["one-direction"]);
  assert.match(health.list()[0]?.text ?? "", /Only one direction is mirrored/);
  assert.match(watch.statement.blindSpots.join(" "), /only one direction is mirrored/);
});

test("a port to which nothing is mirrored shows only its own traffic, and that is a trouble", () => {
  const { world, health, watch, send, anOffice, codes } = aWatch("mirror");
  const toAll = () => send(null, "192.168.1.3", "192.168.1.255", 0x0200_0000_0103, 0xffff_ffff_ffff);
  toAll();
  // What it is told itself.
  send(null, "198.51.100.1", "192.168.1.9", 0x0200_0000_00fe, 0x0200_0000_0099);
  watch.look();
  assert.deepEqual(codes(), [], "so far it may just have begun");
  world.now += 61_000;
  toAll();
  watch.look();
  assert.deepEqual(codes(), ["not-mirrored"]);
  assert.match(health.list()[0]?.text ?? "", /^This port shows only its own traffic/);
  assert.match(watch.statement.blindSpots.join(" "), /Everything but broadcasts and the box's own traffic/);
  anOffice(null, null);
  watch.look();
  assert.deepEqual(codes(), []);
  // The mirror is taken away again.
  world.now += 1_900_000;
  toAll();
  watch.look();
  assert.deepEqual(codes(), ["not-mirrored"]);
});

test("a mirror's port without a link is said", () => {
  const { world, watch, codes } = aWatch("mirror");
  world.links = { inside: false, outside: null };
  watch.look();
  assert.deepEqual(codes(), ["side-dead"]);
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
  fitsTheContract(watch);
  const mirror = aWatch("mirror");
  mirror.world.isOneSided = true;
  mirror.watch.noteCopy(mirror.world.now);
  mirror.watch.look();
  fitsTheContract(mirror.watch);
  mirror.send(null, "192.168.1.3", "192.168.1.255", 0x0200_0000_0103, 0xffff_ffff_ffff);
  mirror.world.now += 61_000;
  mirror.watch.look();
  assert.deepEqual(mirror.codes(), ["not-mirrored"]);
  fitsTheContract(mirror.watch);
});

function fitsTheContract(watch: PlacementWatch): void {
  const { reasons, blindSpots } = watch.statement;
  assert.ok(reasons.length <= 16 && blindSpots.length <= 16);
  for (const sentence of [...reasons, ...blindSpots]) assert.ok(sentence.length <= 200, sentence);
  assert.equal(new Set(reasons).size, reasons.length);
}
