import type { Scenario, Step } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** A program that inspects the own network for a person, slowly; and systems that fetch updates from each other's like. */
const others: readonly Step[] = [
  {
    atMs: [10_000, 11_000],
    who: { people: [0, 1] },
    does: { kind: "sweep", network: "own", calls: { ports: [] }, perSecond: [13, 13], timeoutMs: [1_000, 1_000] },
  },
  {
    atMs: [8_000, 12_000],
    who: { people: [1, 5] },
    does: { kind: "call-peers", protocol: "tcp", port: 7680, peers: [25, 25], perSecond: [0.9, 0.9] },
    forMs: 28_000,
  },
];

/** A technician looks twice who is there, all of it in a second. */
const technician = { people: [5, 6] } as const;
const looks: readonly Step[] = ([12_000, 15_000] as const).map((at) => ({
  atMs: [at, at + 500],
  who: technician,
  does: { kind: "sweep", network: "own", calls: { ports: [] }, perSecond: [255, 255], timeoutMs: [1_000, 1_000] },
}));

const answers: Step = {
  atMs: [0, 0],
  does: { kind: "strangers-answer", on: [{ protocol: "tcp", first: 7680, last: 7680, perMille: 200 }] },
};

export const inspectors: Scenario = {
  name: "inspectors",
  title:
    "A program inspects the office's network, systems fetch updates from branches, a technician looks who is there.",
  durationMs: 60_000,
  steps: [answers, ...officeDay, ...others, ...looks],
  expected: {
    infected: [],
    doubted: [
      { who: { people: [0, 1] }, least: "clear", most: "suspect" },
      { who: technician, least: "suspect", most: "infected" },
    ],
    others: "watched",
    ledgers: [{ who: technician, kind: "arp-sweep", text: "A scan of the own network" }],
  },
};

/** The same, and a person has said what the technician's machine is for. */
export const inspectorsAnnounced: Scenario = {
  ...inspectors,
  name: "inspectors-announced",
  title: "The same day, and a person has said that the technician's machine looks for weak spots.",
  duties: [{ who: technician, duty: "scanner" }],
  expected: {
    infected: [],
    doubted: [
      { who: { people: [0, 1] }, least: "clear", most: "suspect" },
      { who: technician, least: "clear", most: "clear" },
    ],
    others: "watched",
    ledgers: [{ who: technician, kind: "declared-duty", text: "^A person declared that it .*weigh nothing" }],
  },
};
