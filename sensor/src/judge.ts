import type { HostSnapshot, LineState } from "@cordon/contract";
import type { Contact, Outcome, Place, TargetFacts } from "./connection/contact.ts";
import { ContactTable, type ContactListener } from "./connection/contact-table.ts";
import { LineByServer } from "./connection/line-by-server.ts";
import { LineHealth } from "./connection/line-health.ts";
import { contactFailureOf } from "./connection/contact-failure.ts";
import { Destinations } from "./connection/destinations.ts";
import { NameBook } from "./connection/name-book.ts";
import { OneSided } from "./connection/one-sided.ts";
import { isPropagationClass, portClassOf } from "./connection/port-class.ts";
import { RoundTrip } from "./connection/round-trip.ts";
import type { Host } from "./host/host.ts";
import { HostTable } from "./host/host-table.ts";
import { placeOf } from "./host/place.ts";
import { declaredRoles, earnRole } from "./host/role.ts";
import { defaultLimits, type JudgeCheckpoint, type JudgeLimits, type JudgeOptions } from "./judge-options.ts";
import { PayloadReader } from "./judge-payloads.ts";
import { ProbeReader } from "./judge-probes.ts";
import { addressKey, formatAddress, formatMac, parseAddress } from "./packet/address.ts";
import { NetSet } from "./packet/net-set.ts";
import {
  createPacket,
  isIcmpError,
  isPing,
  protocols,
  tcpFlags,
  type AddressKey,
  type Packet,
} from "./packet/packet.ts";
import { parseQuoted } from "./packet/quoted.ts";
import { WeirdCounter } from "./packet/weird.ts";
import { CaseBook, type Machine } from "./verdict/case-book.ts";

export type { JudgeCheckpoint, JudgeLimits, JudgeOptions } from "./judge-options.ts";

/** Silence that began shortly before anybody asked again was the line's as well. */
const outageLeadMs = 10_000;
/** Everything that time alone changes (windows, forgetting) is weighed anew this often. */
const weighAllEveryMs = 10_000;

/** Packets of several interfaces may lie this much out of order. */
const reorderedMs = 10_000;

const smtpPort = 25;
const mailCallersKept = 1024;

/** From selected packets to verdicts; pure, its time is packet time. */
export class Judge {
  readonly #limits: JudgeLimits;
  readonly #localNets: NetSet;
  readonly #exclude = new Set<string>();
  readonly #ownMacs = new Set<string>();
  readonly #hosts: HostTable;
  readonly #cases: CaseBook;
  readonly #contacts: ContactTable<Host>;
  readonly #names: NameBook;
  readonly #line: LineHealth<Host>;
  readonly #roundTrip = new RoundTrip();
  readonly #oneSided = new OneSided();
  readonly #destinations = new Destinations();
  readonly #payloads: PayloadReader;
  readonly #probes: ProbeReader;
  readonly #quoted = createPacket();
  /** Who lately called whom on port 25 from elsewhere. */
  readonly #mailCallers = new Map<AddressKey, AddressKey>();
  #now = 0;
  /** Added to the clock's time since it was set back. */
  #shiftMs = 0;
  #startedAt = -1;
  #weighedAt = 0;
  #contactCount = 0;
  #lineTaken: LineState;

