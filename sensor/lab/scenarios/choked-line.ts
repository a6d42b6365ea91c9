import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/**
 * A worm of single datagrams fills a narrow line, so that hardly anybody else gets through: what looks like an outage is
 * its own doing, and pardons it nothing.
 */
export const chokedLine: Scenario = {
  name: "choked-line",
  title: "A worm of single datagrams chokes the line; what is lost of everybody else's work is its doing.",
  durationMs: 36_000,
  steps: [
    ...officeDay,
    { atMs: [5_000, 6_000], does: { kind: "narrow-line", packetsPerSecond: [110, 130] } },
    {
      atMs: [12_000, 13_000],
      who: "worm",
      does: { kind: "spray", port: 1434, bytes: [376, 376], perSecond: [2_400, 2_800] },
      forMs: 16_000,
    },
  ],
  expected: { infected: [{ who: "worm", vector: "sql" }], others: "watched", line: "choked" },
};

/** Its like, always from one port and to any. */
export const chokedFromOnePort: Scenario = {
  ...chokedLine,
  name: "choked-from-one-port",
  title: "A worm of single datagrams, from one port to any, chokes the line.",
  steps: chokedLine.steps.map((step) =>
    "who" in step && step.does.kind === "spray"
      ? { ...step, does: { ...step.does, port: "any", fromPort: 4000 } }
      : step,
  ),
  expected: { infected: [{ who: "worm", vector: "other" }], others: "watched", line: "choked" },
};
