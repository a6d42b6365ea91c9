import type { AddressKey } from "../packet/packet.ts";

const maxResolvers = 8;
const maxKnown = 256;
const maxAskers = 8;
/** A resolver that answered nobody for a day is none of the site's any more. */
const lifeMs = 24 * 3_600_000;

interface Known {
  readonly askers: Set<number>;
  answeredAt: number;
  readonly isLocal: boolean;
}

/**
 * Whom the site asks for names. An address of the site's own networks that answers, as a router does, is one
 * with its first answer; one beyond it is with the second machine that it answers, for one machine alone may
 * have chosen it for itself. So is who is named to the machines together with their addresses.
 */
export class SiteResolvers {
  readonly #isLocal: (address: AddressKey) => boolean;
  readonly #known = new Map<AddressKey, Known>();
  #named: readonly AddressKey[] = [];
  #listed: readonly AddressKey[] = [];

  constructor(isLocal: (address: AddressKey) => boolean) {
    this.#isLocal = isLocal;
  }

  /** An answer to a question of that machine was seen. Answers to quarantined machines say nothing and are not told. */
  answered(resolver: AddressKey, mac: number, at: number): void {
    const known = this.#known.get(resolver) ?? {
      askers: new Set<number>(),
      answeredAt: at,
      isLocal: this.#isLocal(resolver),
    };
    known.answeredAt = at;
    if (known.askers.size < maxAskers) known.askers.add(mac);
    this.#known.delete(resolver);
    this.#known.set(resolver, known);
    for (const [address, { answeredAt }] of this.#known) {
      if (this.#known.size <= maxKnown && at - answeredAt <= lifeMs) break;
      this.#known.delete(address);
    }
    this.#list();
  }

  /** Those that somebody named who can be believed: they need not have answered anybody yet. */
  name(addresses: readonly AddressKey[]): void {
    this.#named = addresses;
    this.#list();
  }

  has(address: AddressKey): boolean {
    return this.#listed.includes(address);
  }

  /** Those that were named, then the most asked. */
  list(): readonly AddressKey[] {
    return this.#listed;
  }

  #list(): void {
    const learned = [...this.#known]
      .filter(([, { askers, isLocal }]) => isLocal || askers.size >= 2)
      .toSorted(([, a], [, b]) => Number(b.isLocal) - Number(a.isLocal) || b.askers.size - a.askers.size)
      .map(([address]) => address);
    const listed = [...new Set([...this.#named, ...learned])].slice(0, maxResolvers);
    const isSame = listed.length === this.#listed.length && listed.every((address) => this.has(address));
    if (!isSame) this.#listed = listed;
  }
}
