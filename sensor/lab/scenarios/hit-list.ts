import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** A bot that looks for remote desktops; hardly one in twenty is there. */
export const hitList: Scenario = {
  name: "hit-list",
  title: "A bot draws up a list of remote desktops: fifteen addresses a second, of which one in twenty is there.",
  durationMs: 25_000,
  steps: [
    ...officeDay,
    {
      atMs: [0, 0],
      does: { kind: "strangers-answer", on: [{ protocol: "tcp", first: 3389, last: 3389, perMille: 50 }] },
    },
    {
      atMs: [8_000, 9_000],
      who: "worm",
      does: {
        kind: "scan",
        port: 3389,
        warmUpPerSecond: [15, 15],
        warmUpMs: [0, 0],
        perSecond: [15, 15],
        timeoutMs: [4_000, 4_000],
        localShare: [0, 0],
      },
    },
  ],
  expected: { infected: [{ who: "worm", vector: "rdp" }], others: "watched" },
};

/** A bot that was given such a list: nearly all answer, and none is called twice. */
export const givenList: Scenario = {
  name: "given-list",
  title: "A bot works through a list of remote desktops that nearly all answer, two in a second.",
  durationMs: 60_000,
  steps: [
    ...officeDay,
    {
      atMs: [0, 0],
      does: { kind: "strangers-answer", on: [{ protocol: "tcp", first: 3389, last: 3389, perMille: 970 }] },
    },
    {
      atMs: [8_000, 9_000],
      who: "worm",
      does: { kind: "call-peers", protocol: "tcp", port: 3389, peers: [4_000, 4_000], perSecond: [2, 2] },
    },
  ],
  expected: { infected: [{ who: "worm", vector: "rdp" }], others: "watched" },
};
