import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/**
 * The provider has cut the line because of complaints: its side drops everything while all links
 * stay up. Mailer and worm go on; every contact of everybody is silent.
 */
export const lineCut: Scenario = {
  name: "line-cut",
  title: "The provider cuts the line in the middle; the infected machines go on into the silence.",
  durationMs: 30 * 60_000,
  steps: [
    ...officeDay,
    { atMs: [12_000, 16_000], who: "mass-mailer", does: { kind: "resolve-mail-servers", domains: [46, 55] } },
    { atMs: [20_000, 24_000], does: { kind: "cut-line" } },
    {
      atMs: [27_000, 33_000],
      who: "mass-mailer",
      does: {
        kind: "mass-mail",
        mailsPerSecond: [1.5, 7],
        parallel: [12, 24],
        domains: [25, 45],
        recipientsPerMail: [1, 3],
      },
    },
    {
      atMs: [27_000, 34_000],
      who: "worm",
      does: {
        kind: "scan",
        port: 445,
        warmUpPerSecond: [4, 12],
        warmUpMs: [2_000, 6_000],
        perSecond: [15, 45],
        timeoutMs: [1_000, 3_500],
        localShare: [0, 0.1],
      },
    },
    { atMs: [110_000, 120_000], does: { kind: "restore-line" } },
  ],
};
