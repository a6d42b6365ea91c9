import type { Scenario } from "../scenario.ts";
import { officeDay } from "./office-day.ts";

/**
 * Five machines whose programs talk to their like, by addresses that no name server gave: file sharing with its table of
 * peers, a chain, calls, a list of game servers, a mesh of a VPN. Of those they call a third to three quarters answer.
 */
export const fivePeers: Scenario = {
  name: "five-peers",
  title: "Five machines share files, keep a chain, call, play, and meet in a mesh; nobody is infected.",
  durationMs: 120_000,
  steps: [
    ...officeDay,
    {
      atMs: [0, 0],
      does: {
        kind: "strangers-answer",
        on: [
          { protocol: "tcp", first: 10_000, last: 30_302, perMille: 350 },
          { protocol: "tcp", first: 30_303, last: 30_303, perMille: 300 },
          { protocol: "tcp", first: 30_304, last: 60_000, perMille: 350 },
          { protocol: "udp", first: 3478, last: 3478, perMille: 900 },
          { protocol: "udp", first: 10_000, last: 27_014, perMille: 500 },
          { protocol: "udp", first: 27_015, last: 27_015, perMille: 750 },
          { protocol: "udp", first: 27_016, last: 60_000, perMille: 500 },
        ],
      },
    },
    {
      atMs: [8_000, 9_000],
      who: { people: [0, 1] },
      does: { kind: "call-peers", protocol: "tcp", port: "any", peers: [1_500, 1_500], perSecond: [30, 30] },
      forMs: 40_000,
    },
    {
      atMs: [8_000, 9_000],
      who: { people: [0, 1] },
      does: { kind: "call-peers", protocol: "udp", port: "any", peers: [1_500, 1_500], perSecond: [20, 20] },
    },
    {
      atMs: [9_000, 10_000],
      who: { people: [1, 2] },
      does: { kind: "call-peers", protocol: "tcp", port: 30_303, peers: [200, 200], perSecond: [2 / 3, 2 / 3] },
    },
    {
      atMs: [10_000, 11_000],
      who: { people: [2, 3] },
      does: { kind: "call-peers", protocol: "tcp", port: "any", peers: [74, 74], perSecond: [0.7, 0.7] },
    },
    {
      atMs: [10_000, 11_000],
      who: { people: [2, 3] },
      does: { kind: "call-peers", protocol: "udp", port: "any", peers: [91, 91], perSecond: [0.9, 0.9] },
    },
    {
      atMs: [12_000, 13_000],
      who: { people: [3, 4] },
      does: { kind: "call-peers", protocol: "udp", port: 27_015, peers: [600, 600], perSecond: [75, 75] },
      forMs: 8_000,
    },
    {
      atMs: [12_000, 13_000],
      who: { people: [4, 5] },
      does: { kind: "call-peers", protocol: "udp", port: 3478, peers: [26, 26], perSecond: [5, 5] },
      forMs: 5_000,
    },
    {
      atMs: [14_000, 15_000],
      who: { people: [4, 5] },
      does: { kind: "call-peers", protocol: "udp", port: 41_641, peers: [12, 12], perSecond: [2, 2] },
      forMs: 6_000,
    },
  ],
  expected: {
    infected: [],
    others: "watched",
    ledgers: [{ who: { people: [0, 1] }, kind: "peer-to-peer", text: "peer-to-peer" }],
  },
};
