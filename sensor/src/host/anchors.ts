import { formatAddress, formatMac, isGroupMac } from "../packet/address.ts";
import type { DhcpMessage } from "../packet/dhcp.ts";
import { parseDhcp } from "../packet/dhcp.ts";
import { NetSet } from "../packet/net-set.ts";
import { protocols, type AddressKey, type Packet } from "../packet/packet.ts";
import { WeirdCounter } from "../packet/weird.ts";
import type { AnchorClaim } from "./anchor-claim.ts";
import { hasEarned, nothingKnown, type AnchorRole, type CardRecord, type Title } from "./anchor-title.ts";
import { NameAnswers } from "./name-answers.ts";

/** A machine that may not be contained, and why, as words that follow "because". */
export interface ProtectedMachine {
  readonly mac: string;
  readonly reason: string;
}

/** What is known of a card and an address that it says it has. */
export type RecordOf = (mac: string, address: string) => CardRecord;

/** Another claimant is said for so long; and so long an address has to be silent before it may be somebody else's. */
const contestedMs = 600_000;
// A resolver that is looked for by nobody for a day is none any more.
const heardForMs = 24 * 3_600_000;
// A site has a handful; a server of addresses that names more of them names the rest in vain.
const maxAddresses = 32;
const maxClaimants = 16;
const dhcpPorts = { server: 67, client: 68 } as const;
// RFC 2132 9.6: offer and acknowledgement.
const givingTypes: ReadonlySet<number> = new Set([2, 5]);

interface Holder {
  mac: number;
  side: "inside" | "outside";
  /** When it was first and last heard with the address. */
  since: number;
  heardAt: number;
  /** When it was first seen to answer from there, where it stands inside. */
  answeredAt: number | null;
  /** When each other one last said that the address is his. */
  readonly claimants: Map<number, number>;
}

interface Told {
  readonly role: AnchorRole;
  readonly address: number;
  readonly holder: Holder;
}

/**
 * The machines that a site cannot do without, by their addresses, and which network card has each. Whoever gives out
 * addresses by the outside port names gateway and resolvers, and so does what the box itself was given; what is
 * given by an inside port may be a machine's that wants to be asked, and names nobody.
 *
 * An address is bound to the card that was first heard with it; one heard on the outside port comes before all inside, for
 * nobody inside can send from there. A card inside is protected by it once it has earned it and while nothing is known
 * against it, and until then it is told of; so is a second one that says so, which is never protected: else a worm would need
 * no more than the word. IPv4 only.
 */
export class Anchors {
  readonly #isLocal: (address: AddressKey) => boolean;
  readonly #weird = new WeirdCounter();
  readonly #answers = new NameAnswers();
  readonly #told = new Map<number, AnchorRole>();
  /** Resolvers that were named by the outside port, wherever they are. */
  readonly #named = new Set<AddressKey>();
  /** Resolvers of the site's networks that anybody named, and when each was last heard inside: good for words, for no right. */
  readonly #hinted = new Map<number, number | null>();
  /** Addresses whose cards are asked for, whatever they are. */
  readonly #followed = new Set<number>();
  #own: ReadonlyMap<number, AnchorRole> = new Map();
  #onLink = new NetSet([]);
  readonly #holders = new Map<number, Holder>();

  constructor(isLocal: (address: AddressKey) => boolean) {
    this.#isLocal = isLocal;
  }

  /**
   * What the box itself goes by. Those that are not of the site's networks are nobody's to contain. `onLink` are the networks
   * in which machines inside stand: an address of any other is beyond a router.
   */
  setOwn(
    anchors: readonly { readonly role: AnchorRole; readonly address: AddressKey }[],
    onLink: readonly string[],
  ): void {
    this.#onLink = new NetSet(onLink);
    const usable = anchors.flatMap(({ role, address }): [number, AnchorRole][] =>
      typeof address === "number" && this.#isLocal(address) ? [[address, role]] : [],
    );
    // Of an address with several roles the first counts.
    this.#own = new Map(usable.toReversed());
  }

