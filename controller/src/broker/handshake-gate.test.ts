import assert from "node:assert/strict";
import { test } from "node:test";
import { HandshakeGate } from "./handshake-gate.ts";

function aGate({ atOnce = 2, placeMs = 1_000, contestedPlaceMs = 1_000, waitMs = 4_000 } = {}) {
  const begun: number[] = [];
  const turnedAway: number[] = [];
  const clock = { now: 0 };
  const gate = new HandshakeGate<number>({
    ...{ atOnce, placeMs, contestedPlaceMs, waitMs },
    begin: (connection) => begun.push(connection),
    turnAway: (connection) => turnedAway.push(connection),
    monotonic: () => clock.now,
  });
  return { gate, begun, turnedAway, clock };
}

const office = "192.0.2.7";

test("a few begin, the others of their source in their order as those end", () => {
  const { gate, begun } = aGate();
  for (const connection of [1, 2, 3, 4, 5]) gate.admit(connection, office);
  assert.deepEqual(begun, [1, 2]);
  gate.left(2);
  assert.deepEqual(begun, [1, 2, 3]);
  for (const connection of [1, 3]) gate.left(connection);
  assert.deepEqual(begun, [1, 2, 3, 4, 5]);
  gate.close();
});

test("the sources have their turns one after the other, however many connections each sends", () => {
  const { gate, begun } = aGate({ atOnce: 1 });
  for (let connection = 0; connection < 1_000; connection += 1) gate.admit(connection, "203.0.113.1");
  for (let connection = 1_000; connection < 2_000; connection += 1) gate.admit(connection, "203.0.113.2");
  gate.admit(7_777, office);
  for (let turn = 0; turn < 3; turn += 1) gate.left(begun.at(-1) ?? -1);
  assert.deepEqual(begun, [0, 1, 1_000, 7_777]);
  gate.close();
});

test("where a sensor has come from before, strangers' addresses hold up nobody, and have one turn of four themselves", () => {
  const { gate, begun } = aGate({ atOnce: 1 });
  for (let connection = 0; connection < 500; connection += 1) gate.admit(connection, `203.0.113.${connection}`);
  for (let connection = 1_000; connection < 1_006; connection += 1) gate.admit(connection, office, true);
  for (let turn = 0; turn < 8; turn += 1) gate.left(begun.at(-1) ?? -1);
  assert.deepEqual(begun, [0, 1_000, 1_001, 1, 1_002, 1_003, 1_004, 2, 1_005]);
  gate.close();
});

test("whoever is silent in his handshake holds up nobody for longer than his place is his", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { gate, begun, clock } = aGate();
  for (const connection of [1, 2, 3]) gate.admit(connection, office);
  clock.now = 999;
  t.mock.timers.tick(999);
  assert.deepEqual(begun, [1, 2]);
  clock.now = 1_000;
  t.mock.timers.tick(1);
  assert.deepEqual(begun, [1, 2, 3]);
  gate.close();
});

test("while somebody of another source waits, a place is held for less", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { gate, begun, clock } = aGate({ contestedPlaceMs: 250 });
  for (const connection of [1, 2]) gate.admit(connection, "203.0.113.1");
  gate.admit(3, office);
  clock.now = 249;
  t.mock.timers.tick(249);
  assert.deepEqual(begun, [1, 2]);
  clock.now = 250;
  t.mock.timers.tick(1);
  assert.deepEqual(begun, [1, 2, 3]);
  gate.close();
});

test("who waits too long is turned away, and does not begin", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { gate, begun, turnedAway, clock } = aGate({ atOnce: 1, placeMs: 60_000 });
  for (const connection of [1, 2, 3]) gate.admit(connection, office);
  clock.now = 3_999;
  t.mock.timers.tick(3_999);
  gate.left(1);
  assert.deepEqual([begun, turnedAway], [[1, 2], []]);
  gate.admit(4, office);
  clock.now = 4_000;
  t.mock.timers.tick(1);
  assert.deepEqual([begun, turnedAway], [[1, 2], [3]]);
  gate.left(2);
  assert.deepEqual([begun, turnedAway], [[1, 2, 4], [3]]);
  gate.close();
});

test("who goes while he waits is not begun, and a place that he held is free", () => {
  const { gate, begun } = aGate({ atOnce: 1 });
  for (const connection of [1, 2, 3]) gate.admit(connection, office);
  gate.left(2);
  assert.deepEqual([begun, gate.waiting], [[1], 1]);
  gate.left(1);
  assert.deepEqual([begun, gate.waiting], [[1, 3], 0]);
  gate.close();
});

test("what waits when the gate closes is turned away", () => {
  const { gate, turnedAway } = aGate({ atOnce: 1 });
  for (const connection of [1, 2, 3]) gate.admit(connection, office);
  gate.close();
  assert.deepEqual([turnedAway, gate.waiting], [[2, 3], 0]);
});
