import type { Scenario } from "../scenario.ts";

/** Everybody is heard once, so that something can be said of each. */
export const arrivals: Scenario = {
  name: "arrivals",
  title: "All machines ask for their addresses.",
  durationMs: 3_000,
  steps: [{ atMs: [0, 1_000], who: "everybody", does: { kind: "announce" } }],
};
