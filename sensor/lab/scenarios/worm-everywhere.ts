import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** A worm of file shares, which goes through the own network, ten at a time, and draws strangers besides. */
export const wormEverywhere: Scenario = {
  name: "worm-everywhere",
  title: "A worm of file shares goes through the office's network and draws strangers all over the world.",
  durationMs: 30_000,
  steps: [
    ...officeDay,
    {
      atMs: [8_000, 9_000],
      who: "worm",
      does: { kind: "sweep", network: "own", calls: { ports: [445] }, perSecond: [10, 10], timeoutMs: [1_000, 1_000] },
    },
    {
      atMs: [8_000, 9_000],
      who: "worm",
      does: {
        kind: "scan",
        port: 445,
        warmUpPerSecond: [25, 25],
        warmUpMs: [5_000, 5_000],
        perSecond: [100, 100],
        timeoutMs: [1_000, 1_000],
        localShare: [0, 0],
      },
    },
  ],
  expected: {
    infected: [{ who: "worm", vector: "smb" }],
    others: "watched",
    ledgers: [{ who: "worm", kind: "arp-sweep", text: "own network" }],
  },
};
