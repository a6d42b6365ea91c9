import { encode, type Answer } from "dns-packet";
import type { HostSnapshot } from "@cordon/contract";
import type { Mark, Side } from "./capture/frame.ts";
import { Judge, type JudgeOptions } from "./judge.ts";
import { readMac } from "./packet/bytes.ts";
import { aFrame, arp, ethernet, icmp, ipv4, ipv6, mac, tcp, text, udp } from "./packet/frame-builder.ts";
import { createPacket, protocols, tcpFlags } from "./packet/packet.ts";
import { parseFrame } from "./packet/parse.ts";
import { WeirdCounter } from "./packet/weird.ts";

/**
 * Plays an office to a judge, packet by packet, for tests. Hosts are `192.168.1.<number>` with a MAC
 * that ends in the number; everything outside comes through the gateway's card.
 */

const gatewayMac = 0x0200_0000_fe01;
const gatewayAddress = "192.168.1.1";
export const providerResolver = "198.51.100.53";

export interface SynFields {
  readonly at: number;
  readonly to: string;
  readonly port: number;
  readonly sourcePort?: number;
  /** Default: drawn for each connection, as stacks do. */
  readonly sequence?: number;
  /** Default: SYN. */
  readonly flags?: number;
  readonly mark?: Mark;
  /** The address it is sent from; default: the host's own. */
  readonly source?: string;
  readonly mac?: number;
}

export interface ContactFields extends SynFields {
  /** What comes back; default nothing. */
  readonly outcome?: "answered" | "refused" | "silent";
  /** Milliseconds until it does; default 30. */
  readonly afterMs?: number;
}

export function hostMac(host: number): number {
  return 0x0200_0000_0000 + host;
}

export function hostAddress(host: number): string {
  return `192.168.1.${host}`;
}

/** The key a host of the scene has. */
export function hostKey(host: number): string {
  return `02:00:00:00:00:${host.toString(16).padStart(2, "0")}`;
}

/** A stranger's address: the same for the same number, each in a /24 of its own. */
export function stranger(index: number): string {
  return `${11 + (index % 89)}.${Math.floor(index / 89) % 256}.${(index * 7) % 256}.${1 + ((index * 13) % 250)}`;
}

interface Happening {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly side: Side;
  readonly mark: Mark;
}

export class Scene {
  readonly judge: Judge;
  readonly #packet = createPacket();
  readonly #weird = new WeirdCounter();
  readonly #hasSides: boolean;
  readonly #sourcePorts = new Map<number, number>();
  /** Collected, then played in the order of time. */
  #happenings: Happening[] = [];
  #dnsId = 0;

  /** Frames have sides where the box stands outside the router, and come from a capture that has none elsewhere. */
  constructor(options: Partial<JudgeOptions> = {}) {
    this.#hasSides = options.isOutsideRouter ?? false;
    this.judge = new Judge({ localNets: [], declared: [], exclude: [], ...options });
  }

  syn(host: number, fields: SynFields): void {
    const source = fields.source ?? hostAddress(host);
    const sourcePort = this.#sourcePort(host, fields);
    const sequence = fields.sequence ?? sequenceOf(`${source}:${sourcePort}>${fields.to}:${fields.port}`);
    const bytes = tcp({ sourcePort, destinationPort: fields.port, sequence, flags: fields.flags ?? tcpFlags.syn });
    this.#add(fields.at, this.#outward(host, source, fields.to, protocols.tcp, bytes, fields.mac), fields.mark);
  }

  /** A SYN of IPv6; sent by whoever routes for the site where no host is named. */
  syn6(fields: Omit<SynFields, "source" | "mac" | "mark"> & { readonly from: string; readonly host?: number }): void {
    const sourcePort = this.#sourcePort(fields.host ?? 0, fields);
    const sequence = fields.sequence ?? sequenceOf(`${fields.from}:${sourcePort}>${fields.to}:${fields.port}`);
    const segment = tcp({ destinationPort: fields.port, sourcePort, sequence });
    const packet = ipv6(protocols.tcp, segment, { source: fields.from, destination: fields.to });
    this.#add(fields.at, ethernet(0x86dd, packet, hostMac(fields.host ?? 0), gatewayMac));
  }

