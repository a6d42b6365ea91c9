import {
  honestAreaLevel,
  honestBarrierLevel,
  honestLineLevel,
  areaSentence,
  lineSentence,
  silentAfterMs,
  type AreaCut,
  type Barrier,
  type Enforcement,
  type LineCut,
  type ReportedAreaCut,
  type ReportedBarrier,
  type ReportedLineCut,
} from "@cordon/contract";
import { hasBegun, isOver, type ContainmentTime } from "./plan.ts";
import { isHideable, type NumberedWay } from "./barrier-nft.ts";
import type { Observed } from "./protocol.ts";
import { areaOf, refusedExceptions, scopeOf, whyRefused, type SiteFacts, type SiteWish } from "./site-plan.ts";

interface Packets {
  readonly passed: number;
  readonly stopped: number;
}

interface WishMemory extends Packets {
  readonly inForceSince: number | null;
  /** Frames that hide their port. Absent means none. */
  readonly hidden?: Packets;
}

/**
 * What must be remembered from one report to the next, as plain JSON: the kernel's counts as last read, and what was
 * already counted per wish. Losing it loses times, not packets.
 */
export interface SiteMemory {
  /** By `passed/mac/way`, `stopped/mac/way`, `cut/mac`, and `line`. */
  readonly counters: Readonly<Record<string, number>>;
  readonly wishes: Readonly<Record<string, WishMemory>>;
}

export const emptySiteMemory: SiteMemory = { counters: {}, wishes: {} };

export interface SiteReportInput {
  readonly wish: SiteWish;
  readonly facts: SiteFacts;
  /** Null where the executor could not be asked. */
  readonly observed: Observed | null;
  readonly isSimulated: boolean;
  readonly time: ContainmentTime;
  /** Epoch milliseconds. */
  readonly now: number;
  /** When a host was last heard; null where it never was. */
  readonly heardAt: (mac: string) => number | null;
  /** Reasons of the executor's refusals by MAC, as of the last apply. */
  readonly refused: ReadonlyMap<string, string>;
  readonly memory: SiteMemory;
}

export interface SiteReport {
  readonly barriers: ReportedBarrier[];
  readonly areaCuts: ReportedAreaCut[];
  readonly lineCut?: ReportedLineCut;
}

// What a report has room for.
const maxHosts = 64;

/** What became of each wish for more than single machines, and the memory for the next report. */
export function reportSite(input: SiteReportInput): { readonly reported: SiteReport; readonly memory: SiteMemory } {
  const { wish, observed } = input;
  const counters = observed === null ? input.memory.counters : countersOf(observed);
  const wishes: Record<string, WishMemory> = {};
  const growth = (keys: readonly string[]) => {
    let packets = 0;
    for (const key of keys) {
      const [now, then] = [counters[key] ?? 0, input.memory.counters[key] ?? 0];
      // A counter that became smaller has begun anew.
      packets += now >= then ? now - then : now;
    }
    return packets;
  };
  const note = (id: string, holds: boolean | null, grown: Packets, grownHidden?: Packets) => {
    const before = input.memory.wishes[id];
    const hidden = grownHidden === undefined ? before?.hidden : sumOf(before?.hidden, grownHidden);
    const inForceSince = holds === true ? (before?.inForceSince ?? input.now) : null;
    const state = {
      // What is not known now may hold all the same.
      inForceSince: holds === null ? (before?.inForceSince ?? null) : inForceSince,
      ...sumOf(before, grown),
      ...(hidden === undefined ? {} : { hidden }),
    };
    wishes[id] = state;
    return state;
  };

  const barriers = (wish.barriers ?? []).map((barrier): ReportedBarrier => {
    const scope = scopeOf(barrier, wish, input.facts);
    const enforcement = enforcementOf(barrier, input, () => isBarrierHeld(barrier, input, scope));
    const level = honestBarrierLevel({ wish: barrier, placement: input.facts.placement, enforcement });
    const inScope = (observed?.site?.counts ?? []).filter(
      ({ mac }) => scope.hosts?.has(mac) !== false && !scope.excepted.has(mac),
    );
    const counts = inScope.filter(({ way }) => way === barrier.way);
    const holds = holdsAt(level);
    const grownBy = (which: string, way: NumberedWay) =>
      holds === true
        ? growth(inScope.filter((count) => count.way === way).map(({ mac }) => `${which}/${mac}/${way}`))
        : 0;
    const grown = (way: NumberedWay) => ({ passed: grownBy("passed", way), stopped: grownBy("stopped", way) });
    const hidden = isHideable(barrier.way) && observed?.site !== undefined ? grown("hidden") : undefined;
    const state = note(barrier.id, holds, grown(barrier.way), hidden);
    return {
      ...barrier,
      level,
      ...state,
      hosts: counts.slice(0, maxHosts).map(({ mac, passed, stopped }) => ({ host: mac, passed, stopped })),
      refusedExceptions: [...refusedExceptions(barrier, input.facts)],
      refusal: level === "none" ? whyNot(barrier, input, whyRefused(barrier, wish, input.facts.placement)) : null,
    };
  });

  const areaCuts = (wish.areaCuts ?? []).map((cut) => reportArea(cut, input, growth, note));
  const line = wish.lineCut;
  return {
    reported: { barriers, areaCuts, ...(line === undefined ? {} : { lineCut: reportLine(line, input, growth, note) }) },
    memory: { counters, wishes },
  };
}

