import type { AnyContainment, AutomaticContainment, Pardon } from "@cordon/contract";
import type { Machine } from "../verdict/case-book.ts";
import { hasBegun, isOver, type ContainmentTime } from "./plan.ts";

/**
 * Whether an incident is open on the site, as a pure step from what was known before. One is opened by a
 * machine that is infected, by anybody's quarantine, or by a block that the policy took; a block that a
 * person wished for may be a rule of the house. It closes by itself when nothing of this was for a day.
 */

/** One that came while the incident was open, and since when (trusted time, epoch ms). */
export interface Newcomer {
  readonly mac: string;
  readonly since: number;
}

/** Plain JSON. */
export interface Incident {
  /** Trusted time, epoch ms. */
  readonly openedAt: number;
  /** When there was last a reason for it. */
  readonly warrantedAt: number;
  /** MACs that were there when it opened, or have shown since that nothing is wrong with them. */
  readonly known: readonly string[];
  /** Those that are not, in the order in which they came. */
  readonly newcomers: readonly Newcomer[];
}

export interface IncidentInput {
  readonly before: Incident | null;
  readonly machines: readonly Machine[];
  /** What persons wish for, and what the policy holds. */
  readonly wished: readonly AnyContainment[];
  readonly automatic: readonly AutomaticContainment[];
  readonly pardons: readonly Pardon[];
  /** Since when the site is watched, on the clock by which machines are seen (epoch ms); null while nothing was. */
  readonly watchedSince: number | null;
  readonly time: ContainmentTime;
}

/**
 * So long the box only learns who is there: one that was put into the line because of an outbreak would
 * else take for a stranger whoever has not spoken yet.
 */
export const learningMs = 3_600_000;
/** How long it stays open after the last reason for it: whoever was switched off over night comes back to it. */
export const incidentLifeMs = 24 * 3_600_000;
/** How long a newcomer must have been heard, with nothing against it, to be one that is known. */
export const provenAfterMs = 600_000;
/** A newcomer that says so little has shown nothing. */
export const provenContacts = 3;
/** Far more than an office has machines; more are made up, and stay unknown. */
export const maxKnown = 4000;
/** Of whom there are single records; whoever comes after these is bounded like them, but is not named. */
export const maxNewcomers = 64;
// Of a newcomer that has gone there is no record; it has one again when it comes back.
const goneAfterMs = 3_600_000;
// Each renewal is a write to the disk.
const renewAfterMs = 600_000;
// Without a time that it ever knew for certain, a box counts from 1970.
const knownTimeFrom = Date.UTC(2026, 0, 1);

/** MACs of machines that are beyond doubt: they have shown that nothing is wrong with them, and were there before. */
export function establishedMachines(machines: readonly Machine[], incident: Incident | null): ReadonlySet<string> {
  return new Set(
    machines.flatMap((machine) =>
      hasProven(machine) && (incident === null || machine.firstSeenAt < incident.openedAt) ? [machine.mac] : [],
    ),
  );
}

/** The incident as it stands now; null where none is open. */
export function stepIncident(input: IncidentInput): Incident | null {
  const { machines, watchedSince, time } = input;
  const before = input.before === null ? null : anchored(input.before, time.trusted);
  const isWarranted = isReason(input);
  if (before === null) {
    if (!isWarranted) return null;
    const known = machines.map(({ mac }) => mac).slice(0, maxKnown);
    return { openedAt: time.trusted, warrantedAt: time.trusted, known, newcomers: [] };
  }
  if (!isWarranted && time.trusted - before.warrantedAt >= incidentLifeMs) return null;
  const isDue = isWarranted && time.trusted - before.warrantedAt >= renewAfterMs;
  const known = new Set(before.known);
  const heardAt = new Map(machines.map(({ mac, lastSeenAt }) => [mac, lastSeenAt]));
  const goneAt = Math.max(...heardAt.values(), 0) - goneAfterMs;
  const newcomers = new Map(
    before.newcomers.flatMap((newcomer) =>
      (heardAt.get(newcomer.mac) ?? 0) < goneAt ? [] : [[newcomer.mac, newcomer] as const],
    ),
  );
  for (const machine of machines) {
    if (known.has(machine.mac) || machine.lastSeenAt < goneAt) continue;
    const isLearned = machine.firstSeenAt < (watchedSince ?? machine.firstSeenAt) + learningMs;
    if ((isLearned || hasProven(machine)) && known.size < maxKnown) {
      known.add(machine.mac);
      newcomers.delete(machine.mac);
    } else if (!newcomers.has(machine.mac) && newcomers.size < maxNewcomers) {
      newcomers.set(machine.mac, { mac: machine.mac, since: time.trusted });
    }
  }
  const isSame =
    !isDue &&
    before === input.before &&
    known.size === before.known.length &&
    newcomers.size === before.newcomers.length &&
    before.newcomers.every(({ mac }) => newcomers.has(mac));
  if (isSame) return before;
  return {
    openedAt: before.openedAt,
    warrantedAt: isDue ? time.trusted : before.warrantedAt,
    known: [...known],
    newcomers: [...newcomers.values()],
  };
}

function isReason({ machines, wished, automatic, pardons, time }: IncidentInput): boolean {
  const isPardoned = (mac: string) =>
    pardons.some(({ host, until }) => host === mac && (until === null || until > time.trusted));
  const isHeld = (one: AnyContainment | AutomaticContainment) => hasBegun(one, time) && !isOver(one, time);
  return (
    machines.some(({ mac, verdict }) => verdict === "infected" && !isPardoned(mac)) ||
    wished.some((wish) => wish.kind === "quarantine" && isHeld(wish)) ||
    automatic.some((one) => one.kind !== "throttle" && isHeld(one))
  );
}

function hasProven({ verdict, firstSeenAt, lastSeenAt, contacts }: Machine): boolean {
  return verdict === "clear" && lastSeenAt - firstSeenAt >= provenAfterMs && contacts >= provenContacts;
}

/** Opened before the box knew the time: nobody knows how long ago that is, so it counts from now. */
function anchored(incident: Incident, trusted: number): Incident {
  if (incident.warrantedAt >= knownTimeFrom || trusted < knownTimeFrom) return incident;
  const newcomers = incident.newcomers.map(({ mac }) => ({ mac, since: trusted }));
  return { ...incident, openedAt: trusted, warrantedAt: trusted, newcomers };
}
