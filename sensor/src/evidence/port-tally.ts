import { portScan } from "./likelihoods.ts";

interface Port {
  at: number;
  isOpen: boolean;
}

/** Ports of one machine remembered; a scan has been told long before. */
export const portsKept = 512;

/** Which ports of one machine were tried and which opened. */
export class PortTally {
  /** In the order of their first knock. */
  readonly #ports = new Map<number, Port>();
  #open = 0;
  readonly isOwn: boolean;
  readonly firstAt: number;
  lastAt: number;

  constructor(isOwn: boolean, firstAt: number, lastAt: number) {
    this.isOwn = isOwn;
    this.firstAt = firstAt;
    this.lastAt = lastAt;
  }

  get size(): number {
    return this.#ports.size;
  }

  get open(): number {
    return this.#open;
  }

  get closed(): number {
    return this.size - this.#open;
  }

  has(key: number): boolean {
    return this.#ports.has(key);
  }

  /** A port that was not tried before; the oldest is forgotten for it. */
  add(key: number, at: number, isOpen = false): void {
    if (isOpen) this.#open += 1;
    if (this.size >= portsKept) {
      for (const [oldest, port] of this.#ports) {
        if (port.isOpen) this.#open -= 1;
        this.#ports.delete(oldest);
        break;
      }
    }
    this.#ports.set(key, { at, isOpen });
  }

  /** It answered, tried before or not (TFTP answers from another port than it was asked on, RFC 1350 4). */
  opens(key: number): void {
    const port = this.#ports.get(key);
    if (port?.isOpen === true) return;
    if (port !== undefined) {
      port.isOpen = true;
      this.#open += 1;
    } else if (this.size < portsKept) {
      this.add(key, this.lastAt, true);
    }
  }

  /** Whether so many ports stayed closed within the window, and few of its ports opened. */
  isDense(at: number, bound: { readonly windowMs: number; readonly ports: number }): boolean {
    if (this.closed < bound.ports) return false;
    let closed = 0;
    let open = 0;
    for (const port of [...this.#ports.values()].reverse()) {
      if (at - port.at > bound.windowMs) break;
      if (port.isOpen) open += 1;
      else closed += 1;
      if (closed >= bound.ports) break;
    }
    return closed >= bound.ports && open <= portScan.answeredShare * (open + closed);
  }
}
