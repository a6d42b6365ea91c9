import assert from "node:assert/strict";
import { test } from "node:test";
import { SpoofedSources } from "./spoofed-sources.ts";

test("sixteen strangers' addresses within a minute convict, the two of a leaking hub do not", () => {
  const flood = new SpoofedSources();
  const hub = new SpoofedSources();
  for (let index = 0; index < 16; index += 1) {
    assert.deepEqual(flood.findings(index), []);
    flood.posed(0x0a00_0000 + index, 1000 + index);
    hub.posed(0x0a00_0000 + (index % 2), 1000 + index);
  }
  assert.equal(flood.findings(2000)[0]?.strength, 6);
  assert.deepEqual(hub.findings(2000), []);
});

test("one new address an hour never adds up", () => {
  const detector = new SpoofedSources();
  for (let index = 0; index < 100; index += 1) detector.posed(0x0a00_0000 + index, index * 3_600_000);
  assert.deepEqual(detector.findings(360_000_000), []);
});
