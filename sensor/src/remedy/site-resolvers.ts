import type { AddressKey } from "../packet/packet.ts";

const maxResolvers = 8;
const maxLocal = 256;
const maxCounted = 8;
/** A resolver that answered nobody for a day is none of the site's any more. */
const lifeMs = 24 * 3_600_000;
/** Of an address beyond the site: how many established machines have it answer them, and each for how long, at least. */
const leastUsers = 3;
const leastUseMs = 600_000;
// Whoever makes up more hardware addresses pushes others' uses out, and then nothing beyond the site counts.
const maxAskers = 4096;
const maxPerAsker = 8;

interface Local {
  /** As many as it takes to say which is asked most. */
  readonly askers: Set<number>;
  answeredAt: number;
  /** Whether an established machine was answered by it. Stays with whoever that was, since all machines may come to be accused. */
  isVouchedFor: boolean;
}

interface Use {
  readonly since: number;
  readonly until: number;
}

/**
 * Whom the site asks for names. An address of the site's own networks that answers, as a router does, is one once it has
 * answered an established machine; in a box's first minutes, while no such machine has asked anybody, with whatever first
 * answer. One beyond it is where it was named to the machines by who can be believed, or where at least half
 * of the established machines that ask at all, and three at least, have asked it for ten minutes: as where people have set
 * a public one by hand. Who is infected, or comes up with hardware addresses, chooses for itself alone.
 */
export class SiteResolvers {
  readonly #isLocal: (address: AddressKey) => boolean;
  readonly #local = new Map<AddressKey, Local>();
  readonly #usesByMac = new Map<number, Map<AddressKey, Use>>();
  #named: readonly AddressKey[] = [];
  /** Whether an established machine has asked anybody. */
  #hasVoters = false;
  /** Those beyond the site that enough machines use. */
  #chosen: readonly AddressKey[] = [];
  #listed: readonly AddressKey[] = [];

  constructor(isLocal: (address: AddressKey) => boolean) {
    this.#isLocal = isLocal;
  }

  /** An answer to a question of that machine was seen. Answers to quarantined machines say nothing and are not told. */
  answered(resolver: AddressKey, mac: number, at: number): void {
    this.#use(resolver, mac, at);
    if (!this.#isLocal(resolver)) return;
    const local = this.#local.get(resolver) ?? { askers: new Set<number>(), answeredAt: at, isVouchedFor: false };
    local.answeredAt = at;
    if (local.askers.size < maxCounted) local.askers.add(mac);
    this.#local.delete(resolver);
    this.#local.set(resolver, local);
    for (const [address, { answeredAt }] of this.#local) {
      if (this.#local.size <= maxLocal && at - answeredAt <= lifeMs) break;
      this.#local.delete(address);
    }
    this.#list();
  }

  /** Those that somebody named who can be believed: they need not have answered anybody yet. */
  name(addresses: readonly AddressKey[]): void {
    this.#named = addresses;
    this.#list();
  }

  /** Counts anew who of the established machines has asked whom within the last day. */
  weigh(established: ReadonlySet<number>, at: number): void {
    const users = new Map<AddressKey, number>();
    let asking = 0;
    for (const [mac, uses] of this.#usesByMac) {
      for (const [address, { until }] of uses) if (at - until > lifeMs) uses.delete(address);
      if (uses.size === 0) this.#usesByMac.delete(mac);
      if (uses.size === 0 || !established.has(mac)) continue;
      asking += 1;
      this.#hasVoters = true;
      for (const [address, { since, until }] of uses) {
        const local = this.#local.get(address);
        if (local !== undefined) local.isVouchedFor = true;
        if (until - since >= leastUseMs && !this.#isLocal(address)) users.set(address, (users.get(address) ?? 0) + 1);
      }
    }
    this.#chosen = [...users]
      .filter(([, count]) => count >= leastUsers && count * 2 >= asking)
      .toSorted(([, a], [, b]) => b - a)
      .map(([address]) => address);
    this.#list();
  }

  has(address: AddressKey): boolean {
    return this.#listed.includes(address);
  }

  /** Those that were named, then those of the site, the most asked first, then those beyond it. */
  list(): readonly AddressKey[] {
    return this.#listed;
  }

  #use(resolver: AddressKey, mac: number, at: number): void {
    const uses = this.#usesByMac.get(mac) ?? new Map<AddressKey, Use>();
    const since = uses.get(resolver)?.since ?? at;
    // The last to be asked stand last.
    uses.delete(resolver);
    uses.set(resolver, { since, until: at });
    if (uses.size > maxPerAsker) for (const oldest of [...uses.keys()].slice(0, 1)) uses.delete(oldest);
    this.#usesByMac.delete(mac);
    this.#usesByMac.set(mac, uses);
    if (this.#usesByMac.size <= maxAskers) return;
    for (const oldest of this.#usesByMac.keys()) {
      this.#usesByMac.delete(oldest);
      return;
    }
  }

  #list(): void {
    const local = [...this.#local]
      .filter(([, { isVouchedFor }]) => isVouchedFor || !this.#hasVoters)
      .toSorted(([, a], [, b]) => b.askers.size - a.askers.size)
      .map(([address]) => address);
    const listed = [...new Set([...this.#named, ...local, ...this.#chosen])].slice(0, maxResolvers);
    const isSame = listed.length === this.#listed.length && listed.every((address) => this.has(address));
    if (!isSame) this.#listed = listed;
  }
}
