import type { BarrierMode, BarrierWay } from "@cordon/contract";
import { formatAddress, parseAddress } from "../packet/address.ts";
import { NetSet, parseCidr, type Cidr } from "../packet/net-set.ts";
import {
  barrierSets,
  barrierVerdicts,
  everyPacket,
  gateVerdicts,
  isHideable,
  wayKey,
  modeOf,
  wayOf,
  type BarrierRule,
  type NumberedWay,
} from "./barrier-nft.ts";
import { keysOf, type Elements } from "./element-sets.ts";
import type { SiteRules } from "./protocol.ts";

/** The rules of the site as elements of the sets, and back. */

type SiteElements = Pick<Elements, (typeof barrierSets)[keyof typeof barrierSets]>;

/** No rule at all. */
export const noSiteRules: SiteRules = { isLineCut: false, ways: [], hosts: [], sources: [], resolvers: [] };

/** The elements that stand for these rules. No rule is no element. */
export function siteElements(rules: SiteRules): SiteElements {
  const { isLineCut, ways, hosts, sources, resolvers, forwarders = [] } = rules;
  const site = new Map(ways.map(({ way, mode }) => [wayKey(way), barrierVerdicts[mode]]));
  const hidden = hiddenModeOf(ways);
  if (hidden !== null) site.set(wayKey("hidden"), barrierVerdicts[hidden]);
  const byHost = new Map<string, Map<BarrierWay, BarrierRule>>();
  for (const { mac, way, mode } of hosts) {
    byHost.set(mac, (byHost.get(mac) ?? new Map<BarrierWay, BarrierRule>()).set(way, mode));
  }
  const hostElements = new Map<string, string>();
  for (const [mac, own] of byHost) {
    for (const [way, mode] of own) hostElements.set(`${mac} . ${wayKey(way)}`, barrierVerdicts[mode]);
    const all = [
      ...ways.filter(({ way }) => !own.has(way)),
      ...[...own].flatMap(([way, mode]) => (mode === "open" ? [] : [{ way, mode }])),
    ];
    const ownHidden = hiddenModeOf(all);
    if (ownHidden !== hidden) {
      hostElements.set(`${mac} . ${wayKey("hidden")}`, barrierVerdicts[ownHidden ?? "open"]);
    }
  }
  const isV4 = (text: string) => !text.includes(":");
  const unbound = forwarders.flatMap(({ address, mac }) => (mac === null ? [address] : []));
  return {
    [barrierSets.gate]: gateOf(rules),
    [barrierSets.site]: site,
    [barrierSets.hosts]: hostElements,
    [barrierSets.sources4]: keysOf(sources.filter(isV4)),
    // Where no network of the family is known, nobody can say what is forged.
    [barrierSets.sources6]: keysOf(
      sources.length === 0 || sources.some((net) => !isV4(net)) ? sources.filter((net) => !isV4(net)) : [everywhere6],
    ),
    [barrierSets.resolvers4]: keysOf(resolvers.filter(isV4)),
    [barrierSets.resolvers6]: keysOf(resolvers.filter((address) => !isV4(address))),
    [barrierSets.forwarders]: keysOf(
      forwarders.flatMap(({ address, mac }) => (mac === null ? [] : [`${mac} . ${address}`])),
    ),
    [barrierSets.unbound4]: keysOf(unbound.filter(isV4)),
    [barrierSets.unbound6]: keysOf(unbound.filter((address) => !isV4(address))),
  };

  function gateOf({ hosts: some }: SiteRules): ReadonlyMap<string, string> {
    if (isLineCut) return new Map([[everyPacket, gateVerdicts.lineCut]]);
    if (ways.length === 0 && some.length === 0) return new Map();
    const looksAtSources = [...ways, ...some].some(({ way }) => way === "spoofed");
    return new Map([[everyPacket, looksAtSources ? gateVerdicts.barriersAndSources : gateVerdicts.barriers]]);
  }
}

const everywhere6 = "::/0";

/** What becomes of frames that hide their port: as much as of the way that is shut most; null where no way of ports is. */
function hiddenModeOf(ways: readonly { readonly way: BarrierWay; readonly mode: BarrierMode }[]): BarrierMode | null {
  const modes = ways.filter(({ way }) => isHideable(way)).map(({ mode }) => mode);
  return modes.includes("enforce") ? "enforce" : (modes[0] ?? null);
}

