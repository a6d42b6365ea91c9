import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** Nobody is infected; everybody's programs go on as programs do on a line that is dead, and afterwards. */
export const mondayCut: Scenario = {
  name: "monday-cut",
  title: "The line is dead on a Monday: pages, chats and clocks call in vain, and nobody is infected.",
  durationMs: 150_000,
  steps: [
    ...officeDay,
    {
      atMs: [1_000, 4_000],
      who: "people",
      does: { kind: "poll", port: 80, contentMs: [4_000, 8_000], discontentMs: [2_000, 5_000] },
    },
    {
      atMs: [1_000, 9_000],
      who: "people",
      does: { kind: "call-peers", protocol: "udp", port: 123, peers: [4, 4], perSecond: [0.25, 0.25] },
    },
    {
      atMs: [0, 0],
      does: { kind: "strangers-answer", on: [{ protocol: "udp", first: 123, last: 123, perMille: 1000 }] },
    },
    { atMs: [30_000, 31_000], does: { kind: "cut-line" } },
    { atMs: [100_000, 101_000], does: { kind: "restore-line" } },
  ],
  expected: { infected: [], others: "clear", line: "dead" },
};
