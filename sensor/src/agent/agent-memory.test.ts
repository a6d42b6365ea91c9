import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { AnyReportedContainment } from "@cordon/contract";
import { loadAgentMemory, saveAgentMemory, urgentOf } from "./agent-memory.ts";

const common = {
  host: "02:00:00:00:00:0a",
  vector: null,
  reason: "worm",
  author: "operator",
  startsAt: 0,
  expiresAt: null,
  inForceSince: 5,
  packetsStopped: 3,
  lastStoppedAt: 6,
  refusal: null,
};
const cut: AnyReportedContainment = { ...common, id: "c1", kind: "quarantine", level: "internet-cut" };
const ping: AnyReportedContainment = { ...common, id: "p1", kind: "vector", vector: "ping", level: "vector-stopped" };
const throttle: AnyReportedContainment = { ...common, id: "t1", kind: "throttle", level: "throttled" };

test("throttles and blocks of sweeps are remembered apart, so that a program without them can read the cuts", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-memory-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "memory.json");
  const kernel = { counters: { "throttle/02:00:00:00:00:0a": 3 }, containments: {} };
  await saveAgentMemory(path, { version: 1, trustedAt: 7, kernel, seen: [throttle, ping, cut] });
  assert.deepEqual(await loadAgentMemory(path), { version: 1, trustedAt: 7, kernel, seen: [cut, throttle, ping] });
  const file = JSON.parse(await readFile(path, "utf8")) as { readonly seen: readonly AnyReportedContainment[] };
  assert.deepEqual(file.seen, [cut]);
});

test("a count may wait to be written; a containment, and a leap of the clock, may not", () => {
  const memory = {
    version: 1 as const,
    trustedAt: 1_800_000_000_000,
    kernel: { counters: {}, containments: {} },
    seen: [cut],
  };
  const before = urgentOf(memory);
  assert.equal(urgentOf({ ...memory, seen: [{ ...cut, packetsStopped: 9, lastStoppedAt: 70 }] }), before);
  assert.equal(urgentOf({ ...memory, trustedAt: 1_800_000_060_000 }), before);
  assert.notEqual(urgentOf({ ...memory, seen: [cut, ping] }), before);
  assert.notEqual(urgentOf({ ...memory, seen: [{ ...cut, inForceSince: null }] }), before);
  assert.notEqual(urgentOf({ ...memory, trustedAt: 1_800_000_700_000 }), before);
});