  /** The site's resolvers that somebody named who can be believed, but for those that are known to stand inside. */
  resolvers(): readonly AddressKey[] {
    const own = [...this.#own].flatMap(([address, role]) => (role === "resolver" ? [address] : []));
    return [...new Set([...own, ...this.#named])].filter(
      (address) => typeof address !== "number" || !this.#standsInside(address),
    );
  }

  /** Resolvers that were heard inside within the last day: what they answer machines on their switch does not come by here. */
  resolversInside(at: number): readonly string[] {
    const heard = [...this.#hinted].filter(([, heardAt]) => heardAt !== null && at - heardAt <= heardForMs);
    return heard.flatMap(([address]) =>
      this.#holders.get(address)?.side !== "outside" && this.#canStandInside(address) ? [formatAddress(address)] : [],
    );
  }

  /** One packet that was handed up. */
  observe(packet: Packet): void {
    if (packet.side === null || packet.mark === "stopped") return;
    if (packet.kind === "arp") {
      if (packet.side === "inside" && this.#isHinted(packet.arpSender)) this.#hinted.set(packet.arpSender, packet.at);
      this.#claim(packet.arpSender, packet.arpSenderMac, packet.side, packet.at);
    } else if (isDhcpAnswer(packet)) {
      this.#given(packet, packet.side === "outside");
    } else {
      const address = this.#answers.observe(packet, (asked) => this.#roleOf(asked) === "resolver");
      if (address !== null) this.#answered(address, packet.sourceMac, packet.at);
    }
  }

  /**
   * The cards that say they have an address, the one that was first heard first; none where nobody has been heard yet, and
   * null where it stands outside. It is listened for from the first time that this is asked.
   */
  cardsOf(address: AddressKey, at: number): readonly string[] | null {
    if (typeof address !== "number") return [];
    if (this.#followed.size < maxAddresses) this.#followed.add(address);
    const holder = this.#standing(at).find(([held]) => held === address)?.[1];
    if (holder?.side === "outside") return null;
    return holder === undefined ? [] : [holder.mac, ...holder.claimants.keys()].map(formatMac);
  }

  /** Cards inside that say they have the address of one of them. */
  insideCards(): readonly string[] {
    return [...new Set(this.#inside().map(({ holder }) => formatMac(holder.mac)))];
  }

  /** Who may not be contained. Those on the outside port are none of these: that is for the kernel's own table to say. */
  protectedMachines(at: number, recordOf: RecordOf = nobodysRecord): readonly ProtectedMachine[] {
    return this.earned(at, recordOf).filter(({ mac, address }) => recordOf(mac, address).accusedAt === null);
  }

  /** The same, and those against whom something is known only since they have earned it. */
  earned(at: number, recordOf: RecordOf = nobodysRecord): readonly (ProtectedMachine & { readonly address: string })[] {
    const claimants = new Set(this.#standing(at).flatMap(([, { claimants: macs }]) => [...macs.keys()]));
    return this.#inside().flatMap((told) => {
      const { role, holder } = told;
      const [mac, address] = [formatMac(holder.mac), formatAddress(told.address)];
      if (claimants.has(holder.mac) || !hasEarned(this.#titleOf(told), recordOf(mac, address))) return [];
      return [{ mac, address, reason: `${reasons[role]} (${address})` }];
    });
  }

  claims(at: number, recordOf: RecordOf = nobodysRecord): readonly AnchorClaim[] {
    const contested = this.#standing(at).flatMap(([address, { mac, claimants }]): AnchorClaim[] => {
      const role = this.#roleOf(address);
      if (role === undefined) return [];
      const words = { role, address: formatAddress(address), mac: formatMac(mac) };
      return [...claimants.keys()].map((claimant) => ({ ...words, claimant: formatMac(claimant) }));
    });
    const unproven = this.#inside().flatMap((told): AnchorClaim[] => {
      const { role, holder } = told;
      const [claimant, address] = [formatMac(holder.mac), formatAddress(told.address)];
      if (at - holder.heardAt > contestedMs || hasEarned(this.#titleOf(told), recordOf(claimant, address))) return [];
      return [{ role, address, mac: null, claimant }];
    });
    return [...contested, ...unproven];
  }

  #inside(): readonly Told[] {
    return [...this.#holders].flatMap(([address, holder]) => {
      const role = this.#roleOf(address);
      return role === undefined || holder.side === "outside" ? [] : [{ role, address, holder }];
    });
  }

  #titleOf({ role, address, holder }: Told): Title {
    const { since, heardAt, answeredAt } = holder;
    return { role, from: since, until: heardAt, answeredAt, isOnLink: this.#onLink.contains(address) };
  }

  #standsInside(address: number): boolean {
    return this.#holders.get(address)?.side === "inside" && this.#canStandInside(address);
  }

  #canStandInside(address: number): boolean {
    return this.#onLink.contains(address) || (this.#holders.get(address)?.answeredAt ?? null) !== null;
  }

  #roleOf(address: number): AnchorRole | undefined {
    return this.#own.get(address) ?? this.#told.get(address);
  }

  #standing(at: number): readonly [number, Holder][] {
    for (const { claimants } of this.#holders.values()) {
      for (const [mac, saidAt] of claimants) if (at - saidAt > contestedMs) claimants.delete(mac);
    }
    return [...this.#holders];
  }

  #isHinted(address: number): boolean {
    return this.#hinted.has(address) || this.#roleOf(address) === "resolver";
  }

  #given(packet: Packet, isBelieved: boolean): void {
    const message = parseDhcp(packet.bytes, packet.payloadOffset, packet.payloadLength, this.#weird);
    if (message === null || message.isRequest || !givingTypes.has(message.messageType)) return;
    for (const address of message.resolvers) {
      if (!this.#isLocal(address) || this.#hinted.has(address) || this.#hinted.size >= maxAddresses) continue;
      this.#hinted.set(address, null);
    }
    if (!isBelieved) return;
    for (const address of message.resolvers) if (this.#named.size < maxAddresses) this.#named.add(address);
    for (const [address, role] of namedIn(message)) {
      if (this.#told.size >= maxAddresses || this.#told.has(address) || !this.#isLocal(address)) continue;
      this.#told.set(address, role);
    }
  }

  #claim(address: number, mac: number, side: "inside" | "outside", at: number): void {
    if (mac === -1 || isGroupMac(mac)) return;
    if (this.#roleOf(address) === undefined && !this.#followed.has(address)) return;
    const holder = this.#holders.get(address);
    if (holder?.mac === mac && holder.side === side) {
      holder.heardAt = at;
    } else if (holder === undefined || isSuccessor(holder, mac, side, at)) {
      this.#succeed(address, { mac, side, since: at, heardAt: at, answeredAt: null }, holder);
    } else if (holder.mac !== mac && (holder.claimants.size < maxClaimants || holder.claimants.has(mac))) {
      holder.claimants.set(mac, at);
    }
  }

  /** Who answers has the address, whoever was heard with it inside before. */
  #answered(address: number, mac: number, at: number): void {
    if (mac === -1 || isGroupMac(mac)) return;
    const holder = this.#holders.get(address);
    if (holder?.mac === mac) {
      holder.heardAt = at;
      holder.answeredAt ??= at;
    } else if (holder === undefined || (holder.side === "inside" && holder.answeredAt === null)) {
      this.#succeed(address, { mac, side: "inside", since: at, heardAt: at, answeredAt: at }, holder);
    }
  }

  #succeed(address: number, next: Omit<Holder, "claimants">, before: Holder | undefined): void {
    const claimants = before?.claimants ?? new Map<number, number>();
    // Who had it before by an inside port still says so, as far as anybody knows.
    const isSaid = before?.side === "inside" && next.heardAt - before.heardAt <= contestedMs;
    if (isSaid) claimants.set(before.mac, before.heardAt);
    claimants.delete(next.mac);
    this.#holders.set(address, { ...next, claimants });
  }
}

/**
 * Two on the outside are two routers that stand in for one another; both are out of reach of a containment. From the outside to
 * the inside an address comes by its own card alone.
 */
function isSuccessor(
  { mac: before, heardAt, side: where }: Holder,
  mac: number,
  side: "inside" | "outside",
  at: number,
) {
  return side === "outside" || ((where === "inside" || mac === before) && at - heardAt > contestedMs);
}

function isDhcpAnswer({ kind, protocol, sourcePort, destinationPort, payloadOffset }: Packet): boolean {
  const isToClient = sourcePort === dhcpPorts.server && destinationPort === dhcpPorts.client;
  return kind === "ip" && protocol === protocols.udp && isToClient && payloadOffset >= 0;
}

function namedIn({ routers, resolvers }: DhcpMessage): [number, AnchorRole][] {
  return [
    ...routers.map((address): [number, AnchorRole] => [address, "gateway"]),
    ...resolvers.map((address): [number, AnchorRole] => [address, "resolver"]),
  ];
}

const nobodysRecord: RecordOf = () => nothingKnown;

const reasons: Readonly<Record<AnchorRole, string>> = {
  gateway: "it has the address of the gateway; cutting it would cut everyone",
  resolver: "it is a resolver of the site; without it nobody here is told a name",
  controller: "the controller is on it; without it nobody could release anything",
};
