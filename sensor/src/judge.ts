import type { HostSnapshot, LineCheck, LineState } from "@cordon/contract";
import { usualProtocols } from "./capture/selection.ts";
import type { TranslatedFlow } from "./connection/flow.ts";
import { portClassOf } from "./connection/port-class.ts";
import type { PolicyChange } from "./evidence/policy-changes.ts";
import type { Host } from "./host/host.ts";
import { ConnectionReader } from "./judge-connections.ts";
import { FlowReader } from "./judge-flows.ts";
import { IdentityReader } from "./judge-identity.ts";
import { defaultLimits, type JudgeCheckpoint, type JudgeLimits, type JudgeOptions } from "./judge-options.ts";
import { PayloadReader } from "./judge-payloads.ts";
import { ProbeReader } from "./judge-probes.ts";
import { JudgeSite } from "./judge-site.ts";
import { JudgeTime } from "./judge-time.ts";
import { formatAddress, formatMac, parseAddress } from "./packet/address.ts";
import { isNeighbourDiscovery } from "./packet/neighbour.ts";
import { isIcmpError, isPing, protocols, tcpFlags, type Packet } from "./packet/packet.ts";
import type { Machine } from "./verdict/case-book.ts";

export type { JudgeCheckpoint, JudgeLimits, JudgeOptions } from "./judge-options.ts";

/** Silence that began shortly before anybody asked again was the line's as well. */
const outageLeadMs = 10_000;
/** Everything that time alone changes (windows, forgetting) is weighed anew this often. */
const weighAllEveryMs = 10_000;

/** From selected packets to verdicts; pure, its time is packet time. */
export class Judge {
  readonly #limits: JudgeLimits;
  readonly #site: JudgeSite;
  readonly #connections: ConnectionReader;
  readonly #probes: ProbeReader;
  readonly #payloads: PayloadReader;
  readonly #flows: FlowReader;
  readonly #identity: IdentityReader;
  readonly #time = new JudgeTime();
  #startedAt = -1;
  #weighedAt = 0;
  #lineTaken: LineState;

