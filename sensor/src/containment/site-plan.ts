import {
  whyNoBarrier,
  whyNoException,
  type Area,
  type Barrier,
  type BarrierMode,
  type DesiredDocument,
  type Placement,
  type SiteProfile,
  type Verdict,
} from "@cordon/contract";
import { parseAddress } from "../packet/address.ts";
import { NetSet, privateNets } from "../packet/net-set.ts";
import { hasBegun, isOver, type ContainmentTime, type ToPlan } from "./plan.ts";
import type { SiteRules } from "./protocol.ts";
import { disjointNets, inOrder, noSiteRules, plainAddresses } from "./site-rules.ts";

/** What a document wishes for more than single machines. */
export type SiteWish = Pick<DesiredDocument, "areas" | "barriers" | "areaCuts" | "lineCut" | "resolvers">;

/** What else the rules of a site are made of. */
export interface SiteFacts {
  readonly placement: Placement;
  /** Machines a person vouched for; mail servers are excepted where others send no mail. */
  readonly declared: readonly SiteProfile["declared"][number][];
  /** Networks of the site; none means private ranges. */
  readonly localNets: readonly string[];
  readonly verdictOf: (mac: string) => Verdict;
  /**
   * The cards of the inside that say they have an address, the one that was first heard first; none where nobody was heard
   * yet, null where it stands outside.
   */
  readonly cardsOf: (address: string) => readonly string[] | null;
}

// What one step may carry.
const maxHostRules = 20_000;

/**
 * The rules that the kernel is to hold, in the order in which they are read back. One that is yet to begin adds
 * nothing, and is kept where it is `held`: it may be the clock that is behind.
 */
export function siteRules(
  wish: SiteWish,
  facts: SiteFacts,
  time: ContainmentTime,
  held: SiteRules = noSiteRules,
): SiteRules {
  const barriers = (wish.barriers ?? []).filter(
    (barrier) =>
      whyRefused(barrier, wish, facts.placement) === null &&
      !isOver(barrier, time) &&
      (hasBegun(barrier, time) || isHeldIn(held, barrier)),
  );
  const isLineCut =
    facts.placement !== "mirror" &&
    wish.lineCut !== undefined &&
    !isOver(wish.lineCut, time) &&
    (hasBegun(wish.lineCut, time) || held.isLineCut);
  const ways: SiteRules["ways"] = [];
  const hosts: SiteRules["hosts"] = [];
  for (const way of new Set(barriers.map((barrier) => barrier.way))) {
    const ofWay = barriers.filter((barrier) => barrier.way === way);
    const forAll = strongest(ofWay.filter(({ area }) => area === null));
    if (forAll !== null) ways.push({ way, mode: forAll });
    // Outside the router no machine can be told from the others.
    if (facts.placement === "wan") continue;
    const scopes = ofWay.map((barrier) => ({ barrier, ...scopeOf(barrier, wish, facts) }));
    const named = new Set(scopes.flatMap(({ hosts: some, excepted }) => [...(some ?? []), ...excepted]));
    for (const mac of named) {
      const mode = strongest(
        scopes
          .filter((scope) => scope.hosts?.has(mac) !== false && !scope.excepted.has(mac))
          .map(({ barrier }) => barrier),
      );
      if (mode !== forAll) hosts.push({ mac, way, mode: mode ?? "open" });
    }
  }
  const has = (wanted: Barrier["way"]) => barriers.some(({ way }) => way === wanted);
  const nets = facts.localNets.length === 0 ? privateNets : facts.localNets;
  return inOrder({
    isLineCut,
    ways,
    hosts: hosts.slice(0, maxHostRules),
    sources: has("spoofed") ? [...disjointNets(nets)] : [],
    resolvers: has("dns") ? [...plainAddresses(wish.resolvers ?? [])] : [],
    forwarders: has("dns") ? forwardersOf(wish, facts, held) : [],
  });
}

