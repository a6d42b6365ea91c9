import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pulse } from "@cordon/contract";
import { growth, type HeardPulse } from "./series.ts";

const heard = (receivedAt: number, pulse: Partial<Pulse>): HeardPulse => ({
  receivedAt,
  pulse: {
    version: 1,
    bootId: "boot-one",
    at: 0,
    contacts: 0,
    packetsStopped: 0,
    packetsSeen: 0,
    packetsLimited: 0,
    ...pulse,
  },
});

test("counters become growth", () => {
  const grown = growth(
    heard(0, { contacts: 10, packetsStopped: 3 }),
    heard(1_000, { contacts: 14, packetsStopped: 9 }),
  );
  assert.deepEqual(grown, { contacts: 4, packetsStopped: 6 });
});

test("the first pulse and one after a gap tell of no growth", () => {
  assert.equal(growth(null, heard(0, { contacts: 10 })), null);
  assert.equal(growth(heard(0, { contacts: 10 }), heard(30_001, { contacts: 900 })), null);
});

test("after a restart of the judge contacts count anew while the kernel's counter goes on", () => {
  const grown = growth(
    heard(0, { contacts: 100, packetsStopped: 50 }),
    heard(3_000, { bootId: "boot-two", contacts: 7, packetsStopped: 58 }),
  );
  assert.deepEqual(grown, { contacts: 7, packetsStopped: 8 });
});

test("a counter that fell was started anew", () => {
  const grown = growth(heard(0, { contacts: 5, packetsStopped: 50 }), heard(1_000, { contacts: 5, packetsStopped: 2 }));
  assert.deepEqual(grown, { contacts: 0, packetsStopped: 2 });
});
