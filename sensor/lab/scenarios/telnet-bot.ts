import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/** The printer has caught a bot of devices: it looks for more by packets that it makes itself, and floods somebody then. */
export const telnetBot: Scenario = {
  name: "telnet-bot",
  title: "A bot in the printer looks for other devices by packets of its own making, and floods a stranger.",
  durationMs: 40_000,
  steps: [
    ...officeDay,
    {
      atMs: [8_000, 9_000],
      who: "printer",
      does: {
        kind: "scan-by-hand",
        // One in ten on the other port.
        port: { oneOf: [23, 23, 23, 23, 23, 23, 23, 23, 23, 2323] },
        perSecond: [160, 160],
      },
    },
    {
      atMs: [24_000, 25_000],
      who: "printer",
      does: { kind: "spray", port: 80, isToOne: true, bytes: [500, 500], perSecond: [2_000, 2_000] },
      forMs: 10_000,
    },
  ],
  expected: {
    infected: [{ who: "printer", vector: "telnet" }],
    others: "watched",
    ledgers: [
      { who: "printer", kind: "hand-made-packets", text: "." },
      { who: "printer", kind: "outbound-flood", text: "." },
    ],
  },
};
