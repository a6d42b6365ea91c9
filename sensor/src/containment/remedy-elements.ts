import { isRemedyPort } from "@cordon/contract";
import { formatAddress, parseAddress } from "../packet/address.ts";
import type { RemedyChange } from "./remedy-protocol.ts";
import { remedySets } from "./remedy-nft.ts";
import { tableName } from "./skeleton.ts";

/** Elements of one machine at a time, whatever the judge asks for: each is a way out. */
export const maxElementsPerHost = 128;

// A machine whose time was only just lengthened needs no transaction for it.
const lengthenFromMs = 5000;

interface Element {
  readonly set: string;
  /** As nft writes it, without its time. */
  readonly key: string;
  readonly seconds: number;
}

/**
 * Which elements are open for whom, as far as this process put them there, so that no machine has more than its
 * share. Time is given with each call, monotonic milliseconds.
 */
export class RemedyElements {
  readonly #untilByKeyByMac = new Map<string, Map<string, number>>();

  /** nft text that opens what is asked for, for machines that are quarantined; what is left out is said. */
  text(
    change: RemedyChange,
    isQuarantined: (mac: string) => boolean,
    now: number,
  ): { readonly text: string; readonly refused: readonly string[] } {
    this.#expire(now);
    const refused = new Set<string>();
    const lines: string[] = [];
    if (change.resolvers !== undefined) {
      const keys = change.resolvers.flatMap((address) => keyOf(address, (written) => written) ?? []);
      lines.push(...replaced(remedySets.resolvers, keys));
    }
    if (change.addresses !== undefined) {
      const usable = change.addresses.filter(({ port }) => isRemedyPort(port));
      if (usable.length < change.addresses.length) refused.add("no remedy has a port that worms spread by");
      const keys = usable.flatMap(({ address, port }) => keyOf(address, (written) => `${written} . ${port}`) ?? []);
      lines.push(...replaced(remedySets.remediesOfAll, keys));
    }
    for (const { mac, ...asked } of [...change.remedies, ...change.portals]) {
      if (!isQuarantined(mac)) continue;
      for (const element of elementsOf(mac, asked, refused)) {
        const outcome = this.#open(mac, element, now);
        if (outcome === "full") refused.add(`${mac} has ${maxElementsPerHost} ways open already`);
        else lines.push(...commands(element, outcome));
      }
    }
    return { text: lines.join(""), refused: [...refused] };
  }

  /** Whether anything may be open. */
  get isEmpty(): boolean {
    return this.#untilByKeyByMac.size === 0;
  }

  #open(mac: string, { set, key, seconds }: Element, now: number): "open" | "lengthen" | "full" {
    const untilByKey = this.#untilByKeyByMac.get(mac) ?? new Map<string, number>();
    const before = untilByKey.get(`${set} ${key}`);
    if (before === undefined && untilByKey.size >= maxElementsPerHost) return "full";
    const until = now + seconds * 1000;
    if (before !== undefined && until < before + lengthenFromMs) return "open";
    untilByKey.set(`${set} ${key}`, until);
    this.#untilByKeyByMac.set(mac, untilByKey);
    return "lengthen";
  }

  #expire(now: number): void {
    for (const [mac, untilByKey] of this.#untilByKeyByMac) {
      for (const [key, until] of untilByKey) if (until <= now) untilByKey.delete(key);
      if (untilByKey.size === 0) this.#untilByKeyByMac.delete(mac);
    }
  }
}

function elementsOf(
  mac: string,
  {
    address,
    seconds,
    ports,
  }: { readonly address: string; readonly seconds: number; readonly ports?: readonly number[] },
  refused: Set<string>,
): Element[] {
  const sets = ports === undefined ? remedySets.portals : remedySets.remedies;
  return (ports ?? [null]).flatMap((port) => {
    if (port !== null && !isRemedyPort(port)) refused.add("no remedy has a port that worms spread by");
    if (port !== null && !isRemedyPort(port)) return [];
    const found = keyOf(address, (written) => [mac, written, ...(port === null ? [] : [port])].join(" . "));
    return found === null ? [] : [{ set: sets[found.version], key: found.key, seconds }];
  });
}

/** A key with an address in it, and the address's version; null where it is no address. */
function keyOf(
  address: string,
  write: (address: string) => string,
): { readonly version: 4 | 6; readonly key: string } | null {
  const parsed = parseAddress(address);
  if (parsed === null) return null;
  return { version: typeof parsed === "number" ? 4 : 6, key: write(formatAddress(parsed)) };
}

function commands({ set, key, seconds }: Element, manner: "open" | "lengthen"): string[] {
  const add = `add element bridge ${tableName} ${set} { ${key} timeout ${seconds}s }\n`;
  if (manner === "open") return [add];
  // Adding what is there leaves its time as it is. It is there after the first, so the second cannot fail.
  return [add, `delete element bridge ${tableName} ${set} { ${key} }\n`, add];
}

function replaced(
  sets: Readonly<Record<4 | 6, string>>,
  keys: readonly { readonly version: 4 | 6; readonly key: string }[],
): string[] {
  return ([4, 6] as const).flatMap((version) => {
    const elements = [...new Set(keys.filter((each) => each.version === version).map(({ key }) => key))];
    const flush = `flush set bridge ${tableName} ${sets[version]}\n`;
    if (elements.length === 0) return [flush];
    return [flush, `add element bridge ${tableName} ${sets[version]} { ${elements.join(", ")} }\n`];
  });
}
