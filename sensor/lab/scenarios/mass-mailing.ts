import type { Activity } from "../scenario.ts";

/** A machine that mails to strangers all over the world, a few in a second. */
export const massMailing: Activity = {
  kind: "mass-mail",
  mailsPerSecond: [1.5, 7],
  parallel: [4, 12],
  domains: [30, 70],
  recipientsPerMail: [1, 3],
};
