import { isDeepStrictEqual } from "node:util";
import {
  isSweep,
  sweeps,
  vectorPorts,
  type AnyContainment,
  type AutomaticContainment,
  type Sweep,
} from "@cordon/contract";
import type { Observed, ReflexSettings, SiteRules, Step } from "./protocol.ts";

/** The most steps one request may carry; what is left over comes with the next round. */
export const maxStepsPerPlan = 10_000;

/** What a plan asks of a containment, be it a person's wish or the policy's. */
export type ToPlan = Pick<AutomaticContainment | AnyContainment, "kind" | "host" | "vector" | "startsAt" | "expiresAt">;

/** The time as it counts for containments, epoch ms. They are two, since the box's clock may be wrong. */
export interface ContainmentTime {
  /** A start that either this or `trusted` has reached counts: the box's clock. */
  readonly clock: number;
  /** An end counts that this has reached: a time that is never ahead of the truth. */
  readonly trusted: number;
}

/** Whether a containment has begun. */
export function hasBegun(containment: Pick<ToPlan, "startsAt">, time: ContainmentTime): boolean {
  return containment.startsAt <= Math.max(time.clock, time.trusted);
}

/** Whether a containment's time is over. */
export function isOver(containment: Pick<ToPlan, "expiresAt">, time: ContainmentTime): boolean {
  return containment.expiresAt !== null && containment.expiresAt <= time.trusted;
}

/** The TCP ports that a containment shuts or throttles; empty for a quarantine, and where it is for all ports or goes by none. */
export function portsOf({ kind, vector }: ToPlan): readonly number[] {
  return kind !== "quarantine" && vector !== null && !isSweep(vector) ? vectorPorts[vector] : [];
}

/**
 * What to change so that the kernel holds the containments that have begun and are not over: what is
 * missing is added, what nobody wishes is removed. One that is yet to begin adds nothing, and keeps
 * what is held: it may be the clock that is behind. Additions come first, so that a plan cut off at
 * {@link maxStepsPerPlan} leaves a host cut too long rather than too short. The reflex is set where it
 * is not as in `reflex`, and the rules of the site where they are not as in `site`; null leaves them as they are.
 */
export function plan(
  desired: readonly ToPlan[],
  time: ContainmentTime,
  observed: Observed,
  reflex: ReflexSettings | null = null,
  site: SiteRules | null = null,
): Step[] {
  const wanted = noHosts();
  const kept = noHosts();
  for (const containment of desired) {
    if (isOver(containment, time)) continue;
    addTo(kept, containment);
    if (hasBegun(containment, time)) addTo(wanted, containment);
  }
  const held = noHosts();
  for (const { mac } of observed.quarantined) held.cut.macs.add(mac);
  for (const { mac, port } of observed.vectors) portsIn(held.cut.ports, mac).add(port);
  for (const { mac } of observed.throttled ?? []) held.throttled.macs.add(mac);
  for (const { mac, port } of observed.throttledVectors ?? []) portsIn(held.throttled.ports, mac).add(port);
  for (const { mac, sweep } of observed.sweeps ?? []) held.swept[sweep].add(mac);

  const throttle = (kind: "throttle-add" | "throttle-remove", from: Concerned, inOther: Concerned): Step[] => [
    ...missing(from.macs, inOther.macs).map((mac): Step => ({ kind, mac, ports: null })),
    ...missingPorts(from.ports, inOther.ports).map(([mac, ports]): Step => ({ kind, mac, ports })),
  ];
  const sweepSteps = (kind: "sweep-add" | "sweep-remove", from: Hosts, inOther: Hosts): Step[] =>
    sweeps.flatMap((sweep) =>
      missing(from.swept[sweep], inOther.swept[sweep]).map((mac): Step => ({ kind, mac, sweep })),
    );
  const steps: Step[] = [
    ...reflexSteps(reflex, observed),
    ...siteSteps(site, observed),
    ...missing(wanted.cut.macs, held.cut.macs).map((mac): Step => ({ kind: "quarantine-add", mac })),
    ...missingPorts(wanted.cut.ports, held.cut.ports).map(([mac, ports]): Step => ({ kind: "vector-add", mac, ports })),
    ...sweepSteps("sweep-add", wanted, held),
    ...throttle("throttle-add", wanted.throttled, held.throttled),
    ...missing(held.cut.macs, kept.cut.macs).map((mac): Step => ({ kind: "quarantine-remove", mac })),
    ...missingPorts(held.cut.ports, kept.cut.ports).map(([mac, ports]): Step => ({
      kind: "vector-remove",
      mac,
      ports,
    })),
    ...sweepSteps("sweep-remove", held, kept),
    ...throttle("throttle-remove", held.throttled, kept.throttled),
  ];
  return steps.slice(0, maxStepsPerPlan);
}

/** Without the steps that let anybody go. */
export function additionsIn(steps: readonly Step[]): Step[] {
  return steps.filter((step) => !isRemoval(step));
}

/** Whether a step lets somebody go. */
export function isRemoval({ kind }: Step): boolean {
  return (
    kind === "quarantine-remove" || kind === "vector-remove" || kind === "throttle-remove" || kind === "sweep-remove"
  );
}

/** Hosts concerned as a whole, and ports of hosts. */
interface Concerned {
  readonly macs: Set<string>;
  readonly ports: Map<string, Set<number>>;
}

interface Hosts {
  readonly cut: Concerned;
  readonly throttled: Concerned;
  readonly swept: Readonly<Record<Sweep, Set<string>>>;
}

function noHosts(): Hosts {
  const none = (): Concerned => ({ macs: new Set(), ports: new Map() });
  return { cut: none(), throttled: none(), swept: { ping: new Set(), arp: new Set() } };
}

function addTo({ cut, throttled, swept }: Hosts, containment: ToPlan): void {
  const { kind, host, vector } = containment;
  if (isSweep(vector)) swept[vector].add(host);
  const concerned = kind === "throttle" ? throttled : cut;
  if (kind === "quarantine" || (kind === "throttle" && vector === null)) concerned.macs.add(host);
  for (const port of portsOf(containment)) portsIn(concerned.ports, host).add(port);
}

/** An executor that has no reflex cannot set it. */
function reflexSteps(settings: ReflexSettings | null, { reflex }: Observed): Step[] {
  if (settings === null || reflex === undefined || isDeepStrictEqual(settings, reflex.settings)) return [];
  return [{ kind: "reflex-set", settings }];
}

/** An executor that knows no rules of the site cannot set any. */
function siteSteps(rules: SiteRules | null, { site }: Observed): Step[] {
  if (rules === null || site === undefined || isDeepStrictEqual(rules, site.rules)) return [];
  return [{ kind: "site-rules-set", rules }];
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
