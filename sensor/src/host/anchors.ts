import { formatAddress, formatMac, isGroupMac } from "../packet/address.ts";
import type { DhcpMessage } from "../packet/dhcp.ts";
import { parseDhcp } from "../packet/dhcp.ts";
import { protocols, type AddressKey, type Packet } from "../packet/packet.ts";
import { WeirdCounter } from "../packet/weird.ts";

/** What a site cannot do without. */
export type AnchorRole = "gateway" | "resolver" | "controller";

/** A machine that may not be contained, and why, as words that follow "because". */
export interface ProtectedMachine {
  readonly mac: string;
  readonly reason: string;
}

/** Somebody else says that he has the address of one of them. */
export interface AnchorClaim {
  readonly role: AnchorRole;
  readonly address: string;
  /** Who has it, and who says so too. */
  readonly mac: string;
  readonly claimant: string;
}

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
  heardAt: number;
  /** When each other one last said that the address is his. */
  readonly claimants: Map<number, number>;
}

/**
 * The machines that a site cannot do without, by their addresses, and which network card has each. Whoever gives out
 * addresses by the outside port names gateway and resolvers, and so does what the box itself was given; what is
 * given by an inside port may be a machine's that wants to be asked, and names nobody.
 *
 * An address is bound to the card that was first heard with it; one heard on the outside port comes before all inside, for
 * nobody inside can send from there. A second one that says so is told of, and is not protected by it: else a worm would need
 * no more than the gateway's address. IPv4 only.
 */
export class Anchors {
  readonly #isLocal: (address: AddressKey) => boolean;
  readonly #weird = new WeirdCounter();
  readonly #told = new Map<number, AnchorRole>();
  /** Resolvers that were named by the outside port, wherever they are. */
  readonly #named = new Set<AddressKey>();
  /** Resolvers of the site's networks that anybody named, and when each was last heard inside: good for words, for no right. */
  readonly #hinted = new Map<number, number | null>();
  /** Addresses whose cards are asked for, whatever they are. */
  readonly #followed = new Set<number>();
  #own: ReadonlyMap<number, AnchorRole> = new Map();
  readonly #holders = new Map<number, Holder>();

  constructor(isLocal: (address: AddressKey) => boolean) {
    this.#isLocal = isLocal;
  }

  /** What the box itself goes by. Those that are not of the site's networks are nobody's to contain. */
  setOwn(anchors: readonly { readonly role: AnchorRole; readonly address: AddressKey }[]): void {
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
      (address) => typeof address !== "number" || this.#holders.get(address)?.side !== "inside",
    );
  }

  /** Resolvers that were heard inside within the last day: what they answer machines on their switch does not come by here. */
  resolversInside(at: number): readonly string[] {
    const heard = [...this.#hinted].filter(([, heardAt]) => heardAt !== null && at - heardAt <= heardForMs);
    return heard.flatMap(([address]) =>
      this.#holders.get(address)?.side === "outside" ? [] : [formatAddress(address)],
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

  /** Who may not be contained. Those on the outside port are none of these: that is for the kernel's own table to say. */
  protectedMachines(at: number): readonly ProtectedMachine[] {
    const claimants = new Set(this.#standing(at).flatMap(([, { claimants: macs }]) => [...macs.keys()]));
    return this.#standing(at).flatMap(([address, { mac, side }]) => {
      const role = this.#roleOf(address);
      if (role === undefined || side === "outside" || claimants.has(mac)) return [];
      return [{ mac: formatMac(mac), reason: `${reasons[role]} (${formatAddress(address)})` }];
    });
  }

  claims(at: number): readonly AnchorClaim[] {
    return this.#standing(at).flatMap(([address, { mac, claimants }]) => {
      const role = this.#roleOf(address);
      if (role === undefined) return [];
      const words = { role, address: formatAddress(address), mac: formatMac(mac) };
      return [...claimants.keys()].map((claimant) => ({ ...words, claimant: formatMac(claimant) }));
    });
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
    if (holder === undefined || holder.mac === mac || isSuccessor(holder, side, at)) {
      this.#hold(address, { mac, side, heardAt: at, claimants: holder?.claimants ?? new Map<number, number>() });
      // Who had it before by an inside port still says so, as far as anybody knows.
      if (
        holder !== undefined &&
        holder.mac !== mac &&
        holder.side === "inside" &&
        at - holder.heardAt <= contestedMs
      ) {
        holder.claimants.set(holder.mac, holder.heardAt);
      }
      return;
    }
    if (holder.claimants.size < maxClaimants || holder.claimants.has(mac)) holder.claimants.set(mac, at);
  }

  #hold(address: number, holder: Holder): void {
    holder.claimants.delete(holder.mac);
    this.#holders.set(address, holder);
  }
}

/** Two on the outside are two routers that stand in for one another; both are out of reach of a containment. */
function isSuccessor({ heardAt, side: before }: Holder, side: "inside" | "outside", at: number): boolean {
  return side === "outside" || (before === "inside" && at - heardAt > contestedMs);
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

const reasons: Readonly<Record<AnchorRole, string>> = {
  gateway: "it has the address of the gateway; cutting it would cut everyone",
  resolver: "it is a resolver of the site; without it nobody here is told a name",
  controller: "the controller is on it; without it nobody could release anything",
};

/** A claim in a sentence or two, for people. */
export function claimText({ role, address, mac, claimant }: AnchorClaim): string {
  return (
    `${claimant} says that it has ${address}, the address of the ${role}, which ${mac} has: whoever believes it sends it what is meant for that. ` +
    "It is not protected by it. By hand: look which machine it is."
  );
}
