import { getDomain } from "tldts";
import type { AddressKey } from "../packet/packet.ts";

/** New domains that are looked at, and of how many of these one address has to be the answer. */
const newest = 8;
const alike = 7;
/** A single machine may have a resolver of its own, which answers its own way. */
const leastAskers = 2;
const domainsKept = 4096;
/** A portal is not forgotten while nobody asks; this long after the last question it is no longer news. */
const freshMs = 600_000;

interface NewDomain {
  readonly address: AddressKey;
  readonly asker: object;
  readonly at: number;
}

export interface Wall {
  /** The portal. */
  readonly address: AddressKey;
  readonly since: number;
  readonly domains: number;
  readonly askers: number;
}

/**
 * Whether a portal answers in everybody's name: domains that nobody on the site has asked for before all have one address.
 * Those asked for before say nothing, since resolvers remember them; content networks have their own share of new ones, and
 * what block lists answer is a part of them.
 */
export class WalledLine {
  readonly #known = new Set<string>();
  #recent: NewDomain[] = [];
  #since = 0;

  /** A name that was asked for has these addresses. */
  answered(name: string, addresses: readonly AddressKey[], asker: object, at: number): void {
    const [address] = addresses;
    const domain = getDomain(name);
    if (address === undefined || domain === null || this.#known.has(domain)) return;
    this.#known.add(domain);
    if (this.#known.size > domainsKept) this.#known.delete(this.#known.values().next().value ?? "");
    this.#recent.push({ address, asker, at });
    if (this.#recent.length > newest) this.#recent.shift();
    if (this.#found(at) === null) this.#since = 0;
    else this.#since ||= at;
  }

  wall(at: number): Wall | null {
    const found = this.#since === 0 ? null : this.#found(at);
    return found === null ? null : { ...found, since: this.#since };
  }

  forget(asker: object): void {
    this.#recent = this.#recent.filter((each) => each.asker !== asker);
  }

  #found(at: number): Omit<Wall, "since"> | null {
    const recent = this.#recent.filter((each) => at - each.at <= freshMs);
    // Of eight of which seven are alike, one of the first two is.
    for (const { address } of recent.slice(0, newest - alike + 1)) {
      const own = recent.filter((each) => each.address === address);
      const askers = new Set(own.map(({ asker }) => asker)).size;
      if (own.length < alike || askers < leastAskers || isNowhere(address)) continue;
      return { address, domains: own.length, askers };
    }
    return null;
  }
}

/** What filters answer for names they do not like: the unspecified address, or the asker's own (RFC 1122 3.2.1.3). */
function isNowhere(address: AddressKey): boolean {
  if (typeof address !== "number") return false;
  return address === 0 || address >>> 24 === 127;
}
