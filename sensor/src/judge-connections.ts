import type { Contact, Outcome } from "./connection/contact.ts";
import { ContactTable, type ContactListener } from "./connection/contact-table.ts";
import { contactFailureOf } from "./connection/contact-failure.ts";
import { isPropagationClass, portClassOf } from "./connection/port-class.ts";
import type { Host } from "./host/host.ts";
import { clueOfPort } from "./host/kind-clues.ts";
import { strongerClue } from "./host/kind.ts";
import { placeOf } from "./host/place.ts";
import { earnRole } from "./host/role.ts";
import type { JudgeLimits, JudgeOptions } from "./judge-options.ts";
import type { FlowReader } from "./judge-flows.ts";
import type { ProbeReader } from "./judge-probes.ts";
import type { JudgeSite, ReusedAttempt } from "./judge-site.ts";
import { addressKey } from "./packet/address.ts";
import { createPacket, hopsLeft, protocols, type AddressKey, type Packet } from "./packet/packet.ts";
import { parseQuoted } from "./packet/quoted.ts";

const smtpPort = 25;
const mailCallersKept = 1024;

/** Connections that are opened, and what becomes of them: SYN, SYN-ACK, refusals, and errors that quote a SYN. */
export class ConnectionReader {
  readonly #site: JudgeSite;
  readonly #probes: ProbeReader;
  readonly #flows: FlowReader;
  readonly #contacts: ContactTable<Host>;
  readonly #quoted = createPacket();
  /** Who lately called whom on port 25 from elsewhere. */
  readonly #mailCallers = new Map<AddressKey, AddressKey>();
  readonly #attempt: ReusedAttempt = { source: 0, remote: 0, port: 0, sourcePort: 0, at: 0, stopped: false };
  #count = 0;

  constructor(
    site: JudgeSite,
    limits: JudgeLimits,
    beside: {
      readonly probes: ProbeReader;
      readonly flows: FlowReader;
      readonly contactConfirmed: JudgeOptions["contactConfirmed"];
    },
  ) {
    this.#site = site;
    this.#probes = beside.probes;
    this.#flows = beside.flows;
    this.#contacts = new ContactTable<Host>(limits, this.#listener(beside.contactConfirmed));
  }

  /** First contacts of all hosts. */
  get count(): number {
    return this.#count;
  }

  /** Contacts remembered. */
  get size(): number {
    return this.#contacts.size;
  }

  /** Takes up the count of a run before. */
  restore(count: number): void {
    this.#count = count;
  }

  hasAnswered(host: Host, remote: AddressKey): boolean {
    return this.#contacts.hasAnswered(host, remote);
  }

