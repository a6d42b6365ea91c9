import type { AddressKey } from "../packet/packet.ts";

const maxNames = 512;
const maxResolvers = 8;
const maxAddresses = 32;
// As long as an answer opens anything at most.
const lifeMs = 3_600_000;

interface Told {
  readonly addresses: ReadonlySet<AddressKey>;
  readonly at: number;
}

/**
 * What each resolver said of a remedy's name, so that it can be seen where they contradict one another. A name that is served
 * from many places is answered differently by each too, so it is a thing to look at and no reason to close anything.
 */
export class ToldAddresses {
  readonly #toldByName = new Map<string, Map<AddressKey, Told>>();

  learn(name: string, resolver: AddressKey, addresses: readonly AddressKey[], at: number): void {
    if (addresses.length === 0) return;
    const told = this.#toldByName.get(name) ?? new Map<AddressKey, Told>();
    const before = told.get(resolver);
    const known = before === undefined || at - before.at > lifeMs ? [] : before.addresses;
    told.delete(resolver);
    told.set(resolver, { addresses: new Set([...known, ...addresses].slice(-maxAddresses)), at });
    cutTo(told, maxResolvers);
    this.#toldByName.delete(name);
    this.#toldByName.set(name, told);
    cutTo(this.#toldByName, maxNames);
  }

  /** Resolvers that within the last hour have said nothing of the name that this one has said too. */
  contradicting(name: string, resolver: AddressKey, at: number): readonly AddressKey[] {
    const told = this.#toldByName.get(name);
    const own = told?.get(resolver)?.addresses;
    if (told === undefined || own === undefined) return [];
    return [...told].flatMap(([other, { addresses, at: toldAt }]) =>
      other !== resolver && at - toldAt <= lifeMs && ![...own].some((address) => addresses.has(address)) ? [other] : [],
    );
  }
}

/** The oldest go. */
function cutTo(map: Map<unknown, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}
