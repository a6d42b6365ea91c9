import type { Ask, LoggedFlow, LookUpAnswer } from "@cordon/contract";

/** What a made-up box's log says of any of its machines: some pages, a mail box, and what a mailer tries. */
export function logOf({ question }: Ask): LookUpAnswer {
  const now = Date.now();
  const host = typeof question["host"] === "string" ? question["host"] : null;
  const flow = (
    secondsAgo: number,
    remotePort: number,
    name: string | null,
    more: Partial<LoggedFlow> = {},
  ): LoggedFlow => ({
    ...{ startedAt: now - secondsAgo * 1000, lastAt: now - secondsAgo * 1000 + 800, endedAt: null, protocol: "tcp" },
    ...{ isInbound: false, host, verdict: "infected", insideAddress: "10.20.30.23", insidePort: 50_000 + secondsAgo },
    ...{
      outsideAddress: null,
      outsidePort: null,
      remoteAddress: `198.51.100.${20 + (secondsAgo % 200)}`,
      remotePort,
      name,
    },
    ...{ outcome: "established", attempts: 1, bytesOut: 3100, bytesIn: 48_200 },
    ...more,
  });
  const tried = Array.from({ length: 14 }, (_, i) =>
    flow(9 + i * 4, 25, `mx${i + 1}.example.net`, {
      outcome: i % 5 === 0 ? "established" : "refused-by-us",
      endedAt: now - 1000,
      attempts: 2,
    }),
  );
  return {
    flows: [
      flow(70, 443, "intranet.example.com"),
      flow(130, 443, "www.example.org"),
      flow(900, 993, "imap.example.com"),
      ...tried,
    ].toSorted((a, b) => b.startedAt - a.startedAt),
    ...{ hasMore: false, from: now - 3_600_000, to: now, clockErrorMs: 20, isClockKnown: true, isPortDecisive: false },
    ...{ since: now - 7 * 86_400_000, completeUntil: now - 1000, unwritten: 0, lost: [] },
  };
}
