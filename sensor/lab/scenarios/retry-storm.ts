import type { Scenario, Step } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** How a program of nine stations goes on that has three servers outside; two of the stations are the fastest. */
const stations: readonly Step[] = [
  {
    atMs: [2_000, 5_000],
    who: { people: [0, 2] },
    does: { kind: "poll", port: 80, contentMs: [8_000, 12_000], discontentMs: [70, 110] },
  },
  {
    atMs: [2_000, 5_000],
    who: { people: [2, 9] },
    does: { kind: "poll", port: 80, contentMs: [8_000, 12_000], discontentMs: [400, 1_500] },
  },
];

const noWorm = "^Called the same [23] targets at least \\d+ times\\. The port that rises is the source port; ";

/**
 * Of calls that are answered the box looks at one in ten seconds for each target, so it takes minutes until it can tell.
 *
 * An incident of 2002: from some time on the firewall answers the web with a warning page, and a program on nine stations,
 * which cannot read it, keeps calling the same three hosts, each time from the next source port. The whole company was
 * taken for infected then.
 */
export const retryStorm: Scenario = {
  name: "retry-storm",
  title: "The firewall begins to answer the web with a warning page; a program on nine stations does not give up.",
  durationMs: 180_000,
  steps: [...officeDay, ...stations, { atMs: [9_000, 10_000], does: { kind: "warn-on-web" } }],
  expected: {
    infected: [],
    others: "watched",
    ledgers: [
      { who: { people: [0, 9] }, kind: "retry-storm", text: `${noWorm}the targets never change: (?!.*change of ours)` },
    ],
  },
};

/** The same, but nobody does anything to the line: what the stations lose they lose by what a person asks of the box. */
export const retryStormByUs: Scenario = {
  ...retryStorm,
  name: "retry-storm-by-us",
  durationMs: 70_000,
  title: "A program on nine stations does not give up whatever it meets; what it meets is asked of the box.",
  steps: [...officeDay, ...stations],
  expected: {
    infected: [],
    others: "watched",
    ledgers: [
      {
        who: { people: [0, 9] },
        kind: "retry-storm",
        text: `${noWorm}the targets never change: .* It began .* after a change of ours: `,
      },
    ],
  },
};
