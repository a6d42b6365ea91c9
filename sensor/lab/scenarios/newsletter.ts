import type { Activity, Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** To all recipients there are, a few at a time, under one name; what is put off is tried again. */
const newsletter: Activity = {
  kind: "send-mail",
  mailEveryMs: [4_000, 10_000],
  newsletterRecipients: [5_000, 5_000],
  newsletterAfterMs: [12_000, 14_000],
  retryAfterMs: [15_000, 30_000],
};
const day = officeDay.filter((step) => !("who" in step && step.does.kind === "send-mail"));

/** The mail server sends it, which has taken mail from outside before and asks block lists about each sender. */
export const newsletterByServer: Scenario = {
  name: "newsletter",
  title:
    "The office's mail server sends a newsletter to everybody it knows, and asks block lists about who writes to it.",
  durationMs: 60_000,
  steps: [
    ...day,
    { atMs: [3_000, 4_000], who: "mail-server", does: newsletter },
    {
      atMs: [3_000, 4_000],
      who: "mail-server",
      does: { kind: "ask-block-lists", senderEveryMs: [4_000, 6_000], lists: [8, 8] },
    },
  ],
  expected: { infected: [], others: "clear" },
};

/** A person's machine sends it, which never served anybody: a person is to be asked. */
export const newsletterByDesk: Scenario = {
  name: "newsletter-by-desk",
  title: "A person's machine sends the newsletter by itself, as the mail server would.",
  durationMs: 60_000,
  steps: [...day, { atMs: [3_000, 4_000], who: { workstations: [0, 1] }, does: newsletter }],
  expected: {
    infected: [],
    doubted: [{ who: { workstations: [0, 1] }, least: "watched", most: "suspect" }],
    others: "watched",
  },
};
