import type { AddressKey } from "../packet/packet.ts";
import { AddressRing, noPlace } from "./address-ring.ts";
import type { Detector, Finding, Knock } from "./detector.ts";
import { decisionLifeMs, portScan } from "./likelihoods.ts";
import { PortTally, portsKept } from "./port-tally.ts";
import { answeredWords, duration } from "./words.ts";

/** Machines watched at once per host. */
const targetsKept = 64;
/** Bits of what is known of a target. */
const traits = { isOwn: 1, isOpen: 2 } as const;
const offsets = { tcp: 0, udp: 65_536, sctp: 131_072 } as const;
const firstFreePort = 1024;

/** Where traceroute by UDP begins, and how far three packets for each of 30 hops lead. */
const tracerouteFirst = 33_434;
const tracerouteLast = 33_534;

/**
 * Going through the ports of one machine, whatever the packets look like. Only destination ports
 * count: the source port of a program that tries again rises by itself.
 */
export class PortScan implements Detector {
  readonly manners: readonly Knock["manner"][] = ["syn", "odd", "stray", "datagram"];
  readonly #targets = new AddressRing(targetsKept);
  /** By place of a target: the port it was tried on first, and when that was first and last. Nearly all have no other. */
  readonly #firstPort = new Int32Array(targetsKept);
  readonly #firstAt = new Float64Array(targetsKept);
  readonly #lastAt = new Float64Array(targetsKept);
  readonly #traits = new Uint8Array(targetsKept);
  /** Of those that have: all of their ports. */
  readonly #tallies = new Array<PortTally | null>(targetsKept).fill(null);
  /** Those whose ports were gone through, with their places; nearly always none. */
  readonly #decided = new Map<PortTally, number>();
  /** Own ports that answer others. */
  readonly #served = new Set<number>();

  knocked(knock: Knock): boolean {
    const key = portKey(knock);
    // Clients that hang up on a server come from as many ports; the server's own is not one it knocks from.
    const isHangUp =
      knock.manner === "stray" && (knock.sourcePort < firstFreePort || this.#served.has(knock.sourcePort));
    if (key === null || isHangUp) return false;
    const place = this.#targets.find(knock.remote);
    if (place === noPlace) this.#begin(this.#targets.add(knock.remote), key, knock);
    else if (this.#tallies[place] === null && this.#firstPort[place] === key) this.#lastAt[place] = knock.at;
    else this.#add(place, key, knock.at);
    return this.#decided.size > 0;
  }

  opens(remote: AddressKey, transport: Knock["transport"], port: number): boolean {
    const place = transport === "ip" ? noPlace : this.#targets.find(remote);
    if (place === noPlace || transport === "ip") return this.#decided.size > 0;
    const key = port + offsets[transport];
    if (this.#tallies[place] === null && this.#firstPort[place] === key) {
      this.#traits[place] = (this.#traits[place] ?? 0) | traits.isOpen;
    } else {
      this.#tallyOf(place).opens(key);
    }
    return this.#decided.size > 0;
  }

  serves(port: number): void {
    if (this.#served.size < portsKept) this.#served.add(port);
  }

  findings(at: number): readonly Finding[] {
    let worst: PortTally | null = null;
    for (const [target, place] of this.#decided) {
      if (at - target.lastAt > decisionLifeMs) {
        this.#forget(target, place);
        continue;
      }
      // Answers that come after the bound was reached still take it back: they were only slower.
      if (target.closed < portScan.fast.ports || target.open > portScan.answeredShare * target.size) continue;
      if (worst === null || target.size > worst.size) worst = target;
    }
    if (worst === null) return [];
    const { size: tried, open, firstAt, lastAt, isOwn } = worst;
    const asked = isOwn ? " It is a machine of the own network: ask whether somebody is looking for something." : "";
    return [
      {
        kind: "port-scan",
        for: true,
        subject: "propagation",
        strength: worst.closed >= portScan.many.ports ? portScan.many.weight : portScan.few,
        isOwnNetwork: isOwn,
        count: tried,
        firstAt,
        lastAt,
        text: () =>
          `Tried ${tried}${tried === portsKept ? " or more" : ""} ports of one machine within ${duration(lastAt - firstAt)}; ${answeredWords(open, tried)}. A program knows the port it wants.${asked}`,
      },
    ];
  }

  #begin(place: number, key: number, { place: where, at }: Knock): void {
    this.#tallies[place] = null;
    this.#firstPort[place] = key;
    this.#firstAt[place] = at;
    this.#lastAt[place] = at;
    this.#traits[place] = where === "neighbour" ? traits.isOwn : 0;
  }

  /** A knock at a target that has more ports than one, or is about to. */
  #add(place: number, key: number, at: number): void {
    const target = this.#tallyOf(place);
    target.lastAt = at;
    if (target.has(key)) return;
    target.add(key, at);
    if (isScan(target, at)) this.#decide(target, place);
  }

  #tallyOf(place: number): PortTally {
    const known = this.#tallies[place];
    if (known != null) return known;
    const trait = this.#traits[place] ?? 0;
    const tally = new PortTally((trait & traits.isOwn) !== 0, this.#firstAt[place] ?? 0, this.#lastAt[place] ?? 0);
    tally.add(this.#firstPort[place] ?? 0, tally.firstAt, (trait & traits.isOpen) !== 0);
    this.#tallies[place] = tally;
    return tally;
  }

  #decide(target: PortTally, place: number): void {
    this.#decided.set(target, place);
    this.#targets.hold(place);
    if (this.#decided.size <= targetsKept) return;
    for (const [oldest, itsPlace] of this.#decided) {
      this.#forget(oldest, itsPlace);
      return;
    }
  }

  /** It may go, if it is still in its place. */
  #forget(target: PortTally, place: number): void {
    this.#decided.delete(target);
    if (this.#tallies[place] === target) this.#targets.release(place);
  }
}

function portKey({ transport, port }: Knock): number | null {
  if (transport === "ip") return null;
  if (transport === "udp" && port >= tracerouteFirst && port <= tracerouteLast) return null;
  return port + offsets[transport];
}

function isScan(target: PortTally, at: number): boolean {
  return target.isDense(at, portScan.fast) || target.isDense(at, portScan.slow);
}
