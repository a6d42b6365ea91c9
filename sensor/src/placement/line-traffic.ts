import type { Side } from "../capture/frame.ts";
import { addressKey, isGroupMac, parseMac } from "../packet/address.ts";
import { readByte, readUint16 } from "../packet/bytes.ts";
import { NetSet, privateNets } from "../packet/net-set.ts";
import { networkOffset, protocols, tcpFlags, type AddressKey, type Packet } from "../packet/packet.ts";
import { Recent } from "./recent.ts";

/** What came in by one port of late. Counts are of different ones, and end at 64. */
export interface PortFacts {
  /** Machines that asked from addresses of the site for others. */
  readonly askers: number;
  /** Those of them that pass on what others ask, as routers do. */
  readonly forwarders: number;
  /** Addresses that are not the site's and answered those that are. */
  readonly answerers: number;
  /** Of what passes between addresses that are none of the site's (IPv4): who asks, and whom. */
  readonly publicAskers: number;
  readonly publicTargets: number;
  /** Whether anything came that was for one machine alone, or for many. */
  readonly hasUnicast: boolean;
  readonly hasGroup: boolean;
  /** For how long there have been frames for many (ms); 0 where there were none of late. */
  readonly groupForMs: number;
  /** How long ago the last frame came that was for one machine alone, other than the box (ms). */
  readonly unicastAgoMs: number;
  /** For how long nothing came although the other side wanted something all the while (ms); 0 where that is not so. */
  readonly silentMs: number;
  /** Machines that the bridge's address table has on this port; null where it was not read. */
  readonly tableMachines: number | null;
}

/** What the line looks like from the box. */
export interface LineFacts {
  readonly inside: PortFacts;
  readonly outside: PortFacts;
  /** Machines that were seen on both sides within seconds. */
  readonly onBothSides: number;
  /** Whether the kernel stopped frames that came again after they had been carried both ways. */
  readonly hasLoopedFrames: boolean;
  /** Whether frames that the box itself had sent came back to it. */
  readonly hasOwnFrames: boolean;
  /** Machines that give the box what is for the Internet. */
  readonly routedByBox: number;
  readonly hasPppoe: boolean;
  /** Whether frames came of which nobody said by which port. */
  readonly hasUnsided: boolean;
}

/** One line of the bridge's address table. */
export interface TableEntry {
  readonly mac: string;
  readonly port: string;
  readonly isOwn: boolean;
}

export interface LineTrafficOptions {
  /** The site's addresses as CIDR; empty stands for the private ranges, which are the site's in any case. */
  readonly localNets: readonly string[];
  readonly ports: { readonly inside: string; readonly outside: string };
  /** Whether there is one port, by which both directions come: frames of no side then count as its. Default false. */
  readonly hasOnePort?: boolean;
  /** Whether the box routes, so that all from beyond comes to the machines in its own name. Default false. */
  readonly isRouter?: boolean;
}

// Directions are judged by this much of the newest traffic that has one: a quiet night changes nothing.
const windowMs = 120_000;
// A machine that changes sides within this time did not walk.
const bothSidesMs = 5000;
// What a loop shows, it shows all the time.
const loopMs = 30_000;
// One machine that throws frames back a few times is no loop yet.
const leastLooped = 5;
const countedKeys = 64;
const sendersKept = 1024;
// So few may be lost, or be meant for a machine that has just gone.
const unansweredLeast = 10;

interface Port {
  readonly askers: Recent<number>;
  readonly forwarders: Recent<number>;
  readonly answerers: Recent<AddressKey>;
  readonly publicAskers: Recent<AddressKey>;
  readonly publicTargets: Recent<AddressKey>;
  readonly senders: Recent<number>;
  hasUnicast: boolean;
  hasGroup: boolean;
  unicastAt: number;
  groupFrom: number;
  groupAt: number;
  lastAt: number;
  /** What the other side wanted since this one last spoke. */
  unanswered: number;
  unansweredAt: number;
  tableMachines: number | null;
}

function createPort(): Port {
  return {
    askers: new Recent(countedKeys),
    forwarders: new Recent(countedKeys),
    answerers: new Recent(countedKeys),
    publicAskers: new Recent(countedKeys),
    publicTargets: new Recent(countedKeys),
    senders: new Recent(sendersKept),
    hasUnicast: false,
    hasGroup: false,
    unicastAt: Number.NEGATIVE_INFINITY,
    groupFrom: Number.POSITIVE_INFINITY,
    groupAt: Number.NEGATIVE_INFINITY,
    lastAt: Number.NEGATIVE_INFINITY,
    unanswered: 0,
    unansweredAt: Number.NEGATIVE_INFINITY,
    tableMachines: null,
  };
}

