import type { Step } from "../scenario.ts";

/** What goes on in every office on every day; the background of all scenarios. */
export const officeDay: readonly Step[] = [
  { atMs: [0, 2500], who: "everybody", does: { kind: "announce" } },
  {
    atMs: [400, 4000],
    who: "people",
    does: { kind: "browse", pageEveryMs: [6_000, 20_000], namesPerPage: [4, 14], downloadShare: [0.05, 0.2] },
  },
  { atMs: [2000, 9000], who: "people", does: { kind: "print", everyMs: [30_000, 120_000] } },
  { atMs: [3000, 8000], who: "printer", does: { kind: "check-in", everyMs: [40_000, 90_000] } },
  { atMs: [800, 2000], does: { kind: "inbound-mail", mailEveryMs: [4_000, 9_000] } },
  {
    atMs: [3000, 5000],
    who: "mail-server",
    does: {
      kind: "send-mail",
      mailEveryMs: [4_000, 10_000],
      newsletterRecipients: [0, 0],
      newsletterAfterMs: [0, 0],
      retryAfterMs: [15_000, 30_000],
    },
  },
];
