import {
  honestLevel,
  isSweep,
  levelSentence,
  type AnyContainment,
  type AnyReportedContainment,
  type AutomaticContainment,
  type Enforcement,
  type Placement,
  type ReportedAutomatic,
} from "@cordon/contract";
import { hasBegun, isOver, portsOf, type ContainmentTime } from "./plan.ts";
import type { Observed } from "./protocol.ts";

/**
 * What must be remembered from one report to the next, as plain JSON: the kernel's counters as last
 * read, and what was already counted per containment. Losing it loses times, not packets.
 */
export interface ContainmentMemory {
  /** Counter per set element (`mac`, `mac/port` or `mac/sweep`, throttles with `throttle/` before), and `hidden/mac`, as last read. */
  readonly counters: Readonly<Record<string, number>>;
  readonly containments: Readonly<
    Record<
      string,
      {
        readonly inForceSince: number | null;
        readonly packetsStopped: number;
        /** Absent means none. */
        readonly hiddenStopped?: number;
        readonly lastStoppedAt: number | null;
      }
    >
  >;
}

export const emptyContainmentMemory: ContainmentMemory = { counters: {}, containments: {} };

/** Something that is to be held of one host: a person's wish, or taken by the policy. */
export type ToHold = AnyContainment | AutomaticContainment;

/** What became of something that was to be held. */
export type Held = AnyReportedContainment | ReportedAutomatic;

export interface ReportInput {
  readonly desired: readonly ToHold[];
  /** Null where the executor could not be asked. */
  readonly observed: Observed | null;
  /** True where a {@link SimulatedExecutor} stands for the kernel. */
  readonly isSimulated: boolean;
  readonly placement: Placement;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Epoch milliseconds, never ahead of the truth: by this containments end. */
  readonly trustedNow: number;
  /** Reasons of the executor's refusals by MAC, as of the last apply. */
  readonly refused: ReadonlyMap<string, string>;
  readonly memory: ContainmentMemory;
}

/**
 * What became of each desired containment, and the memory for the next report. `packetsStopped`
 * counts what the host sent and the kernel stopped, not what others sent to it: it is the proof
 * that the host's own traffic ends here. A counter that became smaller has begun anew, and its
 * whole value counts.
 */
export function reportContainments(input: ReportInput): {
  readonly reported: Held[];
  readonly memory: ContainmentMemory;
} {
  const counters = input.observed === null ? input.memory.counters : countersOf(input.observed);
  const containments: Record<string, ContainmentMemory["containments"][string]> = {};
  const reported = input.desired.map((containment): Held => {
    const before = input.memory.containments[containment.id];
    const enforcement = enforcementOf(containment, input, counters);
    const facts = { wish: containment, placement: input.placement, enforcement };
    const level = honestLevel(facts);
    const isInForce = level !== "none" && level !== "unconfirmed" && level !== "simulated";
    const grown = isInForce ? growth(keysOf(containment), input.memory.counters, counters) : 0;
    // Only what goes by ports can have one hidden from it, or, as pings do, by what would stand in its place.
    const canHide = portsOf(containment).length > 0 || containment.vector === "ping";
    const countsHidden = canHide && input.observed?.hidden !== undefined;
    const grownHidden =
      isInForce && countsHidden ? growth([`hidden/${containment.host}`], input.memory.counters, counters) : 0;
    const hiddenStopped = countsHidden ? (before?.hiddenStopped ?? 0) + grownHidden : before?.hiddenStopped;
    const state = {
      inForceSince: isInForce
        ? (before?.inForceSince ?? input.now)
        : level === "unconfirmed"
          ? (before?.inForceSince ?? null)
          : null,
      packetsStopped: (before?.packetsStopped ?? 0) + grown,
      ...(hiddenStopped === undefined ? {} : { hiddenStopped }),
      lastStoppedAt: grown + grownHidden > 0 ? (input.observed?.at ?? input.now) : (before?.lastStoppedAt ?? null),
    };
    containments[containment.id] = state;
    return { ...containment, level, ...state, refusal: level === "none" ? refusalOf(containment, input, facts) : null };
  });
  return { reported, memory: { counters, containments } };
}

function enforcementOf(
  containment: ToHold,
  input: ReportInput,
  counters: Readonly<Record<string, number>>,
): Enforcement {
  const time = timeOf(input);
  if (isOver(containment, time)) return "absent";
  if (input.isSimulated) return hasBegun(containment, time) ? "simulated" : "absent";
  if (input.observed === null && !hasBegun(containment, time)) return "absent";
  if (input.observed === null) return "unknown";
  // Elements in a table whose chains are gone stop nothing.
  if (input.observed.skeleton === null) return "absent";
  const keys = keysOf(containment);
  return keys.length > 0 && keys.every((key) => counters[key] !== undefined) ? "in-force" : "absent";
}

function timeOf({ now, trustedNow }: ReportInput): ContainmentTime {
  return { clock: now, trusted: trustedNow };
}

function refusalOf(
  containment: ToHold,
  input: ReportInput,
  facts: { readonly wish: ToHold; readonly placement: Placement; readonly enforcement: Enforcement },
): string | null {
  const time = timeOf(input);
  if (isOver(containment, time)) return "its time is over";
  if (!hasBegun(containment, time)) return null;
  if (input.placement === "mirror" || input.placement === "wan") return levelSentence(facts);
  if (keysOf(containment).length === 0) return "this way of spreading has no ports that could be shut";
  return input.refused.get(containment.host) ?? null;
}

function keysOf(containment: ToHold): readonly string[] {
  const { kind, host, vector } = containment;
  if (kind === "quarantine") return [host];
  if (isSweep(vector)) return [`${host}/${vector}`];
  const name = kind === "throttle" ? `throttle/${host}` : host;
  if (kind === "throttle" && vector === null) return [name];
  return portsOf(containment).map((port) => `${name}/${port}`);
}

function countersOf(observed: Observed): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const { mac, packets } of observed.quarantined) counters[mac] = packets;
  for (const { mac, port, packets } of observed.vectors) counters[`${mac}/${port}`] = packets;
  for (const { mac, packets } of observed.throttled ?? []) counters[`throttle/${mac}`] = packets;
  for (const { mac, sweep, packets } of observed.sweeps ?? []) counters[`${mac}/${sweep}`] = packets;
  for (const { mac, packets } of observed.hidden ?? []) counters[`hidden/${mac}`] = packets;
  for (const { mac, port, packets } of observed.throttledVectors ?? []) {
    counters[`throttle/${mac}/${port}`] = packets;
  }
  return counters;
}

function growth(
  keys: readonly string[],
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): number {
  let packets = 0;
  for (const key of keys) {
    const now = after[key] ?? 0;
    const then = before[key] ?? 0;
    packets += now >= then ? now - then : now;
  }
  return packets;
}