/**
 * Collects from the frames that are handed up, and from the bridge's address table, what tells where the
 * box stands. Time is packet time; tables are bounded. What it means is said elsewhere.
 */
export class LineTraffic {
  readonly #options: LineTrafficOptions;
  readonly #siteNets: NetSet;
  readonly #ports = { inside: createPort(), outside: createPort() };
  readonly #bothSides = new Recent<number>(countedKeys);
  readonly #routed = new Recent<number>(countedKeys);
  #ownMacs: ReadonlySet<number> = new Set();
  #sides: ReadonlyMap<number, "inside" | "outside"> = new Map();
  #startedAt = Number.POSITIVE_INFINITY;
  #directedAt = Number.NEGATIVE_INFINITY;
  /** Null before the first count, since what was stopped before is no news. */
  #looped: number | null = null;
  readonly #loopedOfLate = new Recent<number>(countedKeys);
  #ownAt = Number.NEGATIVE_INFINITY;
  #pppoeAt = Number.NEGATIVE_INFINITY;
  #hasUnsided = false;

  constructor(options: LineTrafficOptions) {
    this.#options = options;
    this.#siteNets = new NetSet([...options.localNets, ...privateNets]);
  }

  /** The MACs of the box on the line. */
  setOwnMacs(macs: readonly string[]): void {
    this.#ownMacs = new Set(macs.flatMap((mac) => parseMac(mac) ?? []));
  }

