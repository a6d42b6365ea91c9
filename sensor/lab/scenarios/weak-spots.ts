import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

const scanner = { workstations: [0, 1] } as const;

/** A scanner of weak spots goes through the office's network and a branch's, service by service. */
export const weakSpots: Scenario = {
  name: "weak-spots",
  title: "A scanner of weak spots goes through the office and a branch, and nobody has said that it may.",
  durationMs: 40_000,
  steps: [
    ...officeDay,
    {
      atMs: [10_000, 11_000],
      who: scanner,
      does: { kind: "sweep", network: "own", calls: { ports: [] }, perSecond: [60, 60], timeoutMs: [1_000, 1_000] },
    },
    {
      atMs: [14_000, 15_000],
      who: scanner,
      does: {
        kind: "sweep",
        network: "branch",
        calls: { ports: [22, 80, 135, 443, 445, 3389] },
        perSecond: [20, 20],
        timeoutMs: [1_500, 1_500],
      },
    },
  ],
  expected: {
    infected: [],
    doubted: [{ who: scanner, least: "suspect", most: "infected" }],
    others: "watched",
  },
};

/** The same, and a person has said what the machine is for. */
export const weakSpotsAnnounced: Scenario = {
  ...weakSpots,
  name: "weak-spots-announced",
  title: "A scanner of weak spots goes through the office and a branch, and a person has said so.",
  duties: [{ who: scanner, duty: "scanner" }],
  expected: {
    infected: [],
    doubted: [{ who: scanner, least: "clear", most: "clear" }],
    others: "watched",
    ledgers: [{ who: scanner, kind: "declared-duty", text: "^A person declared that it .*weigh nothing" }],
  },
};
