/** What the boxes of the gallery see answer on the way to the Internet. */
import type { LineCheck } from "@cordon/contract";

const minuteMs = 60_000;
const unasked = { asked: 0, answered: 0, roundTripMs: null, answeredAt: null, silentSince: null } as const;
const speeds = { inside: 1000, outside: 1000 };
const link: LineCheck = { ...unasked, kind: "link", state: "answers", speeds };

const router = (now: number): LineCheck => ({
  ...{ kind: "router", state: "answers", asked: 9, answered: 9, roundTripMs: 0.4 },
  ...{ answeredAt: now - 3000, silentSince: null, address: "10.20.30.1" },
});

/** Of a line that is well. */
export function goodChecks(now: number): LineCheck[] {
  const answers = { state: "answers", answeredAt: now - 1000, silentSince: null } as const;
  return [
    link,
    router(now),
    { ...answers, kind: "provider", asked: 61, answered: 61, roundTripMs: 14 },
    { ...answers, kind: "names", asked: 38, answered: 38, roundTripMs: 9.2, address: "10.20.30.1" },
    { ...answers, kind: "contacts", asked: 23, answered: 23, roundTripMs: 16.8 },
  ];
}

/** Of one that is dead beyond the router since then. */
export function deadChecks(now: number, since: number): LineCheck[] {
  const silent = {
    state: "silent",
    answered: 0,
    roundTripMs: null,
    answeredAt: since - 900,
    silentSince: since,
  } as const;
  return [
    link,
    router(now),
    { ...silent, kind: "provider", asked: 311 },
    { ...silent, kind: "names", asked: 84, silentSince: since + minuteMs / 20 },
    { ...silent, kind: "contacts", asked: 311 },
  ];
}
