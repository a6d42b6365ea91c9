import type { Host } from "./host/host.ts";
import { noteName, type NameSource } from "./host/host-names.ts";
import { clueOfDhcp, clueOfServices, routerClue } from "./host/kind-clues.ts";
import { strongerClue, type KindClue } from "./host/kind.ts";
import type { JudgeSite } from "./judge-site.ts";
import { addressKey } from "./packet/address.ts";
import { parseAnnouncement } from "./packet/announcement.ts";
import { parseDhcp, type DhcpMessage } from "./packet/dhcp.ts";
import { parseNeighbour } from "./packet/neighbour.ts";
import { parseNetbios } from "./packet/netbios.ts";
import type { Packet } from "./packet/packet.ts";

const ports = { netbios: 137, mdns: 5353, llmnr: 5355 } as const;
/** RFC 2131 3.1: the server gives the address with this. */
const acknowledgement = 5;

/**
 * Who the machines are, by what they say of themselves: names, addresses, kinds. Only of the sender of a frame is anything
 * learned, and nothing of it weighs in a verdict.
 */
export class IdentityReader {
  readonly #site: JudgeSite;

  constructor(site: JudgeSite) {
    this.#site = site;
  }

  /** A datagram in which machines may say their names; any other costs four comparisons. */
  names(packet: Packet, at: number): void {
    const { sourcePort, destinationPort, payloadOffset: offset, payloadLength: length } = packet;
    if (offset < 0 || packet.side === "outside") return;
    if (sourcePort === ports.netbios || destinationPort === ports.netbios) {
      const claim = parseNetbios(packet.bytes, offset, length, this.#site.weird);
      const source = addressKey(packet, "source");
      if (claim !== null && (claim.address === 0 || claim.address === source)) {
        this.#named(this.#sender(packet, at), "netbios", claim.name, at);
      }
    } else if (sourcePort === ports.mdns) this.#announced(packet, "mdns", at);
    else if (sourcePort === ports.llmnr) this.#announced(packet, "llmnr", at);
  }

  /** Neighbour discovery of IPv6. */
  neighbour(packet: Packet, at: number): void {
    if (packet.side === "outside") {
      this.#site.hosts.markGateway(packet.sourceMac);
      return;
    }
    const claim = parseNeighbour(packet);
    if (claim === null) return;
    const host = this.#site.hosts.claim(packet.sourceMac, claim.address, at);
    if (host === null) return;
    this.#site.cases.see(host);
    if (claim.isRouter) this.#clue(host, routerClue);
  }

  dhcp(packet: Packet, at: number): void {
    // What the router asks the provider for is no host's request.
    if (packet.payloadOffset < 0) return;
    if (packet.side === "outside" && packet.sourcePort !== 67) return;
    const message = parseDhcp(packet.bytes, packet.payloadOffset, packet.payloadLength, this.#site.weird);
    if (message === null) return;
    if (!message.isRequest) this.#given(packet, message, at);
    else if (packet.side !== "outside") this.#asked(packet, message, at);
  }

  #asked(packet: Packet, message: DhcpMessage, at: number): void {
    // Whoever speaks in another card's name speaks for nobody.
    if (packet.sourceMac !== -1 && packet.sourceMac !== message.clientMac) {
      if (!message.isRelayed) this.#site.hosts.byMac(packet.sourceMac)?.several.carriedFor(at);
      return;
    }
    const host = this.#site.hosts.claim(message.clientMac, 0, at);
    if (host === null) return;
    this.#site.cases.see(host);
    this.#clue(host, clueOfDhcp(message.vendorClass, message.wanted));
    const { hostname } = message;
    if (hostname === null) return;
    host.several.named(hostname, at);
    this.#named(host, "dhcp", hostname, at);
    if (hostname === host.name) return;
    host.name = hostname;
    this.#site.cases.touch(host);
  }

  /** The server gave an address. From inside anybody can say so, in whosever name. */
  #given(packet: Packet, { messageType, clientMac, assigned }: DhcpMessage, at: number): void {
    if (messageType !== acknowledgement || assigned === 0 || packet.side === "inside") return;
    const host = this.#site.hosts.byMac(clientMac);
    if (host !== undefined && this.#site.hosts.byAddress(assigned) !== host)
      this.#site.hosts.claim(clientMac, assigned, at);
  }

  /**
   * Records are the sender's own where they give the very address that it sent from, or belong to the name that it had
   * so: others repeat what they heard, from net to net or for those that sleep.
   */
  #announced(packet: Packet, source: NameSource, at: number): void {
    const said = parseAnnouncement(packet.bytes, packet.payloadOffset, packet.payloadLength, this.#site.weird);
    if (said === null) return;
    const host = this.#sender(packet, at);
    if (host === null) return;
    const from = addressKey(packet, "source");
    const own = said.addresses.find(({ address }) => address === from)?.name;
    if (own !== undefined) this.#named(host, source, own, at);
    const known = host.names.get(source)?.name;
    if (own === undefined && !said.targets.some((target) => target === known)) return;
    this.#clue(host, clueOfServices(said.services, said.model));
  }

  #sender(packet: Packet, at: number): Host | null {
    const host = this.#site.hosts.sender(packet.sourceMac, addressKey(packet, "source"), packet.side, at);
    if (host !== null) this.#site.cases.see(host);
    return host;
  }

  #named(host: Host | null, source: NameSource, name: string, at: number): void {
    if (host !== null && noteName(host.names, source, name, at)) this.#site.cases.touch(host);
  }

  #clue(host: Host, clue: KindClue | null): void {
    const kind = strongerClue(host.kind, clue);
    if (kind === host.kind) return;
    host.kind = kind;
    this.#site.cases.touch(host);
  }
}
