import type { Scenario, Step } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

const scanner = { workstations: [0, 1] } as const;
const services = [
  21, 22, 23, 25, 80, 110, 135, 139, 143, 443, 445, 993, 1433, 3306, 3389, 5432, 5900, 8080, 8443, 9100,
];

/** First who is there, then service by service; of all that only its looking, and what it tries at the router, passes the box. */
const office: readonly Step[] = [
  {
    atMs: [10_000, 11_000],
    who: scanner,
    does: { kind: "sweep", network: "own", calls: { ports: [] }, perSecond: [60, 60], timeoutMs: [1_000, 1_000] },
  },
  {
    atMs: [16_000, 17_000],
    who: scanner,
    does: { kind: "sweep", network: "own", calls: { ports: services }, perSecond: [20, 20], timeoutMs: [1_000, 1_000] },
  },
];

export const weakSpots: Scenario = {
  name: "weak-spots",
  title: "A scanner of weak spots goes through the office, service by service, and nobody has said that it may.",
  durationMs: 40_000,
  steps: [...officeDay, ...office],
  expected: {
    infected: [],
    doubted: [{ who: scanner, least: "suspect", most: "infected" }],
    others: "watched",
    ledgers: [{ who: scanner, kind: "arp-sweep", text: "A scan of the own network" }],
  },
};

/** The same, and a person has said what the machine is for. */
export const weakSpotsAnnounced: Scenario = {
  ...weakSpots,
  name: "weak-spots-announced",
  title: "A scanner of weak spots goes through the office, service by service, and a person has said so.",
  duties: [{ who: scanner, duty: "scanner" }],
  expected: {
    infected: [],
    doubted: [{ who: scanner, least: "clear", most: "clear" }],
    others: "watched",
    ledgers: [{ who: scanner, kind: "declared-duty", text: "^A person declared that it .*weigh nothing" }],
  },
};

/** What was said of it holds for the site's own networks only. */
export const weakSpotsAstray: Scenario = {
  ...weakSpotsAnnounced,
  name: "weak-spots-astray",
  title: "A scanner of weak spots that a person has announced goes through a network that is none of the site's.",
  steps: [
    ...officeDay,
    {
      atMs: [10_000, 11_000],
      who: scanner,
      does: {
        kind: "sweep",
        network: "strange",
        calls: { ports: [22, 80, 135, 443, 445, 3389] },
        perSecond: [20, 20],
        timeoutMs: [1_500, 1_500],
      },
    },
  ],
  expected: { infected: [{ who: scanner }], others: "watched" },
};
