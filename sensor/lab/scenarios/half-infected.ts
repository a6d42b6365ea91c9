import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** Five machines of nine to eleven scan at once: what most of the site does is still what a worm does. */
export const halfInfected: Scenario = {
  name: "half-infected",
  title: "Half of the office is infected at once; the other half works as on any day.",
  durationMs: 25_000,
  steps: [
    ...officeDay,
    {
      atMs: [8_000, 9_000],
      who: { people: [0, 5] },
      does: {
        kind: "scan",
        port: 445,
        warmUpPerSecond: [4, 12],
        warmUpMs: [2_000, 6_000],
        perSecond: [10, 20],
        timeoutMs: [1_000, 3_500],
        localShare: [0, 0.1],
      },
    },
  ],
  expected: { infected: [{ who: { people: [0, 5] }, vector: "smb" }], others: "watched" },
};
