import assert from "node:assert/strict";
import { test } from "node:test";
import { vectorOf, vectorPorts, vectorUdpPorts } from "./plain-words.ts";
import type { Vector } from "./words.ts";

test("a port belongs to the vector that shuts it, and to one alone", () => {
  const ports = Object.values(vectorPorts).flat();
  assert.equal(new Set(ports).size, ports.length);
  for (const [vector, its] of Object.entries(vectorPorts) as [Vector, readonly number[]][]) {
    for (const port of its) assert.equal(vectorOf(port), vector);
  }
});

test("ports of UDP are shut with the TCP ports of one vector", () => {
  const ports = Object.values(vectorUdpPorts).flat();
  assert.equal(new Set(ports).size, ports.length);
  for (const [vector, its] of Object.entries(vectorUdpPorts) as [Vector, readonly number[]][]) {
    assert.ok(its.length === 0 || vectorPorts[vector].length > 0, vector);
  }
});

test("a port of no vector is of the vector that cannot be blocked", () => {
  assert.equal(vectorOf(51_413), "other");
  assert.deepEqual(vectorPorts.other, []);
});
