import { portScan } from "./likelihoods.ts";

interface Port {
  at: number;
  isOpen: boolean;
}

/** Ports of one machine remembered; a scan has been told long before. */
export const portsKept = 512;

const noPorts: ReadonlyMap<number, Port> = new Map();

/** Which ports of one machine were tried and which opened. Nearly every machine is tried on one port only. */
export class PortTally {
  #firstKey = -1;
  readonly #first: Port = { at: 0, isOpen: false };
  /** All but the first, in the order of their first knock. */
  #others: Map<number, Port> | null = null;
  #open = 0;
  isOwn = false;
  firstAt = 0;
  lastAt = 0;

  /** Begins anew for another machine. */
  reset(isOwn: boolean, at: number): void {
    this.#firstKey = -1;
    this.#others = null;
    this.#open = 0;
    this.isOwn = isOwn;
    this.firstAt = at;
    this.lastAt = at;
  }

  get size(): number {
    return (this.#firstKey === -1 ? 0 : 1) + (this.#others?.size ?? 0);
  }

  get open(): number {
    return this.#open;
  }

  get closed(): number {
    return this.size - this.#open;
  }

  has(key: number): boolean {
    return this.#portOf(key) !== undefined;
  }

  /** A port that was not tried before; the oldest beside the first is forgotten for it. */
  add(key: number, at: number, isOpen = false): void {
    if (isOpen) this.#open += 1;
    if (this.#firstKey === -1) {
      this.#firstKey = key;
      this.#first.at = at;
      this.#first.isOpen = isOpen;
      return;
    }
    this.#others ??= new Map();
    if (this.size >= portsKept) {
      for (const [oldest, port] of this.#others) {
        if (port.isOpen) this.#open -= 1;
        this.#others.delete(oldest);
        break;
      }
    }
    this.#others.set(key, { at, isOpen });
  }

  /** It answered, tried before or not (TFTP answers from another port than it was asked on, RFC 1350 4). */
  opens(key: number): void {
    const port = this.#portOf(key);
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
    for (const port of [...(this.#others ?? noPorts).values()].reverse().concat(this.#first)) {
      if (at - port.at > bound.windowMs) break;
      if (port.isOpen) open += 1;
      else closed += 1;
      if (closed >= bound.ports) break;
    }
    return closed >= bound.ports && open <= portScan.answeredShare * (open + closed);
  }

  #portOf(key: number): Port | undefined {
    return key === this.#firstKey ? this.#first : this.#others?.get(key);
  }
}
