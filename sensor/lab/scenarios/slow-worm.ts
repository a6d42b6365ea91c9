import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** A worm that tries six services, one target in a quarter of a minute, on a machine that finds its like by a list. */
export const slowWorm: Scenario = {
  name: "slow-worm",
  title: "A slow worm tries six services in turn, on a machine that shares files beside it.",
  durationMs: 7 * 60_000,
  steps: [
    ...officeDay,
    {
      atMs: [0, 0],
      does: { kind: "strangers-answer", on: [{ protocol: "udp", first: 10_000, last: 60_000, perMille: 450 }] },
    },
    {
      atMs: [6_000, 7_000],
      who: "worm",
      does: { kind: "call-peers", protocol: "udp", port: "any", peers: [120, 120], perSecond: [3, 3] },
    },
    {
      atMs: [10_000, 11_000],
      who: "worm",
      does: {
        kind: "scan",
        port: { oneOf: [22, 445, 1433, 3389, 6379, 8088] },
        warmUpPerSecond: [1 / 15, 1 / 15],
        warmUpMs: [0, 0],
        perSecond: [1 / 15, 1 / 15],
        timeoutMs: [30_000, 30_000],
        localShare: [0.4, 0.4],
      },
    },
  ],
  expected: { infected: [{ who: "worm" }], others: "watched" },
};
