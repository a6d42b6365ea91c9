import assert from "node:assert/strict";
import { test } from "node:test";
import { RoundTrip } from "./round-trip.ts";

test("grace lies between one and three seconds, whatever the line does", () => {
  const roundTrip = new RoundTrip();
  assert.equal(roundTrip.graceMs, 3000);
  for (let index = 0; index < 50; index += 1) roundTrip.measure(20);
  assert.equal(roundTrip.graceMs, 1000);
  for (let index = 0; index < 50; index += 1) roundTrip.measure(700);
  assert.ok(roundTrip.graceMs > 1000 && roundTrip.graceMs < 3000);
  for (let index = 0; index < 50; index += 1) roundTrip.measure(2900);
  assert.equal(roundTrip.graceMs, 3000);
});

test("a sample that no line makes is left out", () => {
  const roundTrip = new RoundTrip();
  roundTrip.measure(20);
  const before = roundTrip.graceMs;
  for (const sample of [-5, Number.NaN, 60_000]) roundTrip.measure(sample);
  assert.equal(roundTrip.graceMs, before);
});
