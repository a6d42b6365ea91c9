import type { Host, HostAddress } from "./host.ts";

/** A power of two; an office has some dozens of machines with an address or two each. */
const kept = 256;

/**
 * By which MAC and IPv4 address a packet was found to be a host's, so that its next one need not be looked up in five tables.
 *
 * INVARIANT: whoever changes one of those tables clears this one.
 */
export class SenderMemo {
  readonly #macs = new Float64Array(kept).fill(-1);
  readonly #addresses = new Int32Array(kept);
  readonly #hosts: (Host | null)[] = new Array<Host | null>(kept).fill(null);
  readonly #used: (HostAddress | null)[] = new Array<HostAddress | null>(kept).fill(null);
  #isEmpty = true;

  /** Where these are remembered, or would be. */
  placeOf(mac: number, address: number): number {
    return (Math.imul((mac | 0) ^ Math.imul(address, 0x9e37_79b1), 0x85eb_ca6b) >>> 16) & (kept - 1);
  }

  hostAt(place: number, mac: number, address: number): Host | null {
    return this.#macs[place] === mac && this.#addresses[place] === (address | 0) ? (this.#hosts[place] ?? null) : null;
  }

  /** What the host of this place has done from that address. */
  usedAt(place: number): HostAddress | null {
    return this.#used[place] ?? null;
  }

  remember(place: number, mac: number, address: number, host: Host, used: HostAddress): void {
    this.#macs[place] = mac;
    this.#addresses[place] = address | 0;
    this.#hosts[place] = host;
    this.#used[place] = used;
    this.#isEmpty = false;
  }

  clear(): void {
    if (this.#isEmpty) return;
    this.#macs.fill(-1);
    this.#hosts.fill(null);
    this.#used.fill(null);
    this.#isEmpty = true;
  }
}
