import type { Side } from "../capture/frame.ts";
import type { Duty, HostSnapshot } from "@cordon/contract";
import { formatAddress, formatMac, isGroupMac, parseAddress, parseMac } from "../packet/address.ts";
import { MacMap } from "../packet/mac-map.ts";
import type { NetSet } from "../packet/net-set.ts";
import type { AddressKey } from "../packet/packet.ts";
import { newHost, type Host, type Role } from "./host.ts";
import { adoptIdentity } from "./identity.ts";
import { earnRole, isDeclaredOnly, roleNames, takeUpDeclared, takeUpDuty } from "./role.ts";
import { SenderMemo } from "./sender-memo.ts";

export interface HostTableOptions {
  readonly localNets: NetSet;
  readonly declared: ReadonlyMap<string, Role>;
  readonly duties: ReadonlyMap<string, Duty>;
  /** MACs and addresses that are not judged, as written by `formatMac` and `formatAddress`. */
  readonly exclude: ReadonlySet<string>;
  /** MACs of the box beside the line. */
  readonly ownMacs: ReadonlySet<string>;
  /** Whether all frames come from and go to a router's outer side: hosts are then known by address alone. */
  readonly isOutsideRouter: boolean;
  readonly cap: number;
  readonly addressesPerHost: number;
  /** Whether something weighs against a host: such a one is not pushed out while others can be. */
  readonly isAccused: (host: Host) => boolean;
  /** A host's past is to be forgotten: it was pushed out by the cap. */
  readonly forgotten: (host: Host) => void;
}

/** So many answered addresses behind one card, and it is a router's: a person's machine has one, rarely two. */
const routerAddresses = 4;

/** In place of a name, for the one address of all machines behind a router. */
const manyName = "Somebody behind the router";

/** Within this time an address has not changed hands without a word by ARP. */
const forwardedWithinMs = 60_000;

/** What is known of one network card that sends. */
interface Card {
  /** Carries addresses from outside, or was heard on the outside port. */
  isGateway: boolean;
  /** Carries several of the site's addresses that are really answered. */
  isRouter: boolean;
  /** Inside addresses it sent from that were answered, or that it claimed by ARP. */
  readonly answered: Set<number>;
  readonly claimed: Set<number>;
}

/** Who is a host, and by which key it is known. */
export class HostTable {
  readonly #options: HostTableOptions;
  readonly #hostsByKey = new Map<string, Host>();
  readonly #hostsByMac = new MacMap<Host>();
  readonly #hostsByAddress = new Map<AddressKey, Host>();
  readonly #cards = new MacMap<Card>();
  readonly #memo = new SenderMemo();
  /** Numbers given out, and those of forgotten hosts. */
  #numbers = 0;
  readonly #freeNumbers: number[] = [];

  constructor(options: HostTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#hostsByKey.size;
  }

  get hosts(): Iterable<Host> {
    return this.#hostsByKey.values();
  }