  /** One packet that was handed up. */
  observe(packet: Packet): void {
    const { at, sourceMac, destinationMac } = packet;
    const side = packet.side ?? (this.#options.hasOnePort === true ? "inside" : null);
    this.#startedAt = Math.min(this.#startedAt, at);
    if (side === null) {
      this.#hasUnsided = true;
      return;
    }
    if (this.#ownMacs.has(sourceMac)) {
      if (this.#options.isRouter !== true) this.#ownAt = at;
      else if (side === "outside" && packet.kind === "ip") this.#routedIn(packet);
      return;
    }
    const port = this.#ports[side];
    const other = this.#ports[side === "inside" ? "outside" : "inside"];
    port.lastAt = at;
    port.unanswered = 0;
    if (isGroupMac(destinationMac)) {
      port.hasGroup = true;
      port.groupFrom = Math.min(port.groupFrom, at);
      port.groupAt = at;
    } else {
      port.hasUnicast = true;
      if (!this.#ownMacs.has(destinationMac)) port.unicastAt = at;
    }
    if (sourceMac !== -1) {
      port.senders.note(sourceMac, at);
      if (at - other.senders.atOf(sourceMac) <= bothSidesMs) this.#bothSides.note(sourceMac, at);
    }
    if (wants(packet, side)) {
      other.unanswered += 1;
      other.unansweredAt = at;
    }
    if (packet.kind === "ip") this.#direct(packet, port);
  }

  /** What the box gives to the bridge in its own name, because it routes: an answer from beyond shows that the outside lives. */
  #routedIn(packet: Packet): void {
    if (this.#siteNets.contains(addressKey(packet, "source"))) return;
    const { outside } = this.#ports;
    outside.lastAt = packet.at;
    outside.unanswered = 0;
  }

  #direct(packet: Packet, port: Port): void {
    const { at, sourceMac, destinationMac } = packet;
    if (isPppoe(packet)) this.#pppoeAt = at;
    // Groups and the unspecified address say nothing of who is where.
    if (isGroupMac(destinationMac) || sourceMac === -1) return;
    const source = addressKey(packet, "source");
    const destination = addressKey(packet, "destination");
    const isOurs = this.#siteNets.contains(source);
    if (isOurs !== this.#siteNets.contains(destination)) {
      // A scan from outside the router looks for private addresses too, and strangers call what is forwarded to the site.
      if (isOurs !== isAsking(packet)) return;
      this.#directedAt = Math.max(this.#directedAt, at);
      if (!isOurs) port.answerers.note(source, at);
      else if (this.#ownMacs.has(destinationMac)) this.#routed.note(sourceMac, at);
      else {
        port.askers.note(sourceMac, at);
        if (packet.family === 4 && isPassedOn(packet)) port.forwarders.note(sourceMac, at);
      }
    } else if (!isOurs && packet.family === 4 && isAsking(packet)) {
      this.#directedAt = Math.max(this.#directedAt, at);
      port.publicAskers.note(source, at);
      port.publicTargets.note(destination, at);
    }
  }

  /** How many frames of a loop the kernel has stopped so far; a count that became smaller has begun anew. */
  noteLooped(stopped: number, at: number): void {
    const before = this.#looped ?? stopped;
    this.#looped = stopped;
    const grown = stopped >= before ? stopped - before : stopped;
    for (let each = 0; each < Math.min(grown, leastLooped); each += 1) this.#loopedOfLate.note(stopped - each, at);
  }

  /** A reading of the bridge's address table. */
  learn(entries: readonly TableEntry[], at: number): void {
    const sides = new Map<number, "inside" | "outside">();
    for (const { mac, port, isOwn } of entries) {
      const key = parseMac(mac);
      if (isOwn || key === null || isGroupMac(key)) continue;
      if (port === this.#options.ports.inside) sides.set(key, "inside");
      else if (port === this.#options.ports.outside) sides.set(key, "outside");
    }
    for (const [mac, side] of sides) {
      const before = this.#sides.get(mac);
      if (before !== undefined && before !== side) this.#bothSides.note(mac, at);
    }
    this.#sides = sides;
    for (const side of ["inside", "outside"] as const) {
      this.#ports[side].tableMachines = [...sides.values()].filter((on) => on === side).length;
    }
  }

  /** What there is to see at that time (epoch ms). */
  facts(at: number): LineFacts {
    return {
      inside: this.#portFacts("inside", at),
      outside: this.#portFacts("outside", at),
      onBothSides: this.#bothSides.countSince(at - loopMs),
      hasLoopedFrames: this.#loopedOfLate.countSince(at - loopMs) >= leastLooped,
      hasOwnFrames: this.#ownAt >= at - loopMs,
      routedByBox: this.#routed.countSince(this.#directedAt - windowMs),
      hasPppoe: Number.isFinite(this.#pppoeAt) && this.#pppoeAt >= this.#directedAt - windowMs,
      hasUnsided: this.#hasUnsided,
    };
  }

  #portFacts(side: Exclude<Side, null>, at: number): PortFacts {
    const port = this.#ports[side];
    const since = this.#directedAt - windowMs;
    const quietSince = Math.max(port.lastAt, this.#startedAt);
    const hasGroupOfLate = port.groupAt >= at - windowMs;
    const isWanted = port.unanswered >= unansweredLeast && port.unansweredAt >= at - windowMs;
    return {
      askers: port.askers.countSince(since),
      forwarders: port.forwarders.countSince(since),
      answerers: port.answerers.countSince(since),
      publicAskers: port.publicAskers.countSince(since),
      publicTargets: port.publicTargets.countSince(since),
      hasUnicast: port.hasUnicast,
      hasGroup: port.hasGroup,
      groupForMs: hasGroupOfLate ? at - port.groupFrom : 0,
      unicastAgoMs: at - port.unicastAt,
      silentMs: isWanted ? Math.max(0, at - quietSince) : 0,
      tableMachines: port.tableMachines,
    };
  }
}

/** Systems begin with 64, 128 or 255 hops, and a router takes one away. */
function isPassedOn(packet: Packet): boolean {
  const hops = readByte(packet.bytes, networkOffset(packet) + 8);
  return hops === 63 || hops === 127 || hops === 254;
}

function isAsking(packet: Packet): boolean {
  if (packet.protocol === protocols.udp) return packet.destinationPort === 53;
  return packet.protocol === protocols.tcp && (packet.flags & (tcpFlags.syn | tcpFlags.ack)) === tcpFlags.syn;
}

/**
 * Whether somebody on the other side ought to answer. By the outside port only what is for one machine
 * counts: a router looks for machines that sleep.
 */
function wants(packet: Packet, side: "inside" | "outside"): boolean {
  // What we stopped did not get there.
  if (packet.mark === "stopped") return false;
  if (packet.kind === "arp") return side === "inside" && packet.arpOperation === 1;
  return packet.kind === "ip" && !isGroupMac(packet.destinationMac) && isAsking(packet);
}

/** A session's protocol field stands where Ethernet has its type (RFC 2516 4, RFC 1661 2). */
function isPppoe(packet: Packet): boolean {
  const field = readUint16(packet.bytes, networkOffset(packet) - 2);
  return field === 0x0021 || field === 0x0057;
}
