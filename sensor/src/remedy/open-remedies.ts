import type { OpenRemedy } from "@cordon/contract";
import { formatAddress, formatMac } from "../packet/address.ts";
import type { AddressKey } from "../packet/packet.ts";

/** Bounds of how long an address stays open by an answer: programs hold on to one longer than a short record says. */
const minLifeMs = 60_000;
export const maxLifeMs = 3_600_000;
/** Addresses of one machine at a time, remedies and probes together. */
export const maxOpenPerHost = 32;
const maxOpen = 4096;
const expireEveryMs = 1000;

/** What an answer opened for one machine: a remedy by its ports, or where it has none the page. */
export interface Opened {
  readonly mac: number;
  readonly address: AddressKey;
  readonly name: string;
  /** Who answered so. */
  readonly resolver: AddressKey;
  readonly ports: readonly number[];
  readonly isProbe: boolean;
  readonly until: number;
}

/**
 * What answers open, for whom, and until when: for machines that are quarantined, and for those that may be, since
 * programs ask no second time for a name that they know. Time is given with each call, epoch milliseconds.
 */
export class OpenRemedies {
  readonly #open = new Map<string, Opened>();
  readonly #countByMac = new Map<number, number>();
  #isFull = false;
  #expiredAt = 0;

  /** Whether something was not opened for want of room for a machine that counts, since last asked. */
  takeFull(): boolean {
    const isFull = this.#isFull;
    this.#isFull = false;
    return isFull;
  }

  /**
   * Opens an address, or keeps it open longer; null where there is no room. Where all is full, the oldest of a machine
   * that does not count goes.
   */
  open(what: Omit<Opened, "until">, ttlSeconds: number, at: number, counts: (mac: number) => boolean): Opened | null {
    if (Math.abs(at - this.#expiredAt) >= expireEveryMs) this.expire(at);
    const key = `${what.mac} ${what.isProbe ? "probe" : "remedy"} ${formatAddress(what.address)}`;
    const before = this.#open.get(key);
    const count = this.#countByMac.get(what.mac) ?? 0;
    if (before === undefined && this.#open.size >= maxOpen) this.#makeRoom(counts);
    if (before === undefined && (count >= maxOpenPerHost || this.#open.size >= maxOpen)) {
      this.#isFull ||= counts(what.mac);
      return null;
    }
    const until = at + Math.min(Math.max(ttlSeconds * 1000, minLifeMs), maxLifeMs);
    const ports = [...new Set([...(before?.ports ?? []), ...what.ports])].toSorted((a, b) => a - b);
    const opened = { ...what, ports, until: Math.max(until, before?.until ?? 0) };
    if (before === undefined) this.#countByMac.set(what.mac, count + 1);
    this.#open.set(key, opened);
    return opened;
  }

  expire(at: number): void {
    this.#expiredAt = at;
    for (const [key, opened] of this.#open) {
      if (opened.until <= at) this.#remove(key, opened.mac);
      // No answer opens anything for longer: the clock was set back since.
      else if (opened.until > at + maxLifeMs) this.#open.set(key, { ...opened, until: at + maxLifeMs });
    }
  }

  /** All that is open for machines that count. */
  list(counts: (mac: number) => boolean): readonly Opened[] {
    return [...this.#open.values()].filter(({ mac }) => counts(mac));
  }

  #makeRoom(counts: (mac: number) => boolean): void {
    for (const [key, { mac }] of this.#open) {
      if (counts(mac)) continue;
      this.#remove(key, mac);
      return;
    }
  }

  #remove(key: string, mac: number): void {
    this.#open.delete(key);
    const count = (this.#countByMac.get(mac) ?? 1) - 1;
    if (count === 0) this.#countByMac.delete(mac);
    else this.#countByMac.set(mac, count);
  }
}

/** As it is reported. */
export function reportedRemedy(
  { mac, address, name, resolver, ports, until }: Opened,
  packets: number,
  alsoServes: string[],
  contradictedBy: readonly AddressKey[],
): OpenRemedy {
  return {
    host: formatMac(mac),
    name,
    address: formatAddress(address),
    ports: ports.slice(0, 8),
    until,
    packets,
    alsoServes,
    resolver: formatAddress(resolver),
    ...(contradictedBy.length === 0 ? {} : { contradictedBy: contradictedBy.slice(0, 4).map(formatAddress) }),
  };
}
