import type { Scenario } from "../scenario.ts";
import { toldMailing } from "./mass-mailing.ts";
import { officeDay } from "./office-day.ts";

const [bot, scanner, sharer] = [{ workstations: [0, 1] }, { workstations: [1, 2] }, { workstations: [2, 3] }] as const;

/** What other scenes tell one by one, in an office that has a very bad quarter of a minute: none may hide behind another. */
export const everythingAtOnce: Scenario = {
  name: "everything-at-once",
  title: "A worm, a mailer, a bot in the printer and one with remote desktops; a scanner that may, and shared files.",
  durationMs: 15_000,
  duties: [{ who: scanner, duty: "scanner" }],
  steps: [
    {
      atMs: [0, 0],
      does: {
        kind: "strangers-answer",
        on: [
          { protocol: "tcp", first: 3389, last: 3389, perMille: 50 },
          { protocol: "tcp", first: 10_000, last: 60_000, perMille: 350 },
          { protocol: "udp", first: 10_000, last: 60_000, perMille: 500 },
        ],
      },
    },
    ...officeDay,
    {
      atMs: [4_000, 5_000],
      who: "worm",
      does: { kind: "sweep", network: "own", calls: { ports: [445] }, perSecond: [10, 10], timeoutMs: [1_000, 1_000] },
    },
    {
      atMs: [4_000, 5_000],
      who: "worm",
      does: {
        kind: "scan",
        port: 445,
        warmUpPerSecond: [25, 25],
        warmUpMs: [0, 0],
        perSecond: [25, 25],
        timeoutMs: [1_000, 1_000],
        localShare: [0, 0],
      },
    },
    { atMs: [4_000, 5_000], who: "mass-mailer", does: toldMailing },
    {
      atMs: [4_000, 5_000],
      who: "printer",
      does: { kind: "scan-by-hand", port: { oneOf: [23, 23, 23, 2323] }, perSecond: [80, 80] },
    },
    {
      atMs: [4_000, 5_000],
      who: bot,
      does: {
        kind: "scan",
        port: 3389,
        warmUpPerSecond: [15, 15],
        warmUpMs: [0, 0],
        perSecond: [15, 15],
        timeoutMs: [4_000, 4_000],
        localShare: [0, 0],
      },
    },
    {
      atMs: [5_000, 6_000],
      who: scanner,
      does: { kind: "sweep", network: "own", calls: { ports: [] }, perSecond: [60, 60], timeoutMs: [1_000, 1_000] },
    },
    {
      atMs: [4_000, 5_000],
      who: sharer,
      does: { kind: "call-peers", protocol: "tcp", port: "any", peers: [1_500, 1_500], perSecond: [30, 30] },
    },
    {
      atMs: [4_000, 5_000],
      who: sharer,
      does: { kind: "call-peers", protocol: "udp", port: "any", peers: [1_500, 1_500], perSecond: [20, 20] },
    },
  ],
  expected: {
    infected: [
      { who: "worm", vector: "smb" },
      { who: "mass-mailer", vector: "mail" },
      { who: "printer", vector: "telnet" },
      { who: bot, vector: "rdp" },
    ],
    doubted: [{ who: scanner, least: "clear", most: "clear" }],
    others: "watched",
    ledgers: [
      { who: scanner, kind: "declared-duty", text: "^A person declared that it .*weigh nothing" },
      { who: sharer, kind: "peer-to-peer", text: "peer-to-peer" },
    ],
  },
};