  /** A SYN and what becomes of it. */
  contact(host: number, fields: ContactFields): void {
    const sourcePort = this.#sourcePort(host, fields);
    this.syn(host, { ...fields, sourcePort });
    if (fields.outcome === undefined || fields.outcome === "silent") return;
    const flags = fields.outcome === "answered" ? tcpFlags.syn | tcpFlags.ack : tcpFlags.rst | tcpFlags.ack;
    const sequence = fields.outcome === "answered" ? 77 : 0;
    const back = tcp({ sourcePort: fields.port, destinationPort: sourcePort, flags, sequence });
    this.inward(host, fields.at + (fields.afterMs ?? 30), fields.to, protocols.tcp, back, fields);
  }

  /** A packet to a host from any address. */
  inward(
    host: number,
    at: number,
    from: string,
    protocol: number,
    payload: readonly number[],
    to: { readonly source?: string; readonly mac?: number } = {},
  ): void {
    const destination = to.source ?? hostAddress(host);
    const card = isNeighbour(from) ? hostMac(Number(from.split(".")[3])) : gatewayMac;
    this.#add(
      at,
      ethernet(0x0800, ipv4(protocol, payload, { source: from, destination }), card, to.mac ?? hostMac(host)),
    );
  }

  /** A datagram, and one in return where it is answered. */
  datagram(
    host: number,
    fields: Omit<ContactFields, "sequence" | "flags" | "outcome"> & { readonly outcome?: "answered" | "silent" },
  ): void {
    const sourcePort = fields.sourcePort ?? 40_000;
    const source = fields.source ?? hostAddress(host);
    const packet = this.#outward(host, source, fields.to, protocols.udp, udp(sourcePort, fields.port), fields.mac);
    this.#add(fields.at, packet, fields.mark);
    if (fields.outcome !== "answered") return;
    this.inward(host, fields.at + (fields.afterMs ?? 30), fields.to, protocols.udp, udp(fields.port, sourcePort));
  }

  /** A packet of any protocol over IP. */
  bare(
    host: number,
    fields: {
      readonly at: number;
      readonly to: string;
      readonly protocol: number;
      readonly payload?: readonly number[];
    },
  ): void {
    this.#add(fields.at, this.#outward(host, hostAddress(host), fields.to, fields.protocol, fields.payload ?? []));
  }

  ping(
    host: number,
    fields: { readonly at: number; readonly to: string; readonly outcome?: "answered"; readonly mark?: Mark },
  ): void {
    this.#add(fields.at, this.#outward(host, hostAddress(host), fields.to, protocols.icmp, icmp(8, 0)), fields.mark);
    if (fields.outcome === "answered") this.inward(host, fields.at + 20, fields.to, protocols.icmp, icmp(0, 0));
  }

  /** A question for a name that does not exist. */
  missName(host: number, fields: { readonly at: number; readonly name: string }): void {
    this.#ask(host, fields.at, fields.name, "A", [], providerResolver, 3);
  }

  /** A host answers a contact from outside on its own port. */
  serves(
    host: number,
    fields: { readonly at: number; readonly client: string; readonly port: number; readonly isCallCaptured?: false },
  ): void {
    const call = tcp({ sourcePort: 4000, destinationPort: fields.port });
    if (fields.isCallCaptured !== false) this.inward(host, fields.at, fields.client, protocols.tcp, call);
    const flags = tcpFlags.syn | tcpFlags.ack;
    const answer = tcp({ sourcePort: fields.port, destinationPort: 4000, flags });
    this.#add(fields.at + 1, this.#outward(host, hostAddress(host), fields.client, protocols.tcp, answer));
  }

  /** A question for a name; `addresses` null stands for no answer at all. */
  lookUp(
    host: number,
    fields: {
      readonly at: number;
      readonly name: string;
      readonly addresses: readonly string[] | null;
      readonly resolver?: string;
    },
  ): void {
    const type = fields.addresses?.[0]?.includes(":") === true ? "AAAA" : "A";
    const answers = fields.addresses?.map((data): Answer => ({ type, name: fields.name, ttl: 60, data }));
    this.#ask(host, fields.at, fields.name, type, answers ?? null, fields.resolver ?? providerResolver);
  }

  /** A question for the mail exchangers of a domain. */
  lookUpMx(host: number, fields: { readonly at: number; readonly domain: string; readonly exchange: string }): void {
    const data = { preference: 10, exchange: fields.exchange };
    const answers: Answer[] = [{ type: "MX", name: fields.domain, ttl: 60, data }];
    this.#ask(host, fields.at, fields.domain, "MX", answers, providerResolver);
  }

  /** Lines that a mail client sends. */
  says(
    host: number,
    fields: { readonly at: number; readonly to: string; readonly port?: number; readonly line: string },
  ) {
    const flags = tcpFlags.psh | tcpFlags.ack;
    const bytes = tcp({ destinationPort: fields.port ?? 25, flags }, text(`${fields.line}\r\n`));
    this.#add(fields.at, this.#outward(host, hostAddress(host), fields.to, protocols.tcp, bytes));
  }

  /** An ICMP error of the gateway or of a stranger about a SYN of the host. */
  icmpError(
    host: number,
    fields: {
      readonly at: number;
      readonly from?: string;
      readonly code: number;
      readonly to: string;
      readonly port: number;
    },
  ): void {
    const quoted = ipv4(protocols.tcp, tcp({ destinationPort: fields.port }).slice(0, 8), {
      source: hostAddress(host),
      destination: fields.to,
      totalLength: 40,
    });
    this.inward(host, fields.at, fields.from ?? gatewayAddress, protocols.icmp, icmp(3, fields.code, quoted));
  }

  arpRequest(host: number, fields: { readonly at: number; readonly target: string; readonly mac?: number }): void {
    const card = fields.mac ?? hostMac(host);
    const bytes = arp(1, card, hostAddress(host), fields.target);
    this.#add(fields.at, ethernet(0x0806, bytes, card, 0xffff_ffff_ffff));
  }

  /** A host asks for its address and says its name. */
  dhcp(host: number, fields: { readonly at: number; readonly name: string }): void {
    const header = [
      1,
      1,
      6,
      0,
      ...new Array<number>(24).fill(0),
      ...mac(hostMac(host)),
      ...new Array<number>(202).fill(0),
    ];
    const options = [99, 130, 83, 99, 53, 1, 3, 12, fields.name.length, ...text(fields.name), 255];
    const packet = udp(68, 67, [...header, ...options]);
    const ip = ipv4(protocols.udp, packet, { source: "0.0.0.0", destination: "255.255.255.255" });
    this.#add(fields.at, ethernet(0x0800, ip, hostMac(host), 0xffff_ffff_ffff));
  }

  /** A page: a name looked up and its address called, answered unless said otherwise. */
  page(
    host: number,
    fields: { readonly at: number; readonly site: number; readonly outcome?: "answered" | "silent" },
  ): void {
    const to = stranger(5000 + fields.site);
    this.lookUp(host, { at: fields.at, name: `www.site${fields.site}.example`, addresses: [to] });
    this.contact(host, { at: fields.at + 40, to, port: 443, outcome: fields.outcome ?? "answered" });
  }

  /** Any frame; from nowhere in particular where no side is given. */
  frame(at: number, bytes: Uint8Array, side: Side = null): void {
    this.#happenings.push({ at, bytes, side, mark: "seen" });
  }

  /** What was collected and is not played yet, in the order of time. */
  frames(): readonly { readonly at: number; readonly bytes: Uint8Array }[] {
    return this.#happenings.toSorted((one, other) => one.at - other.at);
  }

  /** Plays what was collected, and lets time pass until `until`. */
  play(until?: number): this {
    const happenings = this.#happenings.sort((a, b) => a.at - b.at);
    this.#happenings = [];
    for (const happening of happenings) {
      this.judge.advance(happening.at);
      parseFrame(aFrame(happening.bytes, happening), this.#packet, this.#weird);
      this.judge.observe(this.#packet);
    }
    if (until === undefined) return this;
    const last = happenings.at(-1)?.at ?? until;
    for (let at = last; at <= until; at += 250) this.judge.advance(at);
    return this;
  }

  host(number: number): HostSnapshot {
    return this.hostByKey(hostKey(number));
  }

  hostByKey(key: string): HostSnapshot {
    const found = this.judge.hosts().find((snapshot) => snapshot.host === key);
    if (found === undefined) throw new RangeError(`no host ${key} in this scene`);
    return found;
  }

  #ask(
    host: number,
    at: number,
    name: string,
    type: "A" | "AAAA" | "MX",
    answers: Answer[] | null,
    resolver: string,
    rcode = 0,
  ): void {
    this.#dnsId += 1;
    const question = encode({ type: "query", id: this.#dnsId, questions: [{ type, name }] });
    const query = udp(5353 + (this.#dnsId % 1000), 53, [...question]);
    this.#add(at, this.#outward(host, hostAddress(host), resolver, protocols.udp, query));
    if (answers === null) return;
    const response = encode({
      type: "response",
      id: this.#dnsId,
      flags: rcode,
      questions: [{ type, name }],
      answers,
    });
    this.inward(host, at + 20, resolver, protocols.udp, udp(53, 5353 + (this.#dnsId % 1000), [...response]));
  }

  #outward(
    host: number,
    source: string,
    destination: string,
    protocol: number,
    payload: readonly number[],
    card = hostMac(host),
  ): Uint8Array {
    const next = isNeighbour(destination) ? hostMac(Number(destination.split(".")[3])) : gatewayMac;
    return ethernet(0x0800, ipv4(protocol, payload, { source, destination }), card, next);
  }

  #sourcePort(host: number, fields: Pick<SynFields, "sourcePort">): number {
    if (fields.sourcePort !== undefined) return fields.sourcePort;
    const next = (this.#sourcePorts.get(host) ?? 49_151) + 1;
    this.#sourcePorts.set(host, next);
    return next;
  }

  #add(at: number, bytes: Uint8Array, mark: Mark = "seen"): void {
    const side: Side = !this.#hasSides ? null : readMac(bytes, 6) === gatewayMac ? "outside" : "inside";
    this.#happenings.push({ at, bytes, side, mark });
  }
}

/** The same for the same connection (RFC 6528). */
function sequenceOf(connection: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < connection.length; index += 1) {
    hash = Math.imul(hash ^ connection.charCodeAt(index), 0x0100_0193);
  }
  return hash >>> 0;
}

function isNeighbour(address: string): boolean {
  return address.startsWith("192.168.1.") && address !== gatewayAddress;
}

/** A start that no test depends on: a Monday morning. */
export const monday = Date.UTC(2024, 0, 8, 8, 0, 0);

/** The line of a kind in a host's ledger; undefined where there is none. */
export function lineOf(snapshot: HostSnapshot, kind: string): HostSnapshot["evidence"][number] | undefined {
  return snapshot.evidence.find((line) => line.kind === kind);
}

/** An office at work: each host opens a page every four seconds. */
export function officeAtWork(
  scene: Scene,
  hosts: readonly number[],
  from: number,
  to: number,
  outcome: "answered" | "silent",
) {
  let site = 0;
  for (let at = from; at < to; at += 4000) {
    for (const [index, host] of hosts.entries()) {
      site += 1;
      const when = at + index * 311;
      if (outcome === "answered") scene.page(host, { at: when, site });
      // The line is cut: names known from before are called in vain, new ones are not even resolved.
      else {
        scene.lookUp(host, { at: when, name: `new${site}.example`, addresses: null });
        scene.contact(host, { at: when + 40, to: stranger(5000 + ((site % hosts.length) + 1)), port: 443 });
        scene.contact(host, { at: when + 80, to: stranger(9000 + site), port: 443 });
      }
    }
  }
}
