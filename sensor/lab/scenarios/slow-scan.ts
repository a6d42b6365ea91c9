import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** One target a minute: named by the tenth, after as many minutes. Too long for the tests of every change. */
export const slowScan: Scenario = {
  name: "slow-scan",
  title: "A worm tries one target a minute; it takes a quarter of an hour to be sure.",
  durationMs: 20 * 60_000,
  steps: [
    ...officeDay,
    {
      atMs: [10_000, 20_000],
      who: "worm",
      does: {
        kind: "scan",
        port: 445,
        warmUpPerSecond: [1 / 60, 1 / 60],
        warmUpMs: [0, 0],
        perSecond: [1 / 60, 1 / 60],
        timeoutMs: [20_000, 20_000],
        localShare: [0, 0],
      },
    },
  ],
  expected: { infected: [{ who: "worm", vector: "smb" }], others: "watched" },
};