  /** Whether this port of this address answered the host. */
  isConnected(host: Host, remote: AddressKey, port: number): boolean {
    const contact = this.#contacts.find(host, remote, portClassOf(port));
    return contact !== undefined && contact.port === port && contact.answeredAt > 0;
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

  syn(packet: Packet, at: number): void {
    const site = this.#site;
    const source = addressKey(packet, "source");
    const remote = addressKey(packet, "destination");
    const { destinationPort: port, sourcePort } = packet;
    if (port === smtpPort && packet.side !== "inside") this.#noteMailCaller(source, remote);
    const host = site.hosts.sender(packet.sourceMac, source, packet.side, at);
    if (host === null) return this.#flows.calledFromOutside(packet, at);
    site.cases.see(host);
    // Known by address it stands for nobody's card, and may be far away.
    if (host.mac !== -1 && packet.sourceMac === host.mac) host.several.hops(hopsLeft(packet), at);
    this.#probes.pose(packet, host, source, at);
    if (site.isExcluded(remote)) return;
    this.#probes.syn(packet, host, at);
    this.#flows.called(packet, host, at);
    const stopped = packet.mark === "stopped";
    const attempt = this.#attempt;
    attempt.source = source;
    attempt.remote = remote;
    attempt.port = port;
    attempt.sourcePort = sourcePort;
    attempt.at = at;
    attempt.stopped = stopped;
    const contact = this.#contacts.attempt(host, attempt, site.factsOf);
    if (contact?.attempts === 1) site.hosts.countContact(host, source);
    if (!stopped) this.#askLine(host, contact ?? this.#contacts.find(host, remote, portClassOf(port)), sourcePort, at);
  }

  synAck(packet: Packet, at: number): void {
    const site = this.#site;
    const answerer = addressKey(packet, "source");
    const asker = addressKey(packet, "destination");
    const host = site.hosts.byAddress(asker);
    if (host === undefined || !site.isSelfMade(packet, host, answerer)) this.#flows.answered(packet, "established", at);
    if (host !== undefined && !site.isSelfMade(packet, host, answerer)) {
      site.hosts.confirmAddress(packet.destinationMac, asker);
      this.#answer(host, packet, "established", at);
      site.cases.of(host).opens(answerer, "tcp", packet.sourcePort);
    }
    const server = site.hosts.sender(packet.sourceMac, answerer, packet.side, at);
    if (server === null) return;
    site.cases.of(server).serves(packet.sourcePort);
    server.kind = strongerClue(server.kind, clueOfPort(packet.sourcePort));
    const wasCalled = this.#mailCallers.get(asker) === answerer;
    const serves =
      wasCalled && packet.sourcePort === smtpPort && placeOf(answerer, asker, site.localNets) !== "neighbour";
    if (!serves) return;
    // Where one address stands for many, that one of them serves excuses none of the others.
    if (server.isMany) server.takesMail = true;
    else if (earnRole(server, "mail-server")) site.cases.touch(server);
  }

  /** Whether there is a contact that it refuses. */
  refusal(packet: Packet, at: number): boolean {
    this.#flows.answered(packet, "refused", at);
    const host = this.#site.hosts.byAddress(addressKey(packet, "destination"));
    if (host === undefined) return false;
    return this.#answer(host, packet, "refused", at);
  }

  icmpError(packet: Packet, at: number): void {
    const failure = contactFailureOf(packet);
    if (failure === null || !parseQuoted(packet, this.#quoted)) return;
    const host = this.#site.hosts.byAddress(addressKey(this.#quoted, "source"));
    if (host === undefined) return;
    const remote = addressKey(this.#quoted, "destination");
    const outcome = this.#failureOutcome(packet, host, remote, failure);
    this.#flows.failed(this.#quoted, outcome, at);
    if (this.#quoted.protocol !== protocols.tcp) {
      this.#probes.failed(host, this.#quoted, remote, outcome, at);
      return;
    }
    const contact = this.#contacts.find(host, remote, portClassOf(this.#quoted.destinationPort));
    if (contact === undefined) return;
    this.#site.oneSided.answered();
    this.#contacts.settle(host, contact, outcome, at);
  }

  #listener(contactConfirmed: JudgeOptions["contactConfirmed"]): ContactListener<Host> {
    const { oneSided, destinations, line, troubles, cases } = this.#site;
    return {
      opened: (host: Host, contact: Contact) => {
        host.contacts += 1;
        this.#count += 1;
        oneSided.contacted();
        destinations.note(host.key, contact);
        line.contacted(host, contact.openedAt);
        if (contact.place !== "neighbour") troubles.opened(host, contact.openedAt);
        cases.of(host).opened(contact);
      },
      repeated: (host: Host, contact: Contact, port: number) => cases.of(host).repeated(contact, port),
      settled: (host: Host, contact: Contact, before: Outcome) => cases.of(host).settled(contact, before),
      confirmed: (host: Host, contact: Contact) => {
        contactConfirmed?.(contact, line.answeredAt(host) >= contact.openedAt);
        cases.of(host).confirmed(contact);
      },
    };
  }

  #noteMailCaller(source: AddressKey, remote: AddressKey): void {
    this.#mailCallers.delete(source);
    this.#mailCallers.set(source, remote);
    if (this.#mailCallers.size <= mailCallersKept) return;
    for (const oldest of this.#mailCallers.keys()) {
      this.#mailCallers.delete(oldest);
      return;
    }
  }

  /** Only what can be expected to answer says something of the line when it does not. */
  #askLine(host: Host, contact: Contact | undefined, sourcePort: number, at: number): void {
    if (contact === undefined || contact.place !== "outside") return;
    if (contact.portClass === "mail" || isPropagationClass(contact.portClass)) return;
    if (contact.resolution === "resolved" || contact.answeredAt > 0) {
      this.#site.line.asked(host, "contact", contact.remote, at);
      this.#site.checks.called(contact.remote, sourcePort, at);
    }
  }

  #answer(host: Host, packet: Packet, outcome: "established" | "refused", at: number): boolean {
    const answerer = addressKey(packet, "source");
    const port = packet.sourcePort;
    if (!this.#site.localNets.contains(answerer)) {
      this.#site.line.answered(host, at, answerer);
      this.#site.checks.callAnswered(answerer, packet.destinationPort, at);
    }
    const contact = this.#contacts.find(host, answerer, portClassOf(port));
    if (contact === undefined) return false;
    // What a machine of the site answers to strangers is no answer to the site: it is the direction that is captured.
    this.#site.oneSided.answered();
    // A repeated SYN cannot be told from the first, so only a first and single attempt is measured.
    if (contact.attempts === 1 && contact.answeredAt === 0) this.#site.roundTrip.measure(at - contact.openedAt);
    this.#contacts.settle(host, contact, outcome, at);
    return true;
  }

  /** What an ICMP error makes of the contact that it quotes. */
  #failureOutcome(packet: Packet, host: Host, remote: AddressKey, failure: "forbidden" | "unreachable"): Outcome {
    const { localNets, line } = this.#site;
    const sender = addressKey(packet, "source");
    // What the target itself forbids is its answer; what the host tells of itself is none.
    const isOurs = localNets.contains(sender) && sender !== remote && !this.#site.isSelfMade(packet, host, remote);
    if (isOurs && failure === "forbidden") return "refused-by-gateway";
    // What the gateway says of far networks while the line is dead is news of the line.
    return isOurs && line.isDead ? "line-down" : "unreachable";
  }
}
