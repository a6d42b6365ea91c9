import type { Contact, Outcome, Place } from "./connection/contact.ts";
import { ContactTable, type ContactLimits } from "./connection/contact-table.ts";
import { udpClassOf } from "./connection/port-class.ts";
import type { Knock } from "./evidence/detector.ts";
import type { Host } from "./host/host.ts";
import { placeOf } from "./host/place.ts";
import type { FlowReader } from "./judge-flows.ts";
import type { JudgeSite } from "./judge-site.ts";
import { addressKey } from "./packet/address.ts";
import { isPingQuestion, protocols, type AddressKey, type Packet } from "./packet/packet.ts";

/** Who called whom by UDP is remembered of so many strangers; the oldest is forgotten. */
const callersKept = 4096;
/** Machines that ask everybody (who has this name, who prints), and the latest ports they asked from. */
const askersKept = 512;
const askedPortsKept = 64;
const firstFreePort = 1024;

/**
 * Discovery by multicast (SSDP, WS-Discovery, mDNS, LLMNR), from whose ports answers come to whatever
 * port asked: seen from where the question did not pass, they look like a walk over ports.
 */
const discoveryPorts: ReadonlySet<number> = new Set([1900, 3702, 5353, 5355]);

/**
 * What a host sends without opening a connection: datagrams, pings, and TCP segments that no stack
 * sends. Datagrams and pings are contacts like others, but in a table of their own: a machine that
 * sprays them must not push its connections' past out.
 */
export class ProbeReader {
  readonly #site: JudgeSite;
  readonly #flows: FlowReader;
  readonly #contacts: ContactTable<Host>;
  /** Strangers who wrote first, with the address they wrote to: what goes back is an answer. */
  readonly #callers = new Map<AddressKey, AddressKey>();
  /** The one that detectors are told of; filled anew for each. */
  readonly #knocking: Knock = newKnock();
  /** Who asked everybody at once, with the port to which everybody may answer. */
  readonly #askers = new Map<AddressKey, Set<number>>();

