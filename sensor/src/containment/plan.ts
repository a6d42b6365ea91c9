import { vectorPorts, type Containment } from "@cordon/contract";
import type { Observed, Step } from "./protocol.ts";

/** The most steps one request may carry; what is left over comes with the next round. */
export const maxStepsPerPlan = 10_000;

/** Whether a containment is to be in force at that time (epoch ms). */
export function isActive(containment: Containment, now: number): boolean {
  return containment.startsAt <= now && (containment.expiresAt === null || now < containment.expiresAt);
}

/** The TCP ports that a containment shuts; empty for a quarantine. */
export function portsOf(containment: Containment): readonly number[] {
  return containment.kind === "vector" && containment.vector !== null ? vectorPorts[containment.vector] : [];
}

/**
 * What to change so that the kernel holds exactly the active containments: what is missing is
 * added, everything else is removed. Additions come first, so that a plan cut off at
 * {@link maxStepsPerPlan} leaves a host cut too long rather than too short.
 */
export function plan(desired: readonly Containment[], now: number, observed: Observed): Step[] {
  const wantedMacs = new Set<string>();
  const wantedPorts = new Map<string, Set<number>>();
  for (const containment of desired) {
    if (!isActive(containment, now)) continue;
    if (containment.kind === "quarantine") wantedMacs.add(containment.host);
    for (const port of portsOf(containment)) portsIn(wantedPorts, containment.host).add(port);
  }
  const heldMacs = new Set(observed.quarantined.map((element) => element.mac));
  const heldPorts = new Map<string, Set<number>>();
  for (const { mac, port } of observed.vectors) portsIn(heldPorts, mac).add(port);

  const steps: Step[] = [
    ...missing(wantedMacs, heldMacs).map((mac): Step => ({ kind: "quarantine-add", mac })),
    ...missingPorts(wantedPorts, heldPorts).map(([mac, ports]): Step => ({ kind: "vector-add", mac, ports })),
    ...missing(heldMacs, wantedMacs).map((mac): Step => ({ kind: "quarantine-remove", mac })),
    ...missingPorts(heldPorts, wantedPorts).map(([mac, ports]): Step => ({ kind: "vector-remove", mac, ports })),
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