/**
 * Resolvers of the site's own networks, which may stand inside and ask further, with the card of each: whoever borrows the
 * address has another. Of several that say they have it, the one that holds the right keeps it, so that none gets it by crying
 * after a restart. An address that was heard outside, or is none of the site's, is nobody's inside. Where no card was heard, of IPv6 always, the address alone
 * has to do: else nobody would be told a name.
 */
function forwardersOf(wish: SiteWish, facts: SiteFacts, held: SiteRules): NonNullable<SiteRules["forwarders"]> {
  const nets = NetSet.ofSite(facts.localNets);
  return plainAddresses(wish.resolvers ?? []).flatMap((address) => {
    const key = parseAddress(address);
    const cards = key !== null && nets.contains(key) ? facts.cardsOf(address) : null;
    if (cards === null) return [];
    const before = held.forwarders?.find((one) => one.address === address)?.mac ?? null;
    if (before !== null && (cards.length === 0 || cards.includes(before))) return [{ address, mac: before }];
    return [{ address, mac: cards[0] ?? null }];
  });
}

/** Whom a barrier is for: null is everybody; and who is excepted for good. */
export function scopeOf(
  barrier: Barrier,
  wish: SiteWish,
  facts: Pick<SiteFacts, "declared" | "verdictOf">,
): { readonly hosts: ReadonlySet<string> | null; readonly excepted: ReadonlySet<string> } {
  const servers = facts.declared.flatMap(({ mac, role }) => (role === "mail-server" ? [mac] : []));
  const asked = [...barrier.exceptions, ...(barrier.way === "mail" ? servers : [])];
  const excepted = asked.filter((mac) => whyNoException({ verdict: facts.verdictOf(mac) }) === null);
  const area = areaOf(barrier.area, wish);
  return { hosts: barrier.area === null ? null : new Set(area?.hosts), excepted: new Set(excepted) };
}

/** Exceptions that were asked for and do not hold, with the reason. */
export function refusedExceptions(
  barrier: Barrier,
  { placement, verdictOf }: Pick<SiteFacts, "placement" | "verdictOf">,
): readonly { readonly host: string; readonly reason: string }[] {
  return [...new Set(barrier.exceptions)].flatMap((host) => {
    const reason =
      placement === "wan"
        ? "Outside the router this machine cannot be told from the others."
        : whyNoException({ verdict: verdictOf(host) });
    return reason === null ? [] : [{ host, reason }];
  });
}

/** Why a barrier is not for this place or this document, for a person; null where it can be. */
export function whyRefused(barrier: Barrier, wish: SiteWish, placement: Placement): string | null {
  const byPlacement = whyNoBarrier(barrier, placement);
  if (byPlacement !== null) return byPlacement;
  if (barrier.area !== null && areaOf(barrier.area, wish) === undefined) return "there is no such area";
  if (barrier.way === "dns" && plainAddresses(wish.resolvers ?? []).length === 0) {
    return "no resolver is named, so nobody could ask for any name";
  }
  return null;
}

/** The area of that id. */
export function areaOf(id: string | null, wish: SiteWish): Area | undefined {
  return wish.areas?.find((area) => area.id === id);
}

/** The cuts of areas from the Internet, as cuts of their hosts. */
export function areaQuarantines(wish: SiteWish): readonly ToPlan[] {
  return (wish.areaCuts ?? [])
    .filter(({ from }) => from === "internet")
    .flatMap(({ area, startsAt, expiresAt }) =>
      (areaOf(area, wish)?.hosts ?? []).map((host) => ({
        kind: "quarantine" as const,
        host,
        vector: null,
        startsAt,
        expiresAt,
      })),
    );
}

function strongest(barriers: readonly Barrier[]): BarrierMode | null {
  if (barriers.length === 0) return null;
  return barriers.some(({ mode }) => mode === "enforce") ? "enforce" : "dry";
}

function isHeldIn(rules: SiteRules, { way, mode, area }: Barrier): boolean {
  const list = area === null ? rules.ways : rules.hosts;
  return list.some((rule) => rule.way === way && rule.mode === mode);
}
