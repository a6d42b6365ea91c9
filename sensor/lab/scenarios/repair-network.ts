import type { Scenario } from "../scenario.ts";
import { massMailing } from "./mass-mailing.ts";

/**
 * Machines that are to be cleaned, each on a port of the box: people go on as far as they can, one machine mails and
 * another scans. Nothing comes in from outside, and nobody reaches the printer.
 */
export const repairNetwork: Scenario = {
  name: "repair-network",
  title: "Machines in the repair network, each on a port of the box; one mails in masses, another scans.",
  durationMs: 30 * 60_000,
  steps: [
    { atMs: [0, 2500], who: "everybody", does: { kind: "announce" } },
    {
      atMs: [400, 4000],
      who: "people",
      does: { kind: "browse", pageEveryMs: [6_000, 20_000], namesPerPage: [4, 14], downloadShare: [0.05, 0.2] },
    },
    {
      atMs: [5_000, 8_000],
      who: "mass-mailer",
      does: massMailing,
    },
    {
      atMs: [5_000, 8_000],
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
