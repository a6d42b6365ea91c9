import {
  areaSentence,
  barrierSentence,
  defaultPortal,
  defaultRemedies,
  honestAreaLevel,
  honestBarrierLevel,
  honestLineLevel,
  lineSentence,
  remediesInForce,
  type AreaCut,
  type Barrier,
  type BarrierLevel,
  type Enforcement,
  type LineCut,
  type Reported,
  type ReportedAreaCut,
  type ReportedBarrier,
  type ReportedLineCut,
} from "@cordon/contract";
import type { AreaCutView, BarrierView, LineCutView, SiteWishesView } from "../api/wish-view.ts";
import type { SiteWishes } from "../store/site-wishes.ts";
import type { Hearing } from "./containment-view.ts";
import type { TimeText } from "./time-text.ts";

/** Wishes for more than one machine for a person: what was asked beside what was reached, and never more than that. */

type AnyLevel = ReportedBarrier["level"] | ReportedAreaCut["level"] | ReportedLineCut["level"];

function enforcementOf(level: AnyLevel): Enforcement {
  if (level === "none") return "absent";
  if (level === "unconfirmed") return "unknown";
  return level === "simulated" ? "simulated" : "in-force";
}

type Wish = Pick<Barrier, "id" | "reason" | "author" | "startsAt" | "expiresAt">;

/** What all of them tell. `told` is what the sensor said, and null before it said anything. */
function askedOf(
  wish: Wish,
  told: { readonly inForceSince: number | null; readonly refusal: string | null } | null,
  { isAsked, hearing }: { readonly isAsked: boolean; readonly hearing: Hearing },
) {
  const { id, reason, author, startsAt, expiresAt } = wish;
  return {
    ...{ id, reason, author, askedAt: startsAt, expiresAt },
    inForceSince: told?.inForceSince ?? null,
    reportedAt: told === null ? null : hearing.reportedAt,
    releasing: !isAsked,
    refusal: told?.refusal ?? null,
  };
}

/** The level and its words; a box that fell silent vouches for nothing now. */
function leveled<L extends AnyLevel>(
  wish: Wish,
  told: { readonly level: L; readonly text: string } | null,
  hearing: Hearing,
  time: TimeText,
): { readonly level: L | "unconfirmed"; readonly levelText: string } {
  const asked = `Asked ${time.clock(wish.startsAt)}; the box has not confirmed.`;
  if (told === null || told.level === "unconfirmed") return { level: "unconfirmed", levelText: asked };
  if (!hearing.isSilent) return { level: told.level, levelText: told.text };
  return { level: "unconfirmed", levelText: `When last heard, ${time.clock(hearing.reportedAt ?? 0)}: ${told.text}` };
}

// Never more than the sensor says of itself.
const weight: Readonly<Record<BarrierLevel, number>> = {
  none: 0,
  unconfirmed: 0,
  simulated: 0,
  counted: 1,
  "partly-stopped": 2,
  stopped: 3,
};

function barrierLevel(
  told: ReportedBarrier,
  hearing: Hearing,
): { readonly level: BarrierLevel; readonly text: string } {
  const placement = hearing.placement ?? "mirror";
  const facts = { wish: told, placement, enforcement: enforcementOf(told.level) };
  const honest = honestBarrierLevel(facts);
  if (weight[told.level] >= weight[honest]) return { level: honest, text: barrierSentence(facts) };
  const less = told.level === "counted" ? { ...facts, wish: { ...told, mode: "dry" as const } } : facts;
  const text =
    told.level === "counted" ? barrierSentence(less) : `${barrierSentence(facts).replace(/\.$/, "")}; not all of it.`;
  return { level: told.level, text };
}

function barrierView(
  asked: Barrier | null,
  told: ReportedBarrier | null,
  hearing: Hearing,
  time: TimeText,
): BarrierView | null {
  const wish = asked ?? told;
  if (wish === null) return null;
  const { way, mode, area, exceptions } = wish;
  return {
    ...askedOf(wish, told, { isAsked: asked !== null, hearing }),
    ...leveled(wish, told === null ? null : barrierLevel(told, hearing), hearing, time),
    ...{ way, mode, area, exceptions },
    passed: told?.passed ?? 0,
    stopped: told?.stopped ?? 0,
    hosts: told?.hosts ?? [],
    refusedExceptions: told?.refusedExceptions ?? [],
  };
}

