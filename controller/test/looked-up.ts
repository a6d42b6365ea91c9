import type { LoggedFlow, LookUpAnswer } from "@cordon/contract";

/** Connections as a box tells them, so many. */
export function lookedUp(count: number, host: string): LookUpAnswer {
  const at = Date.now();
  const flow: LoggedFlow = {
    ...{
      startedAt: at - 5_000,
      lastAt: at,
      endedAt: null,
      protocol: "tcp",
      isInbound: false,
      host,
      verdict: "infected",
    },
    ...{ insideAddress: "192.168.1.20", insidePort: 50_000, outsideAddress: null, outsidePort: null },
    ...{ remoteAddress: "203.0.113.9", remotePort: 445, name: `${"a-long-name.".repeat(20)}example` },
    ...{ outcome: "silent", attempts: 3, bytesOut: null, bytesIn: null },
  };
  return {
    ...{ flows: Array.from({ length: count }, () => flow), hasMore: false, from: at - 10_000, to: at, lost: [] },
    ...{ clockErrorMs: 0, isPortDecisive: true, since: at - 86_400_000, completeUntil: at, unwritten: 0 },
  };
}