type Growth = (keys: readonly string[]) => number;
type Note = (id: string, holds: boolean | null, grown: Packets) => WishMemory;

function sumOf(before: Packets | undefined, grown: Packets): Packets {
  return { passed: (before?.passed ?? 0) + grown.passed, stopped: (before?.stopped ?? 0) + grown.stopped };
}

function reportArea(cut: AreaCut, input: SiteReportInput, growth: Growth, note: Note): ReportedAreaCut {
  const { wish, observed, now, heardAt, facts, refused } = input;
  const hosts = [...new Set(areaOf(cut.area, wish)?.hosts)];
  const quarantined = new Set(observed?.quarantined.map(({ mac }) => mac));
  const held = cut.from === "internet" ? hosts.filter((mac) => quarantined.has(mac)) : [];
  const silent = hosts.filter((mac) => now - Math.max(heardAt(mac) ?? 0, cut.startsAt) >= silentAfterMs);
  const enforcement = enforcementOf(cut, input, () => held.length > 0);
  const levelFacts = {
    ...{ wish: cut, placement: facts.placement, enforcement },
    ...{ hosts: hosts.length, cut: held.length, silent: silent.length },
  };
  const level = honestAreaLevel(levelFacts);
  const isWhole = level === "internet-cut";
  const stopped = level === "none" || level === "unconfirmed" ? 0 : growth(held.map((mac) => `cut/${mac}`));
  const state = note(cut.id, level === "unconfirmed" ? null : isWhole, { passed: 0, stopped });
  const refusals = hosts.flatMap((mac) => (refused.has(mac) ? [`${mac}: ${refused.get(mac)}`] : []));
  const reason =
    areaOf(cut.area, wish) === undefined
      ? "there is no such area"
      : refusals.length > 0
        ? refusals.join("; ").slice(0, 400)
        : facts.placement === "wan" || facts.placement === "mirror"
          ? areaSentence(levelFacts)
          : null;
  return {
    ...cut,
    level,
    inForceSince: state.inForceSince,
    hosts: hosts.length,
    cut: held,
    silent,
    packetsStopped: state.stopped,
    refusal: level === "none" || level === "partly-cut" ? whyNot(cut, input, reason) : null,
  };
}

function reportLine(line: LineCut, input: SiteReportInput, growth: Growth, note: Note): ReportedLineCut {
  const enforcement = enforcementOf(line, input, () => input.observed?.site?.rules.isLineCut === true);
  const facts = { placement: input.facts.placement, enforcement };
  const level = honestLineLevel(facts);
  const holds = holdsAt(level);
  const state = note(line.id, holds, { passed: 0, stopped: holds === true ? growth(["line"]) : 0 });
  const reason = facts.placement === "mirror" ? lineSentence(facts) : null;
  return {
    ...line,
    level,
    inForceSince: state.inForceSince,
    packetsStopped: state.stopped,
    refusal: level === "none" ? whyNot(line, input, reason) : null,
  };
}

/** Whether something holds at a level; null where nobody knows. */
function holdsAt(level: ReportedBarrier["level"] | ReportedLineCut["level"]): boolean | null {
  if (level === "unconfirmed") return null;
  return level !== "none" && level !== "simulated";
}

type Timed = Pick<Barrier, "startsAt" | "expiresAt">;

function enforcementOf(of: Timed, input: SiteReportInput, isHeld: () => boolean): Enforcement {
  const { time, isSimulated, observed } = input;
  if (isOver(of, time)) return "absent";
  if (isSimulated) return hasBegun(of, time) ? "simulated" : "absent";
  if (observed === null) return hasBegun(of, time) ? "unknown" : "absent";
  // Elements in a table whose chains are gone stop nothing.
  return observed.skeleton !== null && isHeld() ? "in-force" : "absent";
}

function isBarrierHeld(
  { way, mode }: Barrier,
  { observed, facts }: SiteReportInput,
  { hosts, excepted }: { readonly hosts: ReadonlySet<string> | null; readonly excepted: ReadonlySet<string> },
): boolean {
  const rules = observed?.site?.rules;
  if (rules === undefined) return false;
  const suffices = (held: string | undefined) => held === "enforce" || held === mode;
  const forAll = rules.ways.find((rule) => rule.way === way)?.mode;
  const byHost = new Map(rules.hosts.filter((rule) => rule.way === way).map((rule) => [rule.mac, rule.mode]));
  if (hosts === null) {
    const strays = facts.placement === "wan" ? [] : [...byHost].filter(([mac]) => !excepted.has(mac));
    return suffices(forAll) && strays.every(([, held]) => suffices(held));
  }
  const meant = [...hosts].filter((mac) => !excepted.has(mac));
  return meant.length > 0 && meant.every((mac) => suffices(byHost.get(mac) ?? forAll));
}

function whyNot(of: Timed, { time }: SiteReportInput, reason: string | null): string | null {
  if (isOver(of, time)) return "its time is over";
  return hasBegun(of, time) ? reason : null;
}

function countersOf({ site, quarantined }: Observed): Record<string, number> {
  const counters: Record<string, number> = { line: site?.stoppedAtLine ?? 0 };
  for (const { mac, packets } of quarantined) counters[`cut/${mac}`] = packets;
  for (const { mac, way, passed, stopped } of site?.counts ?? []) {
    counters[`passed/${mac}/${way}`] = passed;
    counters[`stopped/${mac}/${way}`] = stopped;
  }
  return counters;
}