function areaCutView(
  asked: AreaCut | null,
  told: ReportedAreaCut | null,
  known: { readonly hosts: number; readonly hearing: Hearing; readonly time: TimeText },
): AreaCutView | null {
  const wish = asked ?? told;
  if (wish === null) return null;
  const { hearing, time } = known;
  const facts = (of: ReportedAreaCut) => ({
    wish: of,
    placement: hearing.placement ?? "mirror",
    enforcement: enforcementOf(of.level),
    ...{ hosts: of.hosts, cut: of.cut.length, silent: of.silent.length },
  });
  const level = told === null ? null : { level: honestAreaLevel(facts(told)), text: areaSentence(facts(told)) };
  return {
    ...askedOf(wish, told, { isAsked: asked !== null, hearing }),
    ...leveled(wish, level, hearing, time),
    ...{ area: wish.area, from: wish.from },
    hosts: told?.hosts ?? known.hosts,
    cut: told?.cut ?? [],
    silent: told?.silent ?? [],
    packetsStopped: told?.packetsStopped ?? 0,
  };
}

function lineCutView(
  asked: LineCut | null,
  told: ReportedLineCut | null,
  hearing: Hearing,
  time: TimeText,
): LineCutView | null {
  const wish = asked ?? told;
  if (wish === null) return null;
  // One asked for anew is another one, and what is told of the one before says nothing of it.
  const own = told === null || told.id !== wish.id ? null : told;
  const facts = { placement: hearing.placement ?? "mirror", enforcement: enforcementOf(own?.level ?? "none") } as const;
  const level = own === null ? null : { level: honestLineLevel(facts), text: lineSentence(facts) };
  return {
    ...askedOf(wish, own, { isAsked: asked !== null, hearing }),
    ...leveled(wish, level, hearing, time),
    packetsStopped: own?.packetsStopped ?? 0,
  };
}

/** Pairs what is asked for with what is told of it; what is told alone is shown while the kernel still holds it. */
function paired<
  A extends { readonly id: string },
  T extends { readonly id: string; readonly inForceSince: number | null },
>(asked: readonly A[], told: readonly T[]): (readonly [A | null, T | null])[] {
  const own = asked.map((wish) => [wish, told.find(({ id }) => id === wish.id) ?? null] as const);
  const left = told.filter(({ id, inForceSince }) => inForceSince !== null && !asked.some((wish) => wish.id === id));
  return [...own, ...left.map((each) => [null, each] as const)];
}

/** Everything that is wished for more than one machine, as the site's page shows it. */
export function wishesView(
  wishes: SiteWishes,
  reported: Reported | null,
  hearing: Hearing,
  time: TimeText,
): SiteWishesView {
  const hostsOf = (area: string) => wishes.areas.find(({ id }) => id === area)?.hosts.length ?? 0;
  const remedies = wishes.remedies ?? defaultRemedies;
  return {
    areas: [...wishes.areas],
    barriers: paired(wishes.barriers, reported?.barriers ?? [])
      .map(([asked, told]) => barrierView(asked, told, hearing, time))
      .filter((view) => view !== null),
    areaCuts: paired(wishes.areaCuts, reported?.areaCuts ?? [])
      .map(([asked, told]) => areaCutView(asked, told, { hosts: hostsOf((asked ?? told)?.area ?? ""), hearing, time }))
      .filter((view) => view !== null),
    lineCut:
      wishes.lineCut === null && (reported?.lineCut?.inForceSince ?? null) === null
        ? null
        : lineCutView(wishes.lineCut, reported?.lineCut ?? null, hearing, time),
    keeps: {
      remedies,
      portal: wishes.portal ?? defaultPortal,
      refused: [...remediesInForce(remedies).refused],
    },
    resolvers: [...wishes.resolvers],
  };
}

/** What cuts a machine off together with others, as last reported: the line's cut before its area's. */
export function cutWith(host: string, reported: Reported | null): "line" | "area" | null {
  if (reported === null) return null;
  const { lineCut, areaCuts = [], placement } = reported;
  if (
    lineCut !== undefined &&
    honestLineLevel({ placement, enforcement: enforcementOf(lineCut.level) }) === "line-cut"
  ) {
    return "line";
  }
  const canCut = placement === "lan" || placement === "gateway";
  const isCut = areaCuts.some(({ level, cut }) => enforcementOf(level) === "in-force" && cut.includes(host));
  return canCut && isCut ? "area" : null;
}

/**
 * Whether what is held for more than one machine contains an infected one, as last reported: the line or its area is
 * cut, or its way of spreading is shut. No exception opens it to a machine that is infected.
 */
export function isContainedBySite(
  host: { readonly host: string; readonly vector: string | null },
  { wishes, reported }: { readonly wishes: SiteWishes; readonly reported: Reported | null },
): boolean {
  if (reported === null) return false;
  if (cutWith(host.host, reported) !== null) return true;
  const { barriers = [], placement } = reported;
  const hearing = { placement, reportedAt: null, isSilent: false };
  return barriers.some(
    (barrier) =>
      barrier.way === host.vector &&
      barrierLevel(barrier, hearing).level === "stopped" &&
      (barrier.area === null || wishes.areas.some(({ id, hosts }) => id === barrier.area && hosts.includes(host.host))),
  );
}
