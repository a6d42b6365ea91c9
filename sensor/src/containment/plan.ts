import { vectorPorts, type Containment } from "@cordon/contract";
import type { Observed, Step } from "./protocol.ts";

/** The most steps one request may carry; what is left over comes with the next round. */
export const maxStepsPerPlan = 10_000;

/** The time as it counts for containments, epoch ms. They are two, since the box's clock may be wrong. */
export interface ContainmentTime {
  /** A start that either this or `trusted` has reached counts: the box's clock. */
  readonly clock: number;
  /** An end counts that this has reached: a time that is never ahead of the truth. */
  readonly trusted: number;
}

/** Whether a containment has begun. */
export function hasBegun(containment: Containment, time: ContainmentTime): boolean {
  return containment.startsAt <= Math.max(time.clock, time.trusted);
}

/** Whether a containment's time is over. */
export function isOver(containment: Pick<Containment, "expiresAt">, time: ContainmentTime): boolean {
  return containment.expiresAt !== null && containment.expiresAt <= time.trusted;
}

/** The TCP ports that a containment shuts; empty for a quarantine. */
export function portsOf(containment: Containment): readonly number[] {
  return containment.kind === "vector" && containment.vector !== null ? vectorPorts[containment.vector] : [];
}

/**
 * What to change so that the kernel holds the containments that have begun and are not over: what is
 * missing is added, what nobody wishes is removed. One that is yet to begin adds nothing, and keeps
 * what is held: it may be the clock that is behind. Additions come first, so that a plan cut off at
 * {@link maxStepsPerPlan} leaves a host cut too long rather than too short.
 */
export function plan(desired: readonly Containment[], time: ContainmentTime, observed: Observed): Step[] {
  const wantedMacs = new Set<string>();
  const wantedPorts = new Map<string, Set<number>>();
  const keptMacs = new Set<string>();
  const keptPorts = new Map<string, Set<number>>();
  for (const containment of desired) {
    if (isOver(containment, time)) continue;
    const isWanted = hasBegun(containment, time);
    if (containment.kind === "quarantine") {
      keptMacs.add(containment.host);
      if (isWanted) wantedMacs.add(containment.host);
    }
    for (const port of portsOf(containment)) {
      portsIn(keptPorts, containment.host).add(port);
      if (isWanted) portsIn(wantedPorts, containment.host).add(port);
    }
  }
  const heldMacs = new Set(observed.quarantined.map((element) => element.mac));
  const heldPorts = new Map<string, Set<number>>();
  for (const { mac, port } of observed.vectors) portsIn(heldPorts, mac).add(port);

  const steps: Step[] = [
    ...missing(wantedMacs, heldMacs).map((mac): Step => ({ kind: "quarantine-add", mac })),
    ...missingPorts(wantedPorts, heldPorts).map(([mac, ports]): Step => ({ kind: "vector-add", mac, ports })),
    ...missing(heldMacs, keptMacs).map((mac): Step => ({ kind: "quarantine-remove", mac })),
    ...missingPorts(heldPorts, keptPorts).map(([mac, ports]): Step => ({ kind: "vector-remove", mac, ports })),
  ];
  return steps.slice(0, maxStepsPerPlan);
}

/** In the first and not in the second. */
function missing(from: ReadonlySet<string>, inSet: ReadonlySet<string>): string[] {
  return [...from].filter((mac) => !inSet.has(mac)).toSorted();
}

// A step carries at most 64 ports; more than that in the kernel were put there by hand.
const portsPerStep = 64;

function missingPorts(
  from: ReadonlyMap<string, ReadonlySet<number>>,
  inMap: ReadonlyMap<string, ReadonlySet<number>>,
): [mac: string, ports: number[]][] {
  const result: [string, number[]][] = [];
  for (const mac of [...from.keys()].toSorted()) {
    const present = inMap.get(mac);
    const ports = [...(from.get(mac) ?? [])].filter((port) => present?.has(port) !== true).toSorted((a, b) => a - b);
    for (let at = 0; at < ports.length; at += portsPerStep) result.push([mac, ports.slice(at, at + portsPerStep)]);
  }
  return result;
}

function portsIn(map: Map<string, Set<number>>, mac: string): Set<number> {
  let ports = map.get(mac);
  if (ports === undefined) map.set(mac, (ports = new Set()));
  return ports;
}
