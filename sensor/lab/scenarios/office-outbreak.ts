import type { Scenario } from "../scenario.ts";
import { massMailing } from "./mass-mailing.ts";
import { officeDay } from "./office-day.ts";

/** The first scene: people work while one machine mails and another scans. */
export const officeOutbreak: Scenario = {
  name: "office-outbreak",
  title: "People work as on any day; one machine sends mail in masses, another scans for victims.",
  durationMs: 30 * 60_000,
  steps: [
    ...officeDay,
    {
      atMs: [6_000, 11_000],
      who: "mass-mailer",
      does: massMailing,
    },
    {
      atMs: [6_000, 12_000],
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
  ],
};
