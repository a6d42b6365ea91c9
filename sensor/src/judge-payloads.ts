import type { Host } from "./host/host.ts";
import { placeOf } from "./host/place.ts";
import { earnRole } from "./host/role.ts";
import type { FlowReader } from "./judge-flows.ts";
import type { IdentityReader } from "./judge-identity.ts";
import type { JudgeSite } from "./judge-site.ts";
import { addressKey } from "./packet/address.ts";
import { parseDns } from "./packet/dns.ts";
import type { AddressKey, Packet } from "./packet/packet.ts";
import { parseSmtp } from "./packet/smtp.ts";

const dnsPort = 53;

/** What the few payloads that are handed up tell: names, who asks for them, greetings of mail. */
export class PayloadReader {
  readonly #site: JudgeSite;
  readonly #identity: IdentityReader;
  readonly #flows: FlowReader;

  constructor(site: JudgeSite, identity: IdentityReader, flows: FlowReader) {
    this.#site = site;
    this.#flows = flows;
    this.#identity = identity;
  }

  /** Whether the datagram is one of those that are read, and no contact. */
  udp(packet: Packet, at: number): boolean {
    const { sourcePort, destinationPort } = packet;
    if (destinationPort === dnsPort || sourcePort === dnsPort) {
      if (destinationPort !== dnsPort) this.#flows.answered(packet, "established", at);
      this.#dns(packet, at);
    } else if (destinationPort === 67 || sourcePort === 67) this.#identity.dhcp(packet, at);
    else {
      this.#identity.names(packet, at);
      return false;
    }
    return true;
  }

  #dns(packet: Packet, at: number): void {
    if (packet.payloadOffset < 0) return;
    const message = parseDns(packet.bytes, packet.payloadOffset, packet.payloadLength, this.#site.weird);
    if (message === null) return;
    const source = addressKey(packet, "source");
    const sender = this.#site.hosts.sender(packet.sourceMac, source, packet.side, at);
    if (sender !== null) this.#site.cases.see(sender);
    if (!message.isResponse) {
      if (sender === null || packet.destinationPort !== dnsPort) return;
      if (!this.#site.isExcluded(addressKey(packet, "destination"))) this.#flows.called(packet, sender, at);
      if (packet.mark === "seen") {
        const server = addressKey(packet, "destination");
        this.#site.line.asked(sender, "name", server, at);
        this.#site.checks.nameAsked(packet, message.id, !this.#site.localNets.contains(server), at);
      }
      for (const { name, type } of message.questions) {
        // Of all questions only these are evidence: whoever asks others is not weighed for it.
        if (type === "MX" || type === "A" || type === "AAAA")
          this.#site.cases.caseOf(sender).question({ name, type, at });
      }
      return;
    }
    if (packet.sourcePort !== dnsPort) return;
    // Who is asked from here answers by the outside port: a machine inside that answers forges, or
    // answers somebody beyond the box.
    if (packet.side === "inside") return;
    if (sender !== null && earnRole(sender, "resolver")) this.#site.cases.touch(sender);
    const learned = new Set<AddressKey>();
    for (const { address, name } of message.addresses) {
      // The name that holds the address stands before its aliases: it is its operator's.
      if (learned.has(address)) continue;
      learned.add(address);
      this.#site.names.learn(address, name, at);
    }
    if (message.addresses.length === 0 && message.exchanges.length > 0) this.#site.names.hear(at);
    const asker = this.#askerOf(packet, at);
    if (asker === null) return;
    const [asked] = message.questions;
    // RFC 1035 4.1.1: 3 says that the name does not exist.
    const isMissing = message.rcode === 3;
    if (asked !== undefined && (isMissing || message.addresses.length > 0)) {
      this.#site.cases.caseOf(asker).named({ name: asked.name, isMissing, at });
    }
    if (asked !== undefined && message.addresses.length > 0) {
      const addresses = message.addresses.map(({ address }) => address);
      this.#site.troubles.named(asker, asked.name, addresses, at);
    }
    this.#site.oneSided.answered();
    this.#site.hosts.confirmAddress(packet.destinationMac, addressKey(packet, "destination"));
    // RFC 1035 4.1.1: the server failed; on a cut line a forwarder says that after a while.
    if (message.rcode === 2) return;
    this.#site.checks.nameAnswered(packet, message.id, !this.#site.localNets.contains(source), at);
    if (this.#site.localNets.contains(source)) this.#site.line.answeredOnSite(asker, at);
    else this.#site.line.answered(asker, at, source);
  }

  /** Who is answered. Where only answers are captured, that somebody is answered is all that is ever seen of him. */
  #askerOf(packet: Packet, at: number): Host | null {
    const address = addressKey(packet, "destination");
    const known = this.#site.hosts.byAddress(address);
    if (known !== undefined || !this.#site.localNets.contains(address)) return known ?? null;
    const asker = this.#site.hosts.sender(packet.destinationMac, address, null, at);
    if (asker !== null) this.#site.cases.see(asker);
    return asker;
  }

  /** Commands to a mail server. */
  mail(packet: Packet, at: number): void {
    if (packet.payloadOffset < 0 || packet.mark === "stopped") return;
    const commands = parseSmtp(packet.bytes, packet.payloadOffset, packet.payloadLength);
    if (commands.length === 0) return;
    const source = addressKey(packet, "source");
    const host = this.#site.hosts.sender(packet.sourceMac, source, packet.side, at);
    const server = addressKey(packet, "destination");
    if (host === null || placeOf(source, server, this.#site.localNets) === "neighbour") return;
    for (const { verb, argument } of commands) this.#site.cases.of(host).command({ server, verb, argument, at });
    this.#site.cases.touch(host);
  }
}