  constructor(options: JudgeOptions) {
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#site = new JudgeSite(options, this.#limits, {
      hasAnswered: (host, remote) =>
        this.#connections.hasAnswered(host, remote) || this.#probes.hasAnswered(host, remote),
      isConnected: (host, remote, port) => this.#connections.isConnected(host, remote, port),
      forgotten: (host) => this.#forget(host),
    });
    this.#lineTaken = this.#site.line.state;
    this.#identity = new IdentityReader(this.#site);
    this.#flows = new FlowReader(this.#site, options);
    this.#payloads = new PayloadReader(this.#site, this.#identity, this.#flows);
    this.#probes = new ProbeReader(this.#site, this.#limits, this.#flows);
    this.#connections = new ConnectionReader(this.#site, this.#limits, {
      ...{ probes: this.#probes, flows: this.#flows, contactConfirmed: options.contactConfirmed },
    });
  }

  /** One selected packet. */
  observe(packet: Packet): void {
    this.#start(packet.at);
    this.advance(packet.at);
    // A packet that is late by its own clock is judged at the time that has been reached.
    const at = this.#time.now;
    if (packet.mark === "flooded") this.#probes.flood(packet, at);
    else if (packet.kind === "arp") this.#arp(packet, at);
    else if (packet.kind === "ip" && !packet.isLaterFragment) this.#ip(packet, at);
    else if (packet.kind === "pppoe-discovery") this.#site.discovered(packet, at);
    this.#site.cases.weighTouched(at);
  }

  /** From now on these are left out, and no others. */
  leaveOut(names: Pick<JudgeOptions, "exclude" | "ownMacs">): void {
    this.#site.leaveOut(names);
  }

  /**
   * What persons say that machines are for, beside what the options say: all of it. Of a host of which it is something else the
   * ledger begins anew, unless what is known of it was weighed by these rules already, as after a restart.
   */
  declareDuties(duties: NonNullable<JudgeOptions["duties"]>, { keepsPast = false } = {}): void {
    for (const host of this.#site.declareDuties(duties))
      this.#site.cases.beginAnew(host, this.#time.now, { keepsPast });
  }

  /** We changed what we let through: what machines do next may be its consequence. */
  policyChanged(change: PolicyChange): void {
    this.#site.policy.note(change);
  }

  /** Time passes without packets: grace, expiry, line health. Cheap enough for every 250 ms. */
  advance(stamp: number): void {
    if (!this.#time.goOn(stamp)) return;
    const at = this.#time.now;
    const { line, troubles, cases, roundTrip } = this.#site;
    this.#connections.advance(at, roundTrip.graceMs, line.isDead);
    this.#probes.advance(at, roundTrip.graceMs, line.isDead);
    if (line.advance(at, roundTrip.graceMs) && line.isDead) {
      this.#connections.neutralise(line.deadSince - outageLeadMs);
      this.#probes.neutralise(line.deadSince - outageLeadMs);
      this.#flows.neutralise(line.deadSince - outageLeadMs);
    }
    this.#flows.advance(at);
    troubles.advance(at, line.silentVoices);
    if (at - this.#weighedAt >= weighAllEveryMs) {
      this.#weighedAt = at;
      cases.weighAll(at);
    } else {
      cases.weighTouched(at);
    }
  }

  /** The kernel's connection tracking told of a connection that this box translates. */
  translated(event: TranslatedFlow): void {
    this.#flows.translated(event);
  }

  /** Tells of all connections that were not told of yet: no more packets will come. */
  close(): void {
    this.#flows.close();
  }

  hosts(): HostSnapshot[] {
    return this.#site.cases.snapshots();
  }

  /** Hosts that are suspect or infected, and those with these keys that are known. */
  accusedAnd(keys: ReadonlySet<string>): HostSnapshot[] {
    return this.#site.cases.snapshotsOfAccusedAnd(keys);
  }

  /** Every machine that is known by its MAC, without its ledger. */
  machines(): Machine[] {
    return this.#site.cases.machines();
  }

  /** A machine took the place of one that is cut off: what packets alone do not tell. True where that is news. */
  succeeded(mac: string, reason: { readonly strength: number; readonly text: string }): boolean {
    const isNews = this.#site.cases.succeeded(mac, reason, this.#time.now);
    if (isNews) this.#site.cases.weighTouched(this.#time.now);
    return isNews;
  }

  /** The time of the first packet ever; null before it. */
  get startedAt(): number | null {
    return this.#startedAt < 0 ? null : this.#startedAt;
  }

  /** The time that was reached: by this machines were seen. */
  get now(): number {
    return this.#time.now;
  }

  /** Hosts that changed materially since last taken; mere growth of counters at most every 2 s of packet time. */
  takeChanged(): HostSnapshot[] {
    return this.#site.cases.takeChanged(this.#time.now);
  }

  line(): LineState {
    const { line, troubles } = this.#site;
    const { trouble } = troubles;
    if (trouble === null) return line.state;
    // Of a line that is choked now one answer comes through, now none: it is neither well nor dead.
    if (trouble.kind === "choked") return { state: "degraded", since: trouble.since, text: trouble.text, trouble };
    return { ...line.state, trouble };
  }

  /** What answers on the way to the Internet, from the router outward. */
  lineChecks(): LineCheck[] {
    return this.#site.checks.checks(this.#time.now);
  }

  /** The line's state where it changed since last taken, else null. */
  takeLineChange(): LineState | null {
    const state = this.line();
    const { trouble } = this.#lineTaken;
    const isSame = state.trouble?.kind === trouble?.kind && state.trouble?.host === trouble?.host;
    if (state.state === this.#lineTaken.state && isSame) return null;
    this.#lineTaken = state;
    return state;
  }

  /** First contacts of all hosts. */
  get contacts(): number {
    return this.#connections.count;
  }

  /** Whether the capture holds one direction only: machines ask, and nobody is ever answered. */
  get isOneSided(): boolean {
    return this.#site.oneSided.isSo;
  }

  /** How much each table holds that has a cap. */
  tableSizes(): Readonly<Record<"hosts" | "cases" | "voices" | "names" | "connections" | "probes" | "flows", number>> {
    const { hosts, cases, line, names } = this.#site;
    return {
      ...{ hosts: hosts.size, cases: cases.size, voices: line.voices, names: names.size },
      ...{ connections: this.#connections.size, probes: this.#probes.size, flows: this.#flows.size },
    };
  }

  /** The MAC of the host that has this address; null where none is known by it, or none by a MAC. */
  macOf(address: string): string | null {
    const key = parseAddress(address);
    const mac = key === null ? -1 : (this.#site.hosts.byAddress(key)?.mac ?? -1);
    return mac === -1 ? null : formatMac(mac);
  }

  /** MACs that carry addresses from outside, or were heard on the outside port. */
  gatewayMacs(): readonly string[] {
    return this.#site.hosts.gatewayMacs().map(formatMac);
  }

  checkpoint(): JudgeCheckpoint {
    const names = this.#site.names.newest(this.#limits.namesKept);
    return {
      version: 1,
      at: this.#time.now,
      startedAt: this.startedAt,
      contacts: this.#connections.count,
      line: this.#site.line.state,
      hosts: this.#site.cases.snapshots(),
      names: names.map(([address, name, at]) => [formatAddress(address), name, at]),
      gatewayMacs: this.gatewayMacs(),
    };
  }

  /** Takes up where a checkpoint stood: verdicts and ledgers stand as they were. */
  restore(checkpoint: JudgeCheckpoint): void {
    this.#time.reach(checkpoint.at);
    if (checkpoint.startedAt !== null) this.#start(checkpoint.startedAt);
    this.#connections.restore(checkpoint.contacts);
    this.#site.line.restore(checkpoint.line);
    this.#lineTaken = this.#site.line.state;
    for (const [address, name, at] of checkpoint.names) {
      const key = parseAddress(address);
      if (key !== null) this.#site.names.learn(key, name, at);
    }
    for (const mac of checkpoint.gatewayMacs) this.#site.hosts.markGatewayByText(mac);
    for (const snapshot of checkpoint.hosts) {
      if (snapshot.mac !== null && this.#site.isOwnMac(snapshot.mac)) continue;
      const host = this.#site.hosts.adopt(snapshot);
      this.#site.cases.restore(host, snapshot, this.#time.now);
    }
  }

  #start(at: number): void {
    if (this.#startedAt >= 0 || at < 0) return;
    this.#startedAt = at;
    this.#site.names.start(at);
    this.#site.line.start(at);
    this.#lineTaken = this.#site.line.state;
  }

  #forget(host: Host): void {
    this.#connections.forget(host);
    this.#probes.forget(host);
    this.#site.line.forget(host);
    this.#site.troubles.forget(host);
    this.#site.cases.forget(host);
  }

  #arp(packet: Packet, at: number): void {
    this.#site.checks.arp(packet, at);
    if (packet.side === "outside") {
      this.#site.hosts.markGateway(packet.sourceMac);
      return;
    }
    // Whoever speaks in another card's name speaks for nobody.
    if (packet.arpOperation === 0 || packet.arpSenderMac !== packet.sourceMac) return;
    const host = this.#site.hosts.claim(packet.arpSenderMac, packet.arpSender, at);
    if (host === null) return;
    this.#site.cases.see(host);
    // Who asks for its own address only makes sure of it (RFC 5227).
    if (packet.arpOperation === 1 && packet.arpTarget !== packet.arpSender) {
      this.#site.cases.sought(host, packet.arpTarget, at);
    }
  }

  #ip(packet: Packet, at: number): void {
    if (packet.protocol === protocols.tcp) this.#tcp(packet, at);
    else if (packet.protocol === protocols.udp) {
      if (!this.#payloads.udp(packet, at)) this.#probes.udp(packet, at);
    } else if (isIcmpError(packet)) this.#connections.icmpError(packet, at);
    else if (isPing(packet)) this.#probes.ping(packet, at);
    else if (isNeighbourDiscovery(packet)) this.#identity.neighbour(packet, at);
    else if (!usualProtocols.includes(packet.protocol)) this.#probes.other(packet, at);
  }

  #tcp(packet: Packet, at: number): void {
    const { flags } = packet;
    if ((flags & tcpFlags.syn) !== 0) {
      if ((flags & (tcpFlags.rst | tcpFlags.fin)) !== 0) this.#probes.odd(packet, at);
      else if ((flags & tcpFlags.ack) !== 0) this.#connections.synAck(packet, at);
      else this.#connections.syn(packet, at);
      return;
    }
    // RFC 9293 3.10.7.1: a RST that refuses a SYN has sequence number 0. One that answers a segment of no connection has
    // no ACK, and as number what that acknowledged, which may be 0 as well.
    if ((flags & tcpFlags.rst) !== 0) {
      const isRefusal = packet.sequence === 0 && this.#connections.refusal(packet, at);
      if (!isRefusal && (flags & tcpFlags.ack) === 0) this.#probes.stray(packet, at);
      return;
    }
    if ((flags & tcpFlags.ack) === 0) {
      this.#probes.odd(packet, at);
      return;
    }
    if ((flags & tcpFlags.fin) !== 0) this.#flows.closes(packet, at);
    if (packet.payloadLength > 0 && portClassOf(packet.destinationPort) === "mail") this.#payloads.mail(packet, at);
  }
}
