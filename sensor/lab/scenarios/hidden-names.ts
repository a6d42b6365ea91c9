import type { Scenario } from "../scenario.ts";
import { toldMailing } from "./mass-mailing.ts";
import { officeDay } from "./office-day.ts";

/**
 * An office whose server on the switch answers all names: people log on at servers of their domain elsewhere, half of which
 * are silent, and for nothing that they call a name was seen. One machine mails in masses, and asks for nothing at all.
 */
export const hiddenNames: Scenario = {
  name: "hidden-names",
  title: "An office logs on by names that the box does not see; one machine mails to servers it was told.",
  durationMs: 60_000,
  steps: [
    { atMs: [0, 0], who: "mail-server", does: { kind: "resolve-for-everybody" } },
    {
      atMs: [0, 0],
      does: { kind: "strangers-answer", on: [{ protocol: "tcp", first: 389, last: 389, perMille: 500 }] },
    },
    { atMs: [200, 300], who: "everybody", does: { kind: "ask-own-resolver" } },
    ...officeDay,
    {
      atMs: [4_000, 12_000],
      who: "people",
      does: { kind: "call-peers", protocol: "tcp", port: 389, peers: [4, 4], perSecond: [8, 8] },
      forMs: 900,
    },
    { atMs: [30_000, 32_000], who: "mass-mailer", does: toldMailing },
  ],
  expected: { infected: [{ who: "mass-mailer", vector: "mail" }], others: "watched" },
};