  constructor(site: JudgeSite, limits: ContactLimits, flows: FlowReader) {
    this.#site = site;
    this.#flows = flows;
    const { cases, troubles } = site;
    this.#contacts = new ContactTable<Host>(limits, {
      opened: (host, contact) => {
        if (contact.place !== "neighbour") troubles.opened(host, contact.openedAt);
        cases.of(host).opened(contact);
      },
      repeated: (host, contact, port) => cases.of(host).repeated(contact, port),
      settled: (host, contact, before) => cases.of(host).settled(contact, before),
      confirmed: (host, contact) => cases.of(host).confirmed(contact),
    });
  }

  /** Whether this address answered a datagram or a ping of the host. */
  hasAnswered(host: Host, remote: AddressKey): boolean {
    return this.#contacts.hasAnswered(host, remote);
  }

  /** Contacts remembered. */
  get size(): number {
    return this.#contacts.size;
  }

  advance(at: number, graceMs: number, isLineDead: boolean): void {
    this.#contacts.advance(at, graceMs, isLineDead);
  }

  neutralise(since: number): void {
    this.#contacts.neutralise(since);
  }

  forget(host: Host): void {
    this.#contacts.forget(host);
  }

  /** A datagram that tells no names. */
  udp(packet: Packet, at: number): void {
    const source = addressKey(packet, "source");
    const remote = addressKey(packet, "destination");
    const { sourcePort, destinationPort } = packet;
    if (isForMany(remote)) {
      this.#asksEverybody(source, sourcePort);
      return;
    }
    if (this.#askers.get(remote)?.has(destinationPort) === true) return;
    if (this.#answersQuestion(packet, source, remote, at)) return;
    const host = this.#site.hosts.sender(packet.sourceMac, source, packet.side, at);
    if (host === null) return this.#flows.calledFromOutside(packet, at);
    this.#site.cases.see(host);
    this.pose(packet, host, source, at);
    if (this.#callers.get(remote) === source) return this.#flows.answered(packet, "established", at);
    if (this.#site.isExcluded(remote)) return;
    // A service that answers whom this capture did not hear ask.
    const isService = sourcePort < firstFreePort || discoveryPorts.has(sourcePort);
    if (isService && destinationPort >= firstFreePort) return;
    const portClass = udpClassOf(destinationPort);
    const stopped = packet.mark === "stopped";
    this.#flows.called(packet, host, at);
    const attempt = { source, remote, port: destinationPort, sourcePort, at, stopped, portClass };
    this.#contacts.attempt(host, attempt, this.#site.factsOf);
    if (!stopped) this.#knock(host, packet, "datagram", source, remote, at);
  }

  ping(packet: Packet, at: number): void {
    const source = addressKey(packet, "source");
    const remote = addressKey(packet, "destination");
    if (!isPingQuestion(packet)) {
      const asker = this.#site.hosts.byAddress(remote);
      if (asker !== undefined) this.#settle(packet, asker, source, "ping", "established", at);
      else this.#flows.answered(packet, "established", at);
      return;
    }
    if (isMulticast(remote)) return;
    const host = this.#site.hosts.sender(packet.sourceMac, source, packet.side, at);
    if (host === null) return this.#flows.calledFromOutside(packet, at);
    this.#site.cases.see(host);
    if (this.#site.isExcluded(remote)) return;
    this.#flows.called(packet, host, at);
    const stopped = packet.mark === "stopped";
    const attempt = { source, remote, port: 0, sourcePort: 0, at, stopped, portClass: "ping" } as const;
    this.#contacts.attempt(host, attempt, this.#site.factsOf);
  }

  /** A SYN, for what its header tells beyond the contact. */
  syn(packet: Packet, host: Host, at: number): void {
    if (packet.mark === "stopped") return;
    this.#knock(host, packet, "syn", addressKey(packet, "source"), addressKey(packet, "destination"), at);
  }

  /** One of very many alike towards one machine. */
  flood(packet: Packet, at: number): void {
    const source = addressKey(packet, "source");
    const remote = addressKey(packet, "destination");
    if (isForMany(remote)) return;
    const host = this.#site.hosts.sender(packet.sourceMac, source, packet.side, at);
    if (host === null || this.#site.isExcluded(remote) || this.#callers.get(remote) === source) return;
    const { protocol } = packet;
    const by = protocol === protocols.tcp ? "connections" : protocol === protocols.udp ? "datagrams" : "pings";
    const place = placeOf(source, remote, this.#site.localNets);
    this.#flows.called(packet, host, at);
    this.#site.cases.of(host).flooded({ remote, place, by, at });
  }

  /** From inside, under an address of nobody inside: IPv6 hosts have global addresses of their own. */
  pose(packet: Packet, host: Host, source: AddressKey, at: number): void {
    if (packet.side !== "inside" || typeof source !== "number" || this.#site.localNets.contains(source)) return;
    this.#site.cases.of(host).posed(source, at);
  }

  /** Flags that no stack sends. */
  odd(packet: Packet, at: number): void {
    const source = addressKey(packet, "source");
    const host = this.#site.hosts.sender(packet.sourceMac, source, packet.side, at);
    if (host === null || packet.mark === "stopped") return;
    this.#site.cases.see(host);
    const remote = addressKey(packet, "destination");
    // Some stacks forget a flag where a connection stands; who has none there asks what becomes of it.
    if (this.#site.isConnected(host, remote, packet.destinationPort)) return;
    this.#knock(host, packet, "odd", source, remote, at);
  }

  /** A packet of a protocol that an office does not have: of SCTP its port is looked at, of all others the protocol. */
  other(packet: Packet, at: number): void {
    const source = addressKey(packet, "source");
    const remote = addressKey(packet, "destination");
    if (isForMany(remote) || packet.mark === "stopped") return;
    const host = this.#site.hosts.sender(packet.sourceMac, source, packet.side, at);
    if (host === null || this.#site.isExcluded(remote)) return;
    this.#site.cases.see(host);
    const place = placeOf(source, remote, this.#site.localNets);
    const { protocol } = packet;
    const hasPorts = protocol === protocols.sctp && packet.destinationPort >= 0;
    this.#flows.called(packet, host, at);
    const knock = this.#filled(packet, hasPorts ? "datagram" : "bare", remote, place, at);
    knock.transport = hasPorts ? "sctp" : "ip";
    if (!hasPorts) knock.port = protocol;
    this.#site.cases.of(host).knocked(knock);
  }

  /** A RST without ACK: the receiver had sent a segment of no connection (RFC 9293 3.10.7.1). */
  stray(packet: Packet, at: number): void {
    const remote = addressKey(packet, "source");
    const source = addressKey(packet, "destination");
    const host = this.#askedBy(packet, source, at);
    if (host === null || this.#site.isSelfMade(packet, host, remote)) return;
    const place = placeOf(source, remote, this.#site.localNets);
    const knock = this.#filled(packet, "stray", remote, place, at);
    knock.port = packet.sourcePort;
    knock.sourcePort = packet.destinationPort;
    knock.sequence = 0;
    this.#site.cases.of(host).knocked(knock);
  }

  /** Who sent the segment that is refused. Of one who sends nothing but such, this is all that is ever seen. */
  #askedBy(packet: Packet, address: AddressKey, at: number): Host | null {
    const known = this.#site.hosts.byAddress(address);
    if (known !== undefined || !this.#site.localNets.contains(address)) return known ?? null;
    const asker = this.#site.hosts.sender(packet.destinationMac, address, null, at);
    if (asker !== null) this.#site.cases.see(asker);
    return asker;
  }

  /** An ICMP error quotes a datagram or a ping of this host. */
  failed(host: Host, quoted: Packet, remote: AddressKey, outcome: Outcome, at: number): void {
    const portClass = quoted.protocol === protocols.udp ? udpClassOf(quoted.destinationPort) : "ping";
    const contact = this.#contacts.find(host, remote, portClass);
    if (contact !== undefined) this.#contacts.settle(host, contact, outcome, at);
  }

  /** Whether somebody on the site is told something, be it an answer or not. */
  #answersQuestion(packet: Packet, source: AddressKey, remote: AddressKey, at: number): boolean {
    const asker = this.#site.hosts.byAddress(remote);
    if (asker === undefined || this.#site.isSelfMade(packet, asker, source)) return false;
    const contact = this.#settle(packet, asker, source, udpClassOf(packet.sourcePort), "established", at);
    if (contact !== null) {
      this.#site.cases.of(asker).opens(source, "udp", packet.sourcePort);
      return true;
    }
    if (this.#callers.get(remote) === source) return false;
    remember(this.#callers, source, remote, callersKept);
    return false;
  }

  #asksEverybody(source: AddressKey, port: number): void {
    const ports = this.#askers.get(source) ?? new Set();
    remember(this.#askers, source, ports, askersKept);
    ports.delete(port);
    ports.add(port);
    if (ports.size <= askedPortsKept) return;
    for (const oldest of ports) {
      ports.delete(oldest);
      return;
    }
  }

  #settle(
    packet: Packet,
    asker: Host,
    answerer: AddressKey,
    portClass: "ping" | ReturnType<typeof udpClassOf>,
    outcome: Outcome,
    at: number,
  ): Contact | null {
    const contact = this.#contacts.find(asker, answerer, portClass);
    if (contact === undefined || this.#site.isSelfMade(packet, asker, answerer)) return null;
    this.#flows.answered(packet, "established", at);
    this.#site.oneSided.answered();
    if (!this.#site.localNets.contains(answerer)) this.#site.line.answered(asker, at, answerer);
    this.#contacts.settle(asker, contact, outcome, at);
    return contact;
  }

  #knock(
    host: Host,
    packet: Packet,
    manner: Knock["manner"],
    source: AddressKey,
    remote: AddressKey,
    at: number,
  ): void {
    const place = placeOf(source, remote, this.#site.localNets);
    this.#site.cases.of(host).knocked(this.#filled(packet, manner, remote, place, at));
  }

  #filled(packet: Packet, manner: Knock["manner"], remote: AddressKey, place: Place, at: number): Knock {
    const knock = this.#knocking;
    knock.remote = remote;
    knock.place = place;
    knock.transport = manner === "datagram" ? "udp" : "tcp";
    knock.port = packet.destinationPort;
    knock.sourcePort = packet.sourcePort;
    knock.manner = manner;
    knock.flags = packet.flags;
    knock.sequence = packet.sequence;
    knock.at = at;
    return knock;
  }
}

function newKnock(): Knock {
  const numbers = { port: 0, sourcePort: 0, flags: 0, sequence: 0, at: 0 };
  return { remote: 0, place: "outside", transport: "tcp", manner: "syn", ...numbers };
}

/** The most recently used stand last; the oldest is forgotten. */
function remember<Value>(map: Map<AddressKey, Value>, key: AddressKey, value: Value, cap: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= cap) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/** Broadcast and multicast: nobody in particular is asked. */
function isForMany(address: AddressKey): boolean {
  return isMulticast(address) || (typeof address === "number" && (address & 0xff) === 0xff);
}

function isMulticast(address: AddressKey): boolean {
  return typeof address === "number" ? address >>> 28 >= 0xe || address === 0 : address.charCodeAt(0) === 0xff;
}
