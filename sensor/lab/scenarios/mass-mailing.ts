import type { Activity } from "../scenario.ts";

type MassMail = Extract<Activity, { kind: "mass-mail" }>;

/** A machine that mails to strangers all over the world, a few in a second. */
export const massMailing: MassMail = {
  kind: "mass-mail",
  mailsPerSecond: [1.5, 7],
  parallel: [4, 12],
  domains: [30, 70],
  recipientsPerMail: [1, 3],
};

/** One that was told the servers' names, and is faster for it. */
export const toldMailing: MassMail = {
  ...massMailing,
  mailsPerSecond: [7, 8],
  parallel: [12, 16],
  recipientsPerMail: [1, 1],
  isTold: true,
};
