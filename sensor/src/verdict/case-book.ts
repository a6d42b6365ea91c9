import type { HostSnapshot } from "@cordon/contract";
import type { Host } from "../host/host.ts";
import type { AddressKey } from "../packet/packet.ts";
import { formatAddress } from "../packet/address.ts";
import { HostCase } from "./host-case.ts";

/** Mere growth of counters is told at most this often per host. */
const counterPaceMs = 2000;

/** A machine without its ledger. */
export type Machine = Pick<
  HostSnapshot,
  "name" | "addresses" | "role" | "verdict" | "firstSeenAt" | "lastSeenAt" | "contacts"
> & { readonly mac: string };

interface Entry {
  readonly hostCase: HostCase;
  /** Something happened since it was last weighed. */
  isTouched: boolean;
  /** Something grew since it was last taken. */
  hasGrown: boolean;
  takenSignature: string | null;
  takenAt: number;
}

export interface SiteSurroundings {
  readonly answeredAt: (host: Host) => number;
  readonly usersOf: (remote: AddressKey) => number;
  readonly isOneSided: () => boolean;
  readonly standsForMany: (host: Host) => boolean;
}

/** The cases of all hosts, and which of them are news. */
export class CaseBook {
  readonly #salt: number;
  readonly #surroundings: SiteSurroundings;
  readonly #entries = new Map<Host, Entry>();
  readonly #touched = new Set<Entry>();

  constructor(salt: number, surroundings: SiteSurroundings) {
    this.#salt = salt;
    this.#surroundings = surroundings;
  }

  /** The case of a host about which something is being learned. */
  of(host: Host): HostCase {
    const entry = this.#entryOf(host);
    this.#touch(entry);
    return entry.hostCase;
  }

  /** A question by ARP: so common that it alone is no growth worth telling. */
  sought(host: Host, target: AddressKey, at: number): void {
    const entry = this.#entryOf(host);
    entry.hostCase.sought(target, at);
    this.#touched.add(entry);
    entry.isTouched = true;
  }

  touch(host: Host): void {
    this.#touch(this.#entryOf(host));
  }

  isAccused(host: Host): boolean {
    return this.#entries.get(host)?.hostCase.isAccused ?? false;
  }

  /** A host was heard: it is listed from now on. */
  see(host: Host): void {
    if (!this.#entries.has(host)) this.#touch(this.#entryOf(host));
  }

  forget(host: Host): void {
    const entry = this.#entries.get(host);
    if (entry !== undefined) this.#touched.delete(entry);
    this.#entries.delete(host);
  }

  weighTouched(at: number): void {
    if (this.#touched.size === 0) return;
    for (const entry of this.#touched) {
      entry.isTouched = false;
      entry.hostCase.weigh(at);
    }
    this.#touched.clear();
  }

  weighAll(at: number): void {
    for (const entry of this.#entries.values()) {
      entry.isTouched = false;
      entry.hostCase.weigh(at);
    }
    this.#touched.clear();
  }

  /** Those of accused hosts, and of hosts with these keys. */
  snapshotsOfAccusedAnd(keys: ReadonlySet<string>): HostSnapshot[] {
    return [...this.#entries]
      .filter(([host, entry]) => entry.hostCase.isAccused || keys.has(host.key))
      .map(([, entry]) => entry.hostCase.snapshot());
  }

  /** Of every machine that is known by its MAC, what can be told without its ledger. */
  machines(): Machine[] {
    return [...this.#entries].flatMap(([host, { hostCase }]) =>
      host.mac === -1
        ? []
        : [
            {
              ...{ mac: host.key, name: host.name, role: host.role, verdict: hostCase.verdict },
              addresses: [...host.contactsByAddress.keys()].map(formatAddress),
              ...{ firstSeenAt: host.firstSeenAt, lastSeenAt: host.lastSeenAt, contacts: host.contacts },
            },
          ],
    );
  }

  /** A machine is told to have taken the place of another; true where that is news. */
  succeeded(mac: string, reason: { readonly strength: number; readonly text: string }, at: number): boolean {
    for (const [host, entry] of this.#entries) {
      if (host.key !== mac) continue;
      const isNews = entry.hostCase.succeeded(reason, at);
      if (isNews) this.#touch(entry);
      return isNews;
    }
    return false;
  }

  snapshots(): HostSnapshot[] {
    return [...this.#entries.values()].map((entry) => entry.hostCase.snapshot());
  }

  takeChanged(at: number): HostSnapshot[] {
    const changed: HostSnapshot[] = [];
    for (const entry of this.#entries.values()) {
      const signature = entry.hostCase.signature();
      const isNews = signature !== entry.takenSignature;
      if (!isNews && !(entry.hasGrown && at - entry.takenAt >= counterPaceMs)) continue;
      entry.takenSignature = signature;
      entry.takenAt = at;
      entry.hasGrown = false;
      changed.push(entry.hostCase.snapshot());
    }
    return changed;
  }

  restore(host: Host, snapshot: HostSnapshot, at: number): void {
    const entry = this.#entryOf(host);
    entry.hostCase.restore(snapshot);
    entry.hostCase.weigh(at);
    entry.takenSignature = entry.hostCase.signature();
    entry.takenAt = at;
  }

  #entryOf(host: Host): Entry {
    let entry = this.#entries.get(host);
    if (entry === undefined) {
      const surroundings = {
        answeredAt: () => this.#surroundings.answeredAt(host),
        usersOf: this.#surroundings.usersOf,
        isOneSided: this.#surroundings.isOneSided,
        standsForMany: () => this.#surroundings.standsForMany(host),
      };
      const hostCase = new HostCase(host, surroundings, this.#salt);
      entry = { hostCase, isTouched: false, hasGrown: true, takenSignature: null, takenAt: 0 };
      this.#entries.set(host, entry);
    }
    return entry;
  }

  #touch(entry: Entry): void {
    entry.hasGrown = true;
    if (entry.isTouched) return;
    entry.isTouched = true;
    this.#touched.add(entry);
  }
}
