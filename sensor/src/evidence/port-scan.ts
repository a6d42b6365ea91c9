import type { AddressKey } from "../packet/packet.ts";
import { AddressRing } from "./address-ring.ts";
import type { Detector, Finding, Knock } from "./detector.ts";
import { decisionLifeMs, portScan } from "./likelihoods.ts";
import { PortTally, portsKept } from "./port-tally.ts";
import { answeredWords, duration } from "./words.ts";

/** Machines watched at once per host. */
const targetsKept = 64;
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
  /** Those whose ports were gone through; nearly always none. */
  readonly #decided = new Set<PortTally>();
  readonly #targets = new AddressRing(
    targetsKept,
    () => new PortTally(),
    (target) => this.#decided.size === 0 || !this.#decided.has(target),
  );
  /** Own ports that answer others. */
  readonly #served = new Set<number>();

  knocked(knock: Knock): boolean {
    const key = portKey(knock);
    // Clients that hang up on a server come from as many ports; the server's own is not one it knocks from.
    const isHangUp =
      knock.manner === "stray" && (knock.sourcePort < firstFreePort || this.#served.has(knock.sourcePort));
    if (key === null || isHangUp) return false;
    const target = this.#targetOf(knock);
    target.lastAt = knock.at;
    if (!target.has(key)) {
      target.add(key, knock.at);
      if (isScan(target, knock.at)) this.#decide(target);
    }
    return this.#decided.size > 0;
  }

  opens(remote: AddressKey, transport: Knock["transport"], port: number): boolean {
    if (transport !== "ip") this.#targets.find(remote)?.opens(port + offsets[transport]);
    return this.#decided.size > 0;
  }

  serves(port: number): void {
    if (this.#served.size < portsKept) this.#served.add(port);
  }

  findings(at: number): readonly Finding[] {
    let worst: PortTally | null = null;
    for (const target of this.#decided) {
      if (at - target.lastAt > decisionLifeMs) {
        this.#decided.delete(target);
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

  #targetOf(knock: Knock): PortTally {
    const known = this.#targets.find(knock.remote);
    if (known !== undefined) return known;
    const target = this.#targets.add(knock.remote);
    target.reset(knock.place === "neighbour", knock.at);
    return target;
  }

  #decide(target: PortTally): void {
    this.#decided.add(target);
    if (this.#decided.size <= targetsKept) return;
    for (const oldest of this.#decided) {
      this.#decided.delete(oldest);
      return;
    }
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
