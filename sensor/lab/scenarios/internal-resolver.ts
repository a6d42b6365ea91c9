import type { Scenario } from "../scenario.ts";
import { massMailing } from "./mass-mailing.ts";
import { officeDay } from "./office-day.ts";

/**
 * The office's server resolves for everybody, beside the machines on the switch: nobody's own questions pass the sensor,
 * and what is asked of name servers all over the world, the mailer's questions for mail servers too, is asked by the server.
 */
export const internalResolver: Scenario = {
  name: "internal-resolver",
  title: "The office's server asks for everybody's names; the mass mailer's too, and is not taken for it.",
  durationMs: 35_000,
  steps: [
    { atMs: [0, 0], who: "mail-server", does: { kind: "resolve-for-everybody" } },
    { atMs: [200, 300], who: "everybody", does: { kind: "ask-own-resolver" } },
    ...officeDay,
    {
      atMs: [12_000, 14_000],
      who: "mass-mailer",
      does: massMailing,
    },
  ],
  expected: { infected: [{ who: "mass-mailer", vector: "mail" }], others: "watched" },
};