/** The rules that the elements stand for: none where the gate is shut, whatever stands behind it. */
export function siteRulesOf(elements: SiteElements): SiteRules {
  const gate = elements[barrierSets.gate].get(everyPacket);
  if (gate === undefined) return noSiteRules;
  const ways = [...elements[barrierSets.site]].flatMap(([key, verdict]) => {
    const way = wayOf(key);
    const mode = modeOf(verdict);
    return way === null || way === "hidden" || mode === null || mode === "open" ? [] : [{ way, mode }];
  });
  const hosts = [...elements[barrierSets.hosts]].flatMap(([key, verdict]) => {
    const [mac = "", number = ""] = key.split(" . ");
    const way = wayOf(number);
    const mode = modeOf(verdict);
    return way === null || way === "hidden" || mode === null ? [] : [{ mac, way, mode }];
  });
  const keys = (...sets: readonly (keyof SiteElements)[]) =>
    sets.flatMap((set) => [...elements[set].keys()]).filter((key) => key !== everywhere6);
  return inOrder({
    isLineCut: gate === gateVerdicts.lineCut,
    ways,
    hosts,
    sources: keys(barrierSets.sources4, barrierSets.sources6),
    resolvers: keys(barrierSets.resolvers4, barrierSets.resolvers6),
    forwarders: forwarders(),
  });

  function forwarders(): NonNullable<SiteRules["forwarders"]> {
    const bound = keys(barrierSets.forwarders).map((key) => {
      const [mac = "", address = ""] = key.split(" . ");
      return { address, mac };
    });
    return [...bound, ...keys(barrierSets.unbound4, barrierSets.unbound6).map((address) => ({ address, mac: null }))];
  }
}

/** The same rules in the order in which they are read back. */
export function inOrder(rules: SiteRules): SiteRules {
  return {
    isLineCut: rules.isLineCut,
    ways: rules.ways.toSorted(byText(({ way }) => way)),
    hosts: rules.hosts.toSorted(byText(({ mac, way }) => `${mac} ${way}`)),
    sources: rules.sources.toSorted(),
    resolvers: rules.resolvers.toSorted(),
    ...(rules.forwarders === undefined || rules.forwarders.length === 0
      ? {}
      : { forwarders: rules.forwarders.toSorted(byText(({ address, mac }) => `${address} ${mac}`)) }),
  };
}

function byText<T>(text: (of: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : 1);
}

/**
 * Networks as the kernel's sets take and name them: each by its first address, a single address without a length, none
 * within another. What is no network is left out; a family of which everything is in is left out as a whole.
 */
export function disjointNets(texts: readonly string[]): readonly string[] {
  const nets = texts
    .flatMap((text) => parseCidr(text) ?? [])
    .map(({ base, bits }) => ({ base: firstOf(base, bits), bits }))
    .toSorted((a, b) => a.bits - b.bits);
  const kept: Cidr[] = [];
  for (const net of nets) {
    const wider = new NetSet(kept.map((one) => textOf(one)));
    if (!wider.contains(net.base)) kept.push(net);
  }
  return kept
    .filter(({ base, bits }) => !(bits === 0 && typeof base === "string"))
    .map((net) => textOf(net))
    .toSorted();
}

/** Addresses as the kernel names them, each once. What is no address is left out. */
export function plainAddresses(texts: readonly string[]): readonly string[] {
  const addresses = texts.flatMap((text) => {
    const key = parseAddress(text.trim());
    return key === null ? [] : [formatAddress(key)];
  });
  return [...new Set(addresses)].toSorted();
}

function textOf({ base, bits }: Cidr): string {
  return bits === (typeof base === "number" ? 32 : 128) ? formatAddress(base) : `${formatAddress(base)}/${bits}`;
}

function firstOf(base: Cidr["base"], bits: number): Cidr["base"] {
  if (typeof base === "number") return bits === 0 ? 0 : base & (-1 << (32 - bits));
  return Array.from(base, (char, index) => {
    const left = Math.max(0, Math.min(8, bits - index * 8));
    return String.fromCharCode(char.charCodeAt(0) & (0xff00 >> left) & 0xff);
  }).join("");
}

/** The way and machine that the kernel's count stands for; null where it is none of ours. */
export function countedWay(key: string): { readonly mac: string; readonly way: NumberedWay } | null {
  const [mac = "", number = ""] = key.split(" . ");
  const way = wayOf(number);
  return way === null ? null : { mac, way };
}
