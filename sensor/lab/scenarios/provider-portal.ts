import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/**
 * The provider has walled the line: until somebody has paid, each name is the portal's address, and each connection gets its
 * page. A worm behind it is answered by everybody it calls.
 */
export const providerPortal: Scenario = {
  name: "provider-portal",
  title: "The provider's portal answers everything; a worm goes on behind it, and everybody it calls answers.",
  durationMs: 45_000,
  steps: [
    ...officeDay,
    { atMs: [10_000, 12_000], does: { kind: "wall-line" } },
    {
      atMs: [16_000, 18_000],
      who: "worm",
      does: {
        kind: "scan",
        port: 3389,
        warmUpPerSecond: [3, 4],
        warmUpMs: [5_000, 6_000],
        perSecond: [4, 6],
        timeoutMs: [3_000, 4_000],
        localShare: [0, 0],
      },
    },
  ],
  expected: { infected: [{ who: "worm", vector: "rdp" }], others: "watched", line: "walled" },
};