  constructor(options: JudgeOptions) {
    this.#limits = { ...defaultLimits, ...options.limits };
    const isOutsideRouter = options.isOutsideRouter ?? false;
    this.#localNets = isOutsideRouter ? new NetSet([]) : NetSet.ofSite(options.localNets);
    this.#line = isOutsideRouter ? new LineByServer() : new LineHealth();
    this.leaveOut(options);
    this.#names = new NameBook(this.#limits.names);
    this.#lineTaken = this.#line.state;
    this.#cases = new CaseBook(options.salt ?? 0, {
      answeredAt: (host) => this.#line.answeredAt(host),
      usersOf: (remote) => this.#destinations.usersOf(remote),
      isOneSided: () => this.#oneSided.isSo,
      // An IPv6 address is one machine's, for as long as it lasts.
      standsForMany: (host) => isOutsideRouter && host.isMany,
    });
    this.#hosts = new HostTable({
      localNets: this.#localNets,
      declared: declaredRoles(options.declared),
      exclude: this.#exclude,
      ownMacs: this.#ownMacs,
      isOutsideRouter,
      cap: this.#limits.hosts,
      addressesPerHost: this.#limits.addressesPerHost,
      isAccused: (host) => this.#cases.isAccused(host),
      forgotten: (host) => this.#forget(host),
    });
    this.#contacts = new ContactTable<Host>(this.#limits, this.#listener(options.contactConfirmed));
    this.#payloads = new PayloadReader({
      localNets: this.#localNets,
      hosts: this.#hosts,
      cases: this.#cases,
      names: this.#names,
      line: this.#line,
      oneSided: this.#oneSided,
      weird: options.weird ?? new WeirdCounter(),
    });
    this.#probes = new ProbeReader(
      {
        localNets: this.#localNets,
        hosts: this.#hosts,
        cases: this.#cases,
        line: this.#line,
        oneSided: this.#oneSided,
        factsOf: (source, remote, at) => this.#factsOf(source, remote, at),
        isExcluded: (remote) => this.#isExcluded(remote),
        isSelfMade: (packet, host, answerer) => this.#isSelfMade(packet, host, answerer),
      },
      this.#limits,
    );
  }

  /** One selected packet. */
  observe(packet: Packet): void {
    this.#start(packet.at);
    this.advance(packet.at);
    // A packet that is late by its own clock is judged at the time that has been reached.
    const at = this.#now;
    if (packet.mark === "flooded") this.#probes.flood(packet, at);
    else if (packet.kind === "arp") this.#arp(packet, at);
    else if (packet.kind === "ip" && !packet.isLaterFragment) this.#ip(packet, at);
    this.#cases.weighTouched(at);
  }

  /** From now on these are left out, and no others. */
  leaveOut({ exclude, ownMacs = [] }: Pick<JudgeOptions, "exclude" | "ownMacs">): void {
    this.#exclude.clear();
    for (const text of exclude) this.#exclude.add(text.toLowerCase());
    this.#ownMacs.clear();
    for (const mac of ownMacs) this.#ownMacs.add(mac.toLowerCase());
  }

  /** Time passes without packets: grace, expiry, line health. Cheap enough for every 250 ms. */
  advance(stamp: number): void {
    const at = this.#timeOf(stamp);
    if (!(at > this.#now)) return;
    this.#now = at;
    this.#contacts.advance(at, this.#roundTrip.graceMs, this.#line.isDead);
    this.#probes.advance(at, this.#roundTrip.graceMs, this.#line.isDead);
    if (this.#line.advance(at, this.#roundTrip.graceMs) && this.#line.isDead) {
      this.#contacts.neutralise(this.#line.deadSince - outageLeadMs);
      this.#probes.neutralise(this.#line.deadSince - outageLeadMs);
    }
    if (at - this.#weighedAt >= weighAllEveryMs) {
      this.#weighedAt = at;
      this.#cases.weighAll(at);
    } else {
      this.#cases.weighTouched(at);
    }
  }

  hosts(): HostSnapshot[] {
    return this.#cases.snapshots();
  }

  /** Hosts that are suspect or infected, and those with these keys that are known. */
  accusedAnd(keys: ReadonlySet<string>): HostSnapshot[] {
    return this.#cases.snapshotsOfAccusedAnd(keys);
  }

  /** Every machine that is known by its MAC, without its ledger. */
  machines(): Machine[] {
    return this.#cases.machines();
  }

  /** A machine took the place of one that is cut off: what packets alone do not tell. True where that is news. */
  succeeded(mac: string, reason: { readonly strength: number; readonly text: string }): boolean {
    const isNews = this.#cases.succeeded(mac, reason, this.#now);
    if (isNews) this.#cases.weighTouched(this.#now);
    return isNews;
  }

  /** The time of the first packet ever; null before it. */
  get startedAt(): number | null {
    return this.#startedAt < 0 ? null : this.#startedAt;
  }

  /** The time that was reached: by this machines were seen. */
  get now(): number {
    return this.#now;
  }

  /** Hosts that changed materially since last taken; mere growth of counters at most every 2 s of packet time. */
  takeChanged(): HostSnapshot[] {
    return this.#cases.takeChanged(this.#now);
  }

  line(): LineState {
    return this.#line.state;
  }

  /** The line's state where it changed since last taken, else null. */
  takeLineChange(): LineState | null {
    const state = this.#line.state;
    if (state.state === this.#lineTaken.state) return null;
    this.#lineTaken = state;
    return state;
  }

  /** First contacts of all hosts. */
  get contacts(): number {
    return this.#contactCount;
  }

  /** Whether the capture holds one direction only: machines ask, and nobody is ever answered. */
  get isOneSided(): boolean {
    return this.#oneSided.isSo;
  }

  /** The MAC of the host that has this address; null where none is known by it, or none by a MAC. */
  macOf(address: string): string | null {
    const key = parseAddress(address);
    const mac = key === null ? -1 : (this.#hosts.byAddress(key)?.mac ?? -1);
    return mac === -1 ? null : formatMac(mac);
  }

  /** MACs that carry addresses from outside, or were heard on the outside port. */
  gatewayMacs(): readonly string[] {
    return this.#hosts.gatewayMacs().map(formatMac);
  }

  checkpoint(): JudgeCheckpoint {
    const names = this.#names.newest(this.#limits.namesKept);
    return {
      version: 1,
      at: this.#now,
      startedAt: this.startedAt,
      contacts: this.#contactCount,
      line: this.#line.state,
      hosts: this.#cases.snapshots(),
      names: names.map(([address, name, at]) => [formatAddress(address), name, at]),
      gatewayMacs: this.gatewayMacs(),
    };
  }

  /** Takes up where a checkpoint stood: verdicts and ledgers stand as they were. */
  restore(checkpoint: JudgeCheckpoint): void {
    this.#now = Math.max(this.#now, checkpoint.at);
    if (checkpoint.startedAt !== null) this.#start(checkpoint.startedAt);
    this.#contactCount = checkpoint.contacts;
    this.#line.restore(checkpoint.line);
    this.#lineTaken = this.#line.state;
    for (const [address, name, at] of checkpoint.names) {
      const key = parseAddress(address);
      if (key !== null) this.#names.learn(key, name, at);
    }
    for (const mac of checkpoint.gatewayMacs) this.#hosts.markGatewayByText(mac);
    for (const snapshot of checkpoint.hosts) {
      if (snapshot.mac !== null && this.#ownMacs.has(snapshot.mac)) continue;
      const host = this.#hosts.adopt(snapshot);
      this.#cases.restore(host, snapshot, this.#now);
    }
  }

  /**
   * The judge's time never goes back: windows would stand still and grace never end. Where the clock
   * was set back (a box without a battery takes up a checkpoint from the future) time goes on from
   * what was reached, until the clock has caught up.
   */
  #timeOf(stamp: number): number {
    if (stamp >= this.#now) {
      this.#shiftMs = 0;
      return stamp;
    }
    if (this.#now - (stamp + this.#shiftMs) > reorderedMs) this.#shiftMs = this.#now - stamp;
    return stamp + this.#shiftMs;
  }

  #start(at: number): void {
    if (this.#startedAt >= 0 || at < 0) return;
    this.#startedAt = at;
    this.#names.start(at);
    this.#line.start(at);
    this.#lineTaken = this.#line.state;
  }

  #forget(host: Host): void {
    this.#contacts.forget(host);
    this.#probes.forget(host);
    this.#line.forget(host);
    this.#cases.forget(host);
  }

  #listener(contactConfirmed: JudgeOptions["contactConfirmed"]): ContactListener<Host> {
    return {
      opened: (host: Host, contact: Contact) => {
        host.contacts += 1;
        this.#contactCount += 1;
        this.#oneSided.contacted();
        this.#destinations.note(host.key, contact);
        this.#line.contacted(host, contact.openedAt);
        this.#cases.of(host).opened(contact);
      },
      repeated: (host: Host, contact: Contact) => this.#cases.of(host).repeated(contact),
      settled: (host: Host, contact: Contact, before: Outcome) => this.#cases.of(host).settled(contact, before),
      confirmed: (host: Host, contact: Contact) => {
        contactConfirmed?.(contact);
        this.#cases.of(host).confirmed(contact);
      },
    };
  }

  #arp(packet: Packet, at: number): void {
    if (packet.side === "outside") {
      this.#hosts.markGateway(packet.sourceMac);
      return;
    }
    // Whoever speaks in another card's name speaks for nobody.
    if (packet.arpOperation === 0 || packet.arpSenderMac !== packet.sourceMac) return;
    const host = this.#hosts.claim(packet.arpSenderMac, packet.arpSender, at);
    if (host === null) return;
    this.#see(host);
    // Who asks for its own address only makes sure of it (RFC 5227).
    if (packet.arpOperation === 1 && packet.arpTarget !== packet.arpSender) {
      this.#cases.sought(host, packet.arpTarget, at);
    }
  }

  #ip(packet: Packet, at: number): void {
    if (packet.protocol === protocols.tcp) this.#tcp(packet, at);
    else if (packet.protocol === protocols.udp) {
      if (!this.#payloads.udp(packet, at)) this.#probes.udp(packet, at);
    } else if (isIcmpError(packet)) this.#icmpError(packet, at);
    else if (isPing(packet)) this.#probes.ping(packet, at);
  }

  #tcp(packet: Packet, at: number): void {
    const { flags } = packet;
    if ((flags & tcpFlags.syn) !== 0) {
      if ((flags & (tcpFlags.rst | tcpFlags.fin)) !== 0) this.#probes.odd(packet, at);
      else if ((flags & tcpFlags.ack) !== 0) this.#synAck(packet, at);
      else this.#syn(packet, at);
      return;
    }
    // RFC 9293 3.10.7.1: a RST that refuses a SYN has sequence number 0.
    if ((flags & tcpFlags.rst) !== 0) {
      if (packet.sequence === 0) this.#refusal(packet, at);
      else if ((flags & tcpFlags.ack) === 0) this.#probes.stray(packet, at);
      return;
    }
    if ((flags & tcpFlags.ack) === 0) {
      this.#probes.odd(packet, at);
      return;
    }
    if (packet.payloadLength > 0 && portClassOf(packet.destinationPort) === "mail") this.#payloads.mail(packet, at);
  }

  #syn(packet: Packet, at: number): void {
    const source = addressKey(packet, "source");
    if (packet.destinationPort === smtpPort && packet.side !== "inside") {
      this.#mailCallers.delete(source);
      this.#mailCallers.set(source, addressKey(packet, "destination"));
      if (this.#mailCallers.size > mailCallersKept) {
        for (const oldest of this.#mailCallers.keys()) {
          this.#mailCallers.delete(oldest);
          break;
        }
      }
    }
    const host = this.#hosts.sender(packet.sourceMac, source, packet.side, at);
    if (host === null) return;
    this.#see(host);
    this.#probes.pose(packet, host, source, at);
    const remote = addressKey(packet, "destination");
    if (this.#isExcluded(remote)) return;
    this.#probes.syn(packet, host, at);
    const isStopped = packet.mark === "stopped";
    const contact = this.#contacts.attempt(
      host,
      { remote, port: packet.destinationPort, sourcePort: packet.sourcePort, at, stopped: isStopped },
      () => this.#factsOf(source, remote, at),
    );
    if (contact?.attempts === 1) host.contactsByAddress.set(source, (host.contactsByAddress.get(source) ?? 0) + 1);
    if (!isStopped) this.#askLine(host, remote, packet.destinationPort, at);
  }

  /** Only what can be expected to answer says something of the line when it does not. */
  #askLine(host: Host, remote: AddressKey, port: number, at: number): void {
    const contact = this.#contacts.find(host, remote, portClassOf(port));
    if (contact === undefined || contact.place !== "outside") return;
    if (contact.portClass === "mail" || isPropagationClass(contact.portClass)) return;
    if (contact.resolution === "resolved" || contact.answeredAt > 0) this.#line.asked(host, "contact", remote, at);
  }

  #synAck(packet: Packet, at: number): void {
    const answerer = addressKey(packet, "source");
    const asker = addressKey(packet, "destination");
    const host = this.#hosts.byAddress(asker);
    if (host !== undefined && !this.#isSelfMade(packet, host, answerer)) {
      this.#hosts.confirmAddress(packet.destinationMac, asker);
      this.#answer(host, answerer, packet.sourcePort, "established", at);
      this.#cases.of(host).opens(answerer, "tcp", packet.sourcePort);
    }
    const server = this.#hosts.sender(packet.sourceMac, answerer, packet.side, at);
    if (server === null) return;
    this.#cases.of(server).serves(packet.sourcePort);
    const wasCalled = this.#mailCallers.get(asker) === answerer;
    const serves =
      wasCalled && packet.sourcePort === smtpPort && placeOf(answerer, asker, this.#localNets) !== "neighbour";
    if (!serves) return;
    // Where one address stands for many, that one of them serves excuses none of the others.
    if (server.isMany) server.takesMail = true;
    else if (earnRole(server, "mail-server")) this.#cases.touch(server);
  }

  #refusal(packet: Packet, at: number): void {
    const host = this.#hosts.byAddress(addressKey(packet, "destination"));
    if (host === undefined) return;
    this.#answer(host, addressKey(packet, "source"), packet.sourcePort, "refused", at);
  }

  #answer(host: Host, answerer: AddressKey, port: number, outcome: "established" | "refused", at: number): void {
    if (!this.#localNets.contains(answerer)) this.#line.answered(host, at, answerer);
    const contact = this.#contacts.find(host, answerer, portClassOf(port));
    if (contact === undefined) return;
    // What a machine of the site answers to strangers is no answer to the site: it is the direction that is captured.
    this.#oneSided.answered();
    // A repeated SYN cannot be told from the first, so only a first and single attempt is measured.
    if (contact.attempts === 1 && contact.answeredAt === 0) this.#roundTrip.measure(at - contact.openedAt);
    this.#contacts.settle(host, contact, outcome, at);
  }

  #icmpError(packet: Packet, at: number): void {
    const failure = contactFailureOf(packet);
    if (failure === null || !parseQuoted(packet, this.#quoted)) return;
    const host = this.#hosts.byAddress(addressKey(this.#quoted, "source"));
    if (host === undefined) return;
    const remote = addressKey(this.#quoted, "destination");
    const outcome = this.#failureOutcome(packet, host, remote, failure);
    if (this.#quoted.protocol !== protocols.tcp) {
      this.#probes.failed(host, this.#quoted, remote, outcome, at);
      return;
    }
    const contact = this.#contacts.find(host, remote, portClassOf(this.#quoted.destinationPort));
    if (contact === undefined) return;
    this.#oneSided.answered();
    this.#contacts.settle(host, contact, outcome, at);
  }

  /** What an ICMP error makes of the contact that it quotes. */
  #failureOutcome(packet: Packet, host: Host, remote: AddressKey, failure: "forbidden" | "unreachable"): Outcome {
    const sender = addressKey(packet, "source");
    // What the target itself forbids is its answer; what the host tells of itself is none.
    const isOurs = this.#localNets.contains(sender) && sender !== remote && !this.#isSelfMade(packet, host, remote);
    if (isOurs && failure === "forbidden") return "refused-by-gateway";
    // What the gateway says of far networks while the line is dead is news of the line.
    return isOurs && this.#line.isDead ? "line-down" : "unreachable";
  }

  #isExcluded(remote: AddressKey): boolean {
    return this.#exclude.size > 0 && this.#exclude.has(formatAddress(remote));
  }

  /** An answer in the name of a machine beyond the line that comes from this side of it, or from the asker's own card. */
  #isSelfMade(packet: Packet, host: Host, answerer: AddressKey): boolean {
    if (packet.sourceMac !== -1 && packet.sourceMac === host.mac) return true;
    return packet.side === "inside" && !this.#localNets.contains(answerer);
  }

  #factsOf(source: AddressKey, remote: AddressKey, at: number): TargetFacts {
    const place: Place = placeOf(source, remote, this.#localNets);
    const name = this.#names.nameOf(remote, at);
    const seen = this.#names.resolutionOf(remote, at);
    // The site's own names never leave it: of a private target that nobody was seen to look up nothing is known.
    const isHidden = this.#oneSided.isSo || (place !== "outside" && seen === "unresolved");
    const resolution = isHidden ? "unknown" : seen;
    return { place, name, resolution };
  }

  /** Makes a case for a host that has none yet, so that it is listed. */
  #see(host: Host | null): void {
    if (host !== null) this.#cases.see(host);
  }
}