  /** What persons say of machines has changed; the hosts of which it has. */
  takeUpDuties(): Host[] {
    return [...this.#hostsByMac.values()].filter((host) => takeUpDuty(host, this.#options));
  }

  byAddress(address: AddressKey): Host | undefined {
    return this.#hostsByAddress.get(address);
  }

  byMac(mac: number): Host | undefined {
    return this.#hostsByMac.get(mac);
  }

  isGatewayMac(mac: number): boolean {
    return this.#cards.get(mac)?.isGateway ?? false;
  }

  gatewayMacs(): number[] {
    return [...this.#cards].filter(([, card]) => card.isGateway).map(([mac]) => mac);
  }

  markGateway(mac: number): void {
    if (mac === -1 || isGroupMac(mac)) return;
    const card = this.#cardOf(mac);
    if (card.isGateway) return;
    this.#memo.clear();
    card.isGateway = true;
    this.#ownAddressesOnly(mac, card);
    const host = this.#hostsByMac.get(mac);
    if (host !== undefined) earnRole(host, "gateway");
  }

  /** The host that sent this, made where it is new; null where the sender is none. */
  sender(senderMac: number, address: AddressKey, side: Side, at: number): Host | null {
    if (typeof address !== "number" || side === "outside") return this.#senderAnew(senderMac, address, side, at);
    const place = this.#memo.placeOf(senderMac, address);
    const known = this.#memo.hostAt(place, senderMac, address);
    const used = this.#memo.usedAt(place);
    if (known !== null && used !== null) {
      if (at > known.lastSeenAt) known.lastSeenAt = at;
      if (at > used.lastAt) used.lastAt = at;
      return known;
    }
    // Strangers beyond a gateway that is known as one, of whom every machine of the site has hundreds.
    if (side === null && this.isGatewayMac(senderMac) && !this.#options.localNets.contains(address)) return null;
    const host = this.#senderAnew(senderMac, address, side, at);
    if (host === null || host.mac === -1 || host.mac !== senderMac) return host;
    if (this.#hostsByAddress.get(address) !== host) return host;
    const record = host.addresses.get(address);
    if (record !== undefined) this.#memo.remember(place, senderMac, address, host, record);
    return host;
  }

  /** A host began a contact from this address. */
  countContact(host: Host, address: AddressKey): void {
    const used =
      typeof address === "number" &&
      this.#memo.hostAt(this.#memo.placeOf(host.mac, address), host.mac, address) === host
        ? this.#memo.usedAt(this.#memo.placeOf(host.mac, address))
        : host.addresses.get(address);
    if (used != null) used.contacts += 1;
  }

  /** Who is left out has changed. */
  forgetSenders(): void {
    this.#memo.clear();
  }

  #senderAnew(senderMac: number, address: AddressKey, side: Side, at: number): Host | null {
    // No card sends from a group address (IEEE 802.3 3.2.3): such a MAC says nothing.
    const mac = isGroupMac(senderMac) ? -1 : senderMac;
    // From inside only a forger uses the box's names on the line; a port beside it may well hang on the same switch.
    if ((side !== "inside" && this.#isExcluded(mac, address)) || this.#isOwn(mac) || isNobody(address)) return null;
    if (this.#options.isOutsideRouter) {
      return side === "inside" && !isLinkLocal(address) ? this.#behindRouter(address, at) : null;
    }
    const known = mac === -1 ? undefined : this.#cards.get(mac);
    if (side === "outside") {
      this.markGateway(mac);
    }
    const isLocal = this.#options.localNets.contains(address);
    if (!isLocal && !this.#isForeignHost(mac, address, side)) {
      // A card that carries a stranger's IPv4 address forwards; IPv6 hosts have global addresses of their own.
      if (side === null && typeof address === "number" && address !== 0) this.markGateway(mac);
      return null;
    }
    if (mac === -1) return this.#keyedByAddress(address, at);
    const card = known ?? this.#cardOf(mac);
    const owner = this.#forwardedFor(mac, card, address, side, at);
    if (owner !== null) return owner;
    if ((card.isGateway || card.isRouter) && !this.#isCardsOwn(mac, card, address)) {
      // What the gateway forwards from outside under a local address is a host of another segment.
      return side === "outside" ? null : this.#keyedByAddress(address, at);
    }
    return this.#keyedByMac(mac, address, at);
  }

  /** A host that told its MAC itself (ARP, neighbour discovery, DHCP); `address` 0 where it told none. */
  claim(mac: number, address: AddressKey, at: number): Host | null {
    if (mac === -1 || isGroupMac(mac) || this.#isExcluded(mac, address) || this.#isOwn(mac)) return null;
    if (this.#options.isOutsideRouter) return null;
    // IPv6 hosts have global addresses of their own, and neighbour discovery passes no router.
    if (typeof address === "number" && address !== 0) {
      if (!this.#options.localNets.contains(address)) return null;
      const card = this.#cardOf(mac);
      if (card.claimed.size < routerAddresses && !card.claimed.has(address)) {
        this.#memo.clear();
        card.claimed.add(address);
      }
      if (card.isRouter && !card.claimed.has(address)) return this.#keyedByAddress(address, at);
    }
    return this.#keyedByMac(mac, address, at);
  }

  /** An inside address was answered through this card: it is real. */
  confirmAddress(mac: number, address: AddressKey): void {
    if (mac === -1 || typeof address !== "number" || isGroupMac(mac)) return;
    const card = this.#cardOf(mac);
    if (card.isRouter || card.answered.has(address)) return;
    card.answered.add(address);
    if (card.answered.size < routerAddresses) return;
    this.#memo.clear();
    card.isRouter = true;
    this.#ownAddressesOnly(mac, card);
    const host = this.#hostsByMac.get(mac);
    if (host !== undefined && !card.isGateway) host.several.carries(routerAddresses, host.lastSeenAt);
  }

  /** Puts back a host from a checkpoint. */
  adopt(snapshot: HostSnapshot): Host {
    this.#memo.clear();
    this.#makeRoom();
    const mac = snapshot.mac === null ? -1 : (parseMac(snapshot.mac) ?? -1);
    const host = newHost(snapshot.host, mac, snapshot.firstSeenAt, this.#newNumber());
    host.lastSeenAt = snapshot.lastSeenAt;
    host.name = snapshot.name;
    host.isMany = this.#options.isOutsideRouter && typeof parseAddress(snapshot.host) === "number";
    host.contacts = snapshot.contacts;
    takeUpDeclared(host, this.#options);
    // What a person declares may have changed meanwhile; what was earned stands.
    const earned = roleNames.find((name) => name === snapshot.role.name);
    if (earned !== undefined && !isDeclaredOnly(earned)) earnRole(host, earned);
    this.#hostsByKey.set(host.key, host);
    if (mac !== -1) this.#hostsByMac.set(mac, host);
    adoptIdentity(host, snapshot);
    for (const text of [...snapshot.addresses].reverse()) {
      const address = parseAddress(text);
      if (address !== null) this.#adoptAddress(host, address, text, snapshot);
    }
    return host;
  }

  #adoptAddress(host: Host, address: AddressKey, text: string, snapshot: HostSnapshot): void {
    const told = snapshot.addressTimes?.find((each) => each.address === text);
    this.#hostsByAddress.set(address, host);
    host.addresses.set(address, {
      ...{ contacts: 0, from: told?.from ?? null },
      ...{ firstAt: told?.firstAt ?? snapshot.firstSeenAt, lastAt: told?.lastAt ?? snapshot.lastSeenAt },
    });
  }

  markGatewayByText(text: string): void {
    const mac = parseMac(text);
    if (mac !== null) this.markGateway(mac);
  }

  #isForeignHost(mac: number, address: AddressKey, side: Side): boolean {
    if (mac === -1 || (this.#cards.get(mac)?.isGateway ?? false)) return false;
    if (side === "inside") return true;
    return side === null && typeof address === "string" && this.#hostsByMac.has(mac);
  }

  /**
   * The host whose packet this is once more: a capture that holds both sides of a router has every
   * packet twice, the second time from the router's card.
   */
  #forwardedFor(mac: number, card: Card, address: AddressKey, side: Side, at: number): Host | null {
    const owner = this.#hostsByAddress.get(address);
    if (owner === undefined || owner.mac === -1 || owner.mac === mac) return null;
    // On the wire a second card with a known address is a machine of its own until it proves to be a router.
    if (side !== null && !card.isGateway && !card.isRouter) return null;
    if (typeof address === "number" && card.claimed.has(address)) return null;
    if (at - owner.lastSeenAt > forwardedWithinMs) return null;
    owner.lastSeenAt = Math.max(owner.lastSeenAt, at);
    return owner;
  }

  #isCardsOwn(mac: number, card: Card, address: AddressKey): boolean {
    if (typeof address === "string") return this.#hostsByMac.get(mac)?.addresses.has(address) ?? false;
    return card.claimed.has(address);
  }

  /** The card turned out to forward: its host keeps what it claimed as its own, else becomes its busiest address. */
  #ownAddressesOnly(mac: number, card: Card): void {
    const host = this.#hostsByMac.get(mac);
    if (host === undefined) return;
    const addresses = [...host.addresses].filter(([address]) => typeof address === "number");
    this.#memo.clear();
    const busiest = addresses.reduce<(typeof addresses)[number] | null>(
      (best, entry) => (best === null || entry[1].contacts > best[1].contacts ? entry : best),
      null,
    );
    if (busiest === null || card.claimed.has(busiest[0] as number)) return;
    this.#hostsByMac.delete(mac);
    this.#hostsByKey.delete(host.key);
    for (const address of host.addresses.keys()) {
      if (address === busiest[0]) continue;
      this.#hostsByAddress.delete(address);
      host.addresses.delete(address);
    }
    host.key = formatAddress(busiest[0]);
    host.mac = -1;
    this.#hostsByKey.set(host.key, host);
  }

  #keyedByMac(mac: number, address: AddressKey, at: number): Host {
    let host = this.#hostsByMac.get(mac);
    if (host === undefined) {
      this.#memo.clear();
      host = this.#nameByMac(mac, address) ?? this.#add(formatMac(mac), mac, at);
      this.#hostsByMac.set(mac, host);
      if (this.#cards.get(mac)?.isGateway ?? false) earnRole(host, "gateway");
    }
    host.lastSeenAt = Math.max(host.lastSeenAt, at);
    if (address !== 0) this.#useAddress(host, address, at);
    return host;
  }

  /** A host that was known by this address only, now that its card has claimed it. */
  #nameByMac(mac: number, address: AddressKey): Host | null {
    const host = address === 0 ? undefined : this.#hostsByKey.get(formatAddress(address));
    if (host === undefined) return null;
    this.#hostsByKey.delete(host.key);
    host.key = formatMac(mac);
    host.mac = mac;
    this.#hostsByKey.set(host.key, host);
    return host;
  }

  #behindRouter(address: AddressKey, at: number): Host {
    const host = this.#keyedByAddress(address, at);
    if (typeof address === "number") {
      host.isMany = true;
      host.name = manyName;
    }
    return host;
  }

  #keyedByAddress(address: AddressKey, at: number): Host {
    const key = formatAddress(address);
    const host = this.#hostsByKey.get(key) ?? this.#add(key, -1, at);
    host.lastSeenAt = Math.max(host.lastSeenAt, at);
    this.#useAddress(host, address, at);
    return host;
  }

  #add(key: string, mac: number, at: number): Host {
    this.#memo.clear();
    this.#makeRoom();
    const host = newHost(key, mac, at, this.#newNumber());
    takeUpDeclared(host, this.#options);
    this.#hostsByKey.set(key, host);
    return host;
  }

  #useAddress(host: Host, address: AddressKey, at: number): void {
    const before = this.#hostsByAddress.get(address);
    const known = host.addresses.get(address);
    if (known !== undefined) {
      known.lastAt = Math.max(known.lastAt, at);
      if (before === host) return;
    }
    this.#memo.clear();
    this.#hostsByAddress.set(address, host);
    const from = before === undefined || before === host ? null : before.key;
    if (known !== undefined) {
      known.from = from ?? known.from;
      return;
    }
    host.addresses.set(address, { contacts: 0, firstAt: at, lastAt: at, from });
    if (host.addresses.size <= this.#options.addressesPerHost) return;
    // The longest unused: an IPv4 address that is in use stays, however many IPv6 addresses come and go (RFC 8981).
    const oldest = [...host.addresses].reduce((least, entry) => (entry[1].lastAt < least[1].lastAt ? entry : least))[0];
    host.addresses.delete(oldest);
    if (this.#hostsByAddress.get(oldest) === host) this.#hostsByAddress.delete(oldest);
  }

  #cardOf(mac: number): Card {
    let card = this.#cards.get(mac);
    if (card !== undefined) return card;
    this.#memo.clear();
    if (this.#cards.size >= 2 * this.#options.cap) {
      for (const [oldest, { isGateway }] of this.#cards) {
        if (isGateway) continue;
        this.#cards.delete(oldest);
        break;
      }
    }
    card = { isGateway: false, isRouter: false, answered: new Set(), claimed: new Set() };
    this.#cards.set(mac, card);
    return card;
  }

  /**
   * Pushes out the host with the fewest contacts among the oldest, for forged sources have few each;
   * never an accused one while there is another, or a worm could have its own record forgotten.
   */
  #makeRoom(): void {
    if (this.#hostsByKey.size < this.#options.cap) return;
    let victim: Host | null = null;
    let looked = 0;
    for (const host of this.#hostsByKey.values()) {
      if (this.#options.isAccused(host)) continue;
      if (victim === null || host.contacts < victim.contacts) victim = host;
      looked += 1;
      if (looked >= 64) break;
    }
    victim ??= this.#hostsByKey.values().next().value ?? null;
    if (victim === null) return;
    this.#hostsByKey.delete(victim.key);
    if (victim.mac !== -1) this.#hostsByMac.delete(victim.mac);
    for (const address of victim.addresses.keys()) {
      if (this.#hostsByAddress.get(address) === victim) this.#hostsByAddress.delete(address);
    }
    this.#options.forgotten(victim);
    this.#freeNumbers.push(victim.number);
  }

  #newNumber(): number {
    const free = this.#freeNumbers.pop();
    if (free !== undefined) return free;
    this.#numbers += 1;
    return this.#numbers - 1;
  }

  #isOwn(mac: number): boolean {
    return mac !== -1 && this.#options.ownMacs.size > 0 && this.#options.ownMacs.has(formatMac(mac));
  }

  #isExcluded(mac: number, address: AddressKey): boolean {
    if (this.#options.exclude.size === 0) return false;
    return (
      (mac !== -1 && this.#options.exclude.has(formatMac(mac))) || this.#options.exclude.has(formatAddress(address))
    );
  }
}

/** What a router itself says on the link; no machine behind it does. */
function isLinkLocal(address: AddressKey): boolean {
  if (typeof address === "number") return address >>> 16 === 0xa9fe;
  return address.charCodeAt(0) === 0xfe && (address.charCodeAt(1) & 0xc0) === 0x80;
}

/** Unspecified, broadcast and multicast addresses send nothing that a host would be known by. */
function isNobody(address: AddressKey): boolean {
  if (typeof address === "number") return address === 0 || address >>> 28 >= 0xe || address >>> 24 === 127;
  return address.charCodeAt(0) === 0xff || (address.charCodeAt(15) <= 1 && /^\0{15}/.test(address));
}
