import { isRemedyPort } from "@cordon/contract";
import { formatAddress, parseAddress } from "../packet/address.ts";
import type { RemedyChange } from "./remedy-protocol.ts";
import { remedySets } from "./remedy-nft.ts";
import { putRight, type Mending } from "./set-mending.ts";
import { tableName } from "./skeleton.ts";
import type { TimedElement } from "./timed-elements.ts";

/** Elements of one machine at a time, whatever the judge asks for: each is a way out. */
export const maxElementsPerHost = 128;

// A machine whose time was only just lengthened needs no transaction for it.
const lengthenFromMs = 5000;

/** The longest that the judge asks for; what stands for longer was put there by somebody else. */
const maxSeconds = 3600;

// Between the time of a change and the kernel's own taking of it, on a machine that is busy.
const slackMs = 15_000;
// What is about to end is not put back.
const endingMs = 2000;

interface Element {
  readonly set: string;
  /** As nft writes it, without its time. */
  readonly key: string;
  readonly seconds: number;
}

/** The sets that stay as they are told, and those whose elements end by themselves. */
const standingSets = [...Object.values(remedySets.resolvers), ...Object.values(remedySets.remediesOfAll)];
const endingSets = [...Object.values(remedySets.remedies), ...Object.values(remedySets.portals)];

/** All that {@link RemedyElements} knows the elements of. */
export const remedyElementSets: readonly string[] = [...standingSets, ...endingSets];

/**
 * Which elements are open for whom, so that no machine has more than its share and nobody else's stand among them. Time
 * is given with each call, monotonic milliseconds.
 */
export class RemedyElements {
  readonly #untilByKeyByMac = new Map<string, Map<string, number>>();
  readonly #standing = new Map<string, ReadonlySet<string>>();

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
      lines.push(...this.#replaced(remedySets.resolvers, keys));
    }
    if (change.addresses !== undefined) {
      const usable = change.addresses.filter(({ port }) => isRemedyPort(port));
      if (usable.length < change.addresses.length) refused.add("no remedy has a port that worms spread by");
      const keys = usable.flatMap(({ address, port }) => keyOf(address, (written) => `${written} . ${port}`) ?? []);
      lines.push(...this.#replaced(remedySets.remediesOfAll, keys));
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

  /** Takes over what the kernel holds from before this process, but for what nobody here asks for. */
  adopt(held: ReadonlyMap<string, readonly TimedElement[]>, now: number): void {
    for (const set of standingSets) this.#standing.set(set, new Set(held.get(set)?.map(({ key }) => key)));
    for (const set of endingSets) {
      for (const { key, secondsLeft } of held.get(set) ?? []) {
        if (secondsLeft !== null && secondsLeft <= maxSeconds) this.#keep(set, key, now + secondsLeft * 1000);
      }
    }
  }

  /** How to put right what a hand has added, taken out, or given another time. */
  mend(held: ReadonlyMap<string, readonly TimedElement[]>, now: number): Mending {
    this.#expire(now);
    const wanted = new Map<string, Map<string, number>>(endingSets.map((set) => [set, new Map()]));
    for (const untilByKey of this.#untilByKeyByMac.values()) {
      for (const [name, until] of untilByKey) {
        const [set, key] = splitOnce(name);
        wanted.get(set)?.set(key, until);
      }
    }
    return putRight([
      ...standingSets.map((set) => {
        const there = held.get(set)?.map(({ key }) => key) ?? [];
        const keys = this.#standing.get(set) ?? new Set(there);
        return {
          set,
          foreign: there.filter((key) => !keys.has(key)),
          missing: [...keys].filter((key) => !there.includes(key)),
        };
      }),
      ...endingSets.map((set) => {
        const there = held.get(set) ?? [];
        const untils = wanted.get(set) ?? new Map<string, number>();
        const foreign = there.flatMap(({ key, secondsLeft }) => {
          const left = (untils.get(key) ?? Number.NaN) - now;
          return secondsLeft !== null && Math.abs(secondsLeft * 1000 - left) <= slackMs ? [] : [key];
        });
        const whole = new Set(there.map(({ key }) => key));
        for (const key of foreign) whole.delete(key);
        const missing = [...untils].flatMap(([key, until]) =>
          whole.has(key) || until - now < endingMs ? [] : [`${key} timeout ${Math.ceil((until - now) / 1000)}s`],
        );
        return { set, foreign, missing };
      }),
    ]);
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
    this.#keep(set, key, until);
    return "lengthen";
  }

  #keep(set: string, key: string, until: number): void {
    const [mac] = splitOnce(key);
    const untilByKey = this.#untilByKeyByMac.get(mac) ?? new Map<string, number>();
    untilByKey.set(`${set} ${key}`, until);
    this.#untilByKeyByMac.set(mac, untilByKey);
  }

  #replaced(
    sets: Readonly<Record<4 | 6, string>>,
    keys: readonly { readonly version: 4 | 6; readonly key: string }[],
  ): string[] {
    return ([4, 6] as const).flatMap((version) => {
      const elements = new Set(keys.filter((each) => each.version === version).map(({ key }) => key));
      this.#standing.set(sets[version], elements);
      const flush = `flush set bridge ${tableName} ${sets[version]}\n`;
      if (elements.size === 0) return [flush];
      return [flush, `add element bridge ${tableName} ${sets[version]} { ${[...elements].join(", ")} }\n`];
    });
  }

  #expire(now: number): void {
    for (const [mac, untilByKey] of this.#untilByKeyByMac) {
      // The kernel's own may end a little later.
      for (const [key, until] of untilByKey) if (until + slackMs <= now) untilByKey.delete(key);
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

/** What is before the first blank, and what is behind it. */
function splitOnce(text: string): readonly [string, string] {
  const at = text.indexOf(" ");
  return [text.slice(0, at), text.slice(at + 1)];
}
