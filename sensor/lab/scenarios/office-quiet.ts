import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** Nobody is infected; the mail server sends a mailing, which looks like a mass mailer to simpler rules. */
export const officeQuiet: Scenario = {
  name: "office-quiet",
  title: "People work, nobody is infected, and the mail server sends a mailing to its customers.",
  durationMs: 30 * 60_000,
  steps: [
    ...officeDay.filter((step) => !("who" in step && step.does.kind === "send-mail")),
    {
      atMs: [3000, 5000],
      who: "mail-server",
      does: {
        kind: "send-mail",
        mailEveryMs: [4_000, 10_000],
        newsletterRecipients: [80, 160],
        newsletterAfterMs: [12_000, 18_000],
        retryAfterMs: [15_000, 30_000],
      },
    },
  ],
};
