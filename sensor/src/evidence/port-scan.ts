import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding, Knock } from "./detector.ts";
import { decisionLifeMs, portScan } from "./likelihoods.ts";
import { answeredWords, duration } from "./words.ts";

interface Port {
  readonly at: number;
  isOpen: boolean;
}

interface Target {
  /** TCP ports as they are, UDP ports above them; in the order of their first knock. */
  readonly ports: Map<number, Port>;
  readonly isOwn: boolean;
  open: number;
  firstAt: number;
  lastAt: number;
}

/** Machines watched at once per host, and ports of each; a scan has been told long before. */
const targetsKept = 64;
const portsKept = 512;
const udpOffset = 65_536;
const firstFreePort = 1024;

/** Where traceroute by UDP begins, and how far three packets for each of 30 hops lead. */
const tracerouteFirst = 33_434;
const tracerouteLast = 33_534;

/**
 * Going through the ports of one machine, whatever the packets look like. Only destination ports
 * count: the source port of a program that tries again rises by itself.
 */
export class PortScan implements Detector {
  readonly #targets = new Map<AddressKey, Target>();
  /** Those whose ports were gone through; nearly always none. */
  readonly #decided = new Set<Target>();
  /** Own ports that answer others. */
  readonly #served = new Set<number>();

  knocked(knock: Knock): void {
    const key = portKey(knock);
    // Clients that hang up on a server come from as many ports; the server's own is not one it knocks from.
    const isHangUp =
      knock.manner === "stray" && (knock.sourcePort < firstFreePort || this.#served.has(knock.sourcePort));
    if (key === null || isHangUp) return;
    const target = this.#targetOf(knock);
    target.lastAt = knock.at;
    if (target.ports.has(key)) return;
    if (target.ports.size >= portsKept) {
      for (const [oldest, port] of target.ports) {
        if (port.isOpen) target.open -= 1;
        target.ports.delete(oldest);
        break;
      }
    }
    target.ports.set(key, { at: knock.at, isOpen: false });
    if (isScan(target, knock.at)) this.#decided.add(target);
  }

  opens(remote: AddressKey, transport: Knock["transport"], port: number): void {
    const target = this.#targets.get(remote);
    const key = transport === "udp" ? port + udpOffset : port;
    const known = target?.ports.get(key);
    if (target === undefined || known?.isOpen === true) return;
    // What answers from another port than it was asked on (TFTP, RFC 1350 4) is answered there.
    if (known !== undefined) known.isOpen = true;
    else if (target.ports.size < portsKept) target.ports.set(key, { at: target.lastAt, isOpen: true });
    else return;
    target.open += 1;
  }

  serves(port: number): void {
    if (this.#served.size < portsKept) this.#served.add(port);
  }

  findings(at: number): readonly Finding[] {
    let worst: Target | null = null;
    for (const target of this.#decided) {
      if (at - target.lastAt > decisionLifeMs) {
        this.#decided.delete(target);
        continue;
      }
      // Answers that come after the bound was reached still take it back: they were only slower.
      if (closedOf(target) < portScan.fast.ports || target.open > portScan.answeredShare * target.ports.size) continue;
      if (worst === null || target.ports.size > worst.ports.size) worst = target;
    }
    if (worst === null) return [];
    const { ports, open, firstAt, lastAt, isOwn } = worst;
    const tried = ports.size;
    const asked = isOwn ? " It is a machine of the own network: ask whether somebody is looking for something." : "";
    return [
      {
        kind: "port-scan",
        for: true,
        subject: "propagation",
        strength: closedOf(worst) >= portScan.many.ports ? portScan.many.weight : portScan.few,
        isOwnNetwork: isOwn,
        count: tried,
        firstAt,
        lastAt,
        text: () =>
          `Tried ${tried}${tried === portsKept ? " or more" : ""} ports of one machine within ${duration(lastAt - firstAt)}; ${answeredWords(open, tried)}. A program knows the port it wants.${asked}`,
      },
    ];
  }

  #targetOf(knock: Knock): Target {
    let target = this.#targets.get(knock.remote);
    if (target !== undefined) return target;
    if (this.#targets.size >= targetsKept) this.#forgetOne();
    target = {
      ports: new Map(),
      isOwn: knock.place === "neighbour",
      open: 0,
      firstAt: knock.at,
      lastAt: knock.at,
    };
    this.#targets.set(knock.remote, target);
    return target;
  }

  #forgetOne(): void {
    for (const [remote, target] of this.#targets) {
      if (this.#decided.has(target) && this.#decided.size < targetsKept) continue;
      this.#targets.delete(remote);
      this.#decided.delete(target);
      return;
    }
  }
}

function portKey({ transport, port }: Knock): number | null {
  if (transport === "tcp") return port;
  return port >= tracerouteFirst && port <= tracerouteLast ? null : port + udpOffset;
}

function closedOf(target: Target): number {
  return target.ports.size - target.open;
}

function isScan(target: Target, at: number): boolean {
  return isDense(target, at, portScan.fast) || isDense(target, at, portScan.slow);
}

/** Whether so many ports stayed closed within the window, and few of its ports opened. */
function isDense(target: Target, at: number, bound: { readonly windowMs: number; readonly ports: number }): boolean {
  if (closedOf(target) < bound.ports) return false;
  let closed = 0;
  let open = 0;
  for (const port of [...target.ports.values()].reverse()) {
    if (at - port.at > bound.windowMs) break;
    if (port.isOpen) open += 1;
    else closed += 1;
    if (closed >= bound.ports) break;
  }
  return closed >= bound.ports && open <= portScan.answeredShare * (open + closed);
}
