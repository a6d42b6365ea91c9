import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reported, ReportedContainment } from "@cordon/contract";
import { ReportPace } from "./report-pace.ts";

const containment: ReportedContainment = {
  id: "c1",
  kind: "quarantine",
  host: "02:00:00:00:00:01",
  vector: null,
  reason: "mails by itself",
  author: "operator",
  startsAt: 0,
  expiresAt: null,
  level: "unconfirmed",
  inForceSince: null,
  packetsStopped: 0,
  lastStoppedAt: null,
  refusal: null,
};

const reported: Reported = {
  version: 1,
  bootId: "0123456789abcdef",
  at: 0,
  epoch: 1,
  revision: 1,
  placement: "lan",
  line: { state: "healthy", since: 0, text: "6 of 6 machines get answers." },
  containments: [containment],
  health: [],
  refused: {},
};

function withContainment(changes: Partial<ReportedContainment>): Reported {
  return { ...reported, at: reported.at + 1, containments: [{ ...containment, ...changes }] };
}

function aPace() {
  const state = { now: 0, isOnline: true, sent: 0 };
  const pace = new ReportPace({
    monotonic: () => state.now,
    send: () => {
      if (state.isOnline) state.sent++;
      return state.isOnline;
    },
  });
  const sentAfter = (now: number, report: Reported) => {
    state.now = now;
    pace.offer(report);
    return state.sent;
  };
  return { state, sentAfter };
}

test("a level that was reached is told at once", () => {
  const { sentAfter } = aPace();
  assert.equal(sentAfter(0, reported), 1);
  assert.equal(sentAfter(5, withContainment({ level: "internet-cut", inForceSince: 5 })), 2);
});

test("how far an ordered release is, is told at once, and how much of it is fetched as a counter", () => {
  const { sentAfter } = aPace();
  const order = { id: "u-1", version: "0.2.0", phase: "fetching", words: "", at: 0 } as const;
  assert.equal(sentAfter(0, reported), 1);
  assert.equal(sentAfter(5, { ...reported, update: { order } }), 2);
  assert.equal(sentAfter(10, { ...reported, update: { order: { ...order, fetchedBytes: 1 } } }), 2);
  assert.equal(sentAfter(1005, { ...reported, update: { order: { ...order, fetchedBytes: 2 } } }), 3);
  assert.equal(sentAfter(1006, { ...reported, update: { order: { ...order, phase: "installed" } } }), 4);
});

test("counters are told at most every second", () => {
  const { sentAfter } = aPace();
  assert.equal(sentAfter(0, reported), 1);
  assert.equal(sentAfter(999, withContainment({ packetsStopped: 1 })), 1);
  assert.equal(sentAfter(1000, withContainment({ packetsStopped: 2 })), 2);
});

test("without news a report goes out every half minute, and no sooner", () => {
  const { sentAfter } = aPace();
  assert.equal(sentAfter(0, reported), 1);
  assert.equal(sentAfter(29_999, { ...reported, at: 29_999 }), 1);
  assert.equal(sentAfter(30_000, { ...reported, at: 30_000 }), 2);
});

test("what could not be sent is sent as soon as it can", () => {
  const { state, sentAfter } = aPace();
  state.isOnline = false;
  assert.equal(sentAfter(0, reported), 0);
  state.isOnline = true;
  assert.equal(sentAfter(1, reported), 1);
});
