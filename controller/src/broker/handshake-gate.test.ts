import assert from "node:assert/strict";
import { test } from "node:test";
import { HandshakeGate } from "./handshake-gate.ts";

function aGate({ atOnce = 2, placeMs = 1_000, waitMs = 4_000 } = {}) {
  const begun: number[] = [];
  const turnedAway: number[] = [];
  const clock = { now: 0 };
  const gate = new HandshakeGate<number>({
    ...{ atOnce, placeMs, waitMs },
    begin: (connection) => begun.push(connection),
    turnAway: (connection) => turnedAway.push(connection),
    monotonic: () => clock.now,
  });
  return { gate, begun, turnedAway, clock };
}

test("a few begin, the others in their order as those end", () => {
  const { gate, begun } = aGate();
  for (const connection of [1, 2, 3, 4, 5]) gate.admit(connection);
  assert.deepEqual(begun, [1, 2]);
  gate.ended();
  assert.deepEqual(begun, [1, 2, 3]);
  gate.ended();
  gate.ended();
  gate.ended();
  assert.deepEqual(begun, [1, 2, 3, 4, 5]);
  gate.close();
});

test("whoever is silent in his handshake holds up nobody for longer than his place is his", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { gate, begun, clock } = aGate();
  for (const connection of [1, 2, 3]) gate.admit(connection);
  clock.now = 999;
  t.mock.timers.tick(999);
  assert.deepEqual(begun, [1, 2]);
  clock.now = 1_000;
  t.mock.timers.tick(1);
  assert.deepEqual(begun, [1, 2, 3]);
  gate.close();
});

test("who waits too long is turned away, and does not begin", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { gate, begun, turnedAway, clock } = aGate({ atOnce: 1, placeMs: 60_000 });
  for (const connection of [1, 2, 3]) gate.admit(connection);
  clock.now = 3_999;
  t.mock.timers.tick(3_999);
  gate.ended();
  assert.deepEqual([begun, turnedAway], [[1, 2], []]);
  gate.admit(4);
  clock.now = 4_000;
  t.mock.timers.tick(1);
  assert.deepEqual([begun, turnedAway], [[1, 2], [3]]);
  gate.ended();
  assert.deepEqual([begun, turnedAway], [[1, 2, 4], [3]]);
  gate.close();
});

test("what waits when the gate closes is turned away", () => {
  const { gate, turnedAway } = aGate({ atOnce: 1 });
  for (const connection of [1, 2, 3]) gate.admit(connection);
  gate.close();
  assert.deepEqual([turnedAway, gate.waiting], [[2, 3], 0]);
});
