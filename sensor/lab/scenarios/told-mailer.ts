import type { Scenario } from "../scenario.ts";
import { toldMailing } from "./mass-mailing.ts";
import { officeDay } from "./office-day.ts";

/** A mailer that asks for no domain's mail servers, since it was told them; hardly anybody refuses it. */
export const toldMailer: Scenario = {
  name: "told-mailer",
  title: "A mass mailer that was told the servers' names asks for no domain, and all its calls succeed.",
  durationMs: 30_000,
  steps: [...officeDay, { atMs: [10_000, 12_000], who: "mass-mailer", does: toldMailing }],
  expected: { infected: [{ who: "mass-mailer", vector: "mail" }], others: "watched" },
};
