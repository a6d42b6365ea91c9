import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

function aPace() {
  const clock = { now: 1_000_000 };
  const limits = { packetsPerSecond: 100, bytesPerSecond: 10_000, burstSeconds: 2 };
  return { clock, pace: new Pace(limits, () => clock.now) };
}

test("a burst passes at once, and what comes beyond it waits until it would have come evenly", () => {
  const { pace } = aPace();
  assert.equal(pace.take(200, 0), 0);
  assert.equal(pace.take(50, 0), 500);
});

test("bytes count beside packets, and the later of the two decides", () => {
  const { pace } = aPace();
  assert.equal(pace.take(201, 30_000), 1000);
});

test("time gives back what was taken, up to one burst", () => {
  const { clock, pace } = aPace();
  pace.take(300, 0);
  clock.now += 1000;
  assert.equal(pace.take(0, 0), 0);
  clock.now += 3_600_000;
  assert.equal(pace.take(201, 0), 10);
});

test("a clock that is set back stops nobody for longer", () => {
  const { clock, pace } = aPace();
  clock.now -= 86_400_000;
  assert.equal(pace.take(200, 0), 0);
  assert.equal(pace.take(10, 0), 100);
});
