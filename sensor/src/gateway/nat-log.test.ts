import assert from "node:assert/strict";
import { test } from "node:test";
import { NatLog } from "./nat-log.ts";
import type { TrackerMessage } from "./tracker-protocol.ts";

function connection(kernelId: number, change: "begun" | "ended", at = 1000): TrackerMessage {
  return {
    kind: "connection",
    change,
    at,
    protocol: "tcp",
    insideAddress: "10.213.77.20",
    insidePort: 50_000,
    outsideAddress: "192.0.2.2",
    outsidePort: 40_000 + kernelId,
    remoteAddress: "198.51.100.9",
    remotePort: 443,
    kernelId,
    ...{ protocolNumber: 6, isAnswered: true, bytesOut: null, bytesIn: null },
  };
}

const macOf = (address: string) => (address === "10.213.77.20" ? "02:00:00:00:00:01" : null);
const count = (translated: number): TrackerMessage => ({ kind: "count", translated });

function lostAfter(log: NatLog, translated: number): number {
  for (let time = 0; time < 6; time += 1) log.observe(count(translated));
  let lost = 0;
  for (let told = log.take(); told !== null; told = log.take()) lost += told.lost;
  return lost;
}

test("beginning and end of a connection have one name, and the kernel's number given again has another", () => {
  const log = new NatLog({ macOf, memory: null });
  log.observe(connection(1, "begun", 1000));
  log.observe(connection(1, "ended", 2000));
  log.observe(connection(1, "begun", 3000));
  const told = log.take();
  const [first, second, third] = told?.translations ?? [];
  assert.equal(first?.id, second?.id);
  assert.notEqual(first?.id, third?.id);
  assert.deepEqual([first?.host, first?.outsidePort], ["02:00:00:00:00:01", 40_001]);
  assert.equal(log.take(), null);
});

test("what our table counted and nobody told of is lost, to the last one and once", () => {
  const log = new NatLog({ macOf, memory: null });
  for (let id = 1; id <= 10; id += 1) log.observe(connection(id, "begun"));
  assert.equal(lostAfter(log, 17), 7);
  assert.equal(lostAfter(log, 17), 0);
  log.observe(connection(18, "begun"));
  assert.equal(lostAfter(log, 20), 2);
});

test("what is on its way is not lost", () => {
  const log = new NatLog({ macOf, memory: null });
  for (let id = 1; id <= 20; id += 1) {
    log.observe(count(id + 2));
    log.observe(connection(id, "begun"));
  }
  log.observe(connection(21, "begun"));
  log.observe(connection(22, "begun"));
  assert.equal(lostAfter(log, 22), 0);
});

test("what went by while nobody listened is lost, across a restart of the judge", () => {
  const before = new NatLog({ macOf, memory: null });
  for (let id = 1; id <= 5; id += 1) before.observe(connection(id, "begun"));
  assert.equal(lostAfter(before, 5), 0);
  const after = new NatLog({ macOf, memory: before.memory });
  assert.equal(lostAfter(after, 9), 4);
});

test("a table that was made anew counts from nothing", () => {
  const log = new NatLog({ macOf, memory: { translated: 500, accounted: 500 } });
  log.observe(count(0));
  log.observe(connection(1, "begun"));
  assert.equal(lostAfter(log, 3), 2);
});

test("while nobody takes them, the oldest go and are counted", () => {
  const log = new NatLog({ macOf, memory: null });
  for (let id = 1; id <= 20_007; id += 1) log.observe(connection(id, "begun"));
  assert.equal(log.take()?.lost, 7);
});
