import type { HostSnapshot, Verdict } from "@cordon/contract";
import type { Host } from "../host/host.ts";
import type { AddressKey } from "../packet/packet.ts";
import { formatAddress } from "../packet/address.ts";
import type { Surroundings } from "../evidence/detector.ts";
import { DetectorPlans } from "../evidence/detector-plan.ts";
import type { DetectorPanel } from "../evidence/detector-panel.ts";
import type { PolicyChange } from "../evidence/policy-changes.ts";
import type { Storms } from "../evidence/storms.ts";
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
  /** Something grew since it was last taken. */
  hasGrown: boolean;
  takenSignature: string | null;
  takenAt: number;
}

export interface SiteSurroundings {
  readonly answeredAt: (host: Host) => number;
  readonly usersOf: (remote: AddressKey) => number;
  readonly isOneSided: () => boolean;
  readonly hasAnswered: (host: Host, remote: AddressKey) => boolean;
  readonly standsForMany: (host: Host) => boolean;
  readonly storms: Storms;
  readonly changeBefore: (host: Host, at: number) => PolicyChange | null;
}

/** The cases of all hosts, and which of them are news. */
export class CaseBook {
  readonly #salt: number;
  readonly #surroundings: SiteSurroundings;
  readonly #plans = new DetectorPlans();
  readonly #entries = new Map<Host, Entry>();
  /** Those about which there is something to weigh. */
  readonly #touched = new Set<Entry>();
  /** The same by the host's number. */
  readonly #byNumber: (Entry | undefined)[] = [];

  constructor(salt: number, surroundings: SiteSurroundings) {
    this.#salt = salt;
    this.#surroundings = surroundings;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The detectors of a host about which something is being learned. */
  of(host: Host): DetectorPanel {
    return this.caseOf(host).panel;
  }

  caseOf(host: Host): HostCase {
    const entry = this.#entryOf(host);
    entry.hasGrown = true;
    return entry.hostCase;
  }

  /** A question by ARP: so common that it alone is no growth worth telling. */
  sought(host: Host, target: AddressKey, at: number): void {
    this.#entryOf(host).hostCase.panel.sought(target, at);
  }

  touch(host: Host): void {
    this.#touch(this.#entryOf(host));
  }

  isAccused(host: Host): boolean {
    return this.#entries.get(host)?.hostCase.isAccused ?? false;
  }

  /** What is held of a host now; null of one that was not heard yet. */
  verdictOf(host: Host): Verdict | null {
    return this.#entries.get(host)?.hostCase.verdict ?? null;
  }

  /** A host was heard: it is listed from now on. */
  see(host: Host): void {
    if (this.#byNumber[host.number]?.hostCase.host === host) return;
    this.#touch(this.#entryOf(host));
  }

  /**
   * A person has said what a host is for, or takes that back: it is weighed by other rules, and begins anew. With its past
   * only where that was weighed by the same rules.
   */
  beginAnew(host: Host, at: number, { keepsPast }: { readonly keepsPast: boolean }): void {
    const before = this.#entries.get(host);
    if (before === undefined) return;
    this.#touched.delete(before);
    this.#entries.delete(host);
    this.#byNumber[host.number] = undefined;
    const entry = this.#entryOf(host);
    entry.hostCase.follow(before.hostCase);
    if (keepsPast) entry.hostCase.restore(before.hostCase.snapshot());
    entry.hostCase.weighAnew(at);
    this.#touch(entry);
  }

  forget(host: Host): void {
    const entry = this.#entries.get(host);
    if (entry !== undefined) this.#touched.delete(entry);
    this.#entries.delete(host);
    if (this.#byNumber[host.number] === entry) this.#byNumber[host.number] = undefined;
  }

  weighTouched(at: number): void {
    if (this.#touched.size === 0) return;
    for (const entry of this.#touched) entry.hostCase.weigh(at);
    this.#touched.clear();
  }

  weighAll(at: number): void {
    for (const entry of this.#entries.values()) entry.hostCase.weighAnew(at);
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
              addresses: [...host.addresses.keys()].map(formatAddress),
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
    entry.hostCase.weighAnew(at);
    entry.takenSignature = entry.hostCase.signature();
    entry.takenAt = at;
  }

  #entryOf(host: Host): Entry {
    const entry = this.#byNumber[host.number];
    return entry?.hostCase.host === host ? entry : this.#open(host);
  }

  /** Apart from where it is looked for: a function that makes closures makes an object with each call. */
  #open(host: Host): Entry {
    const surroundings: Surroundings = {
      answeredAt: () => this.#surroundings.answeredAt(host),
      usersOf: this.#surroundings.usersOf,
      isOneSided: this.#surroundings.isOneSided,
      standsForMany: () => this.#surroundings.standsForMany(host),
      hasAnswered: (remote) => this.#surroundings.hasAnswered(host, remote),
      storms: this.#surroundings.storms,
      changeBefore: (at) => this.#surroundings.changeBefore(host, at),
    };
    const hostCase = new HostCase(host, surroundings, this.#salt, this.#plans, () => this.#touched.add(entry));
    const entry: Entry = { hostCase, hasGrown: true, takenSignature: null, takenAt: 0 };
    this.#entries.set(host, entry);
    this.#byNumber[host.number] = entry;
    return entry;
  }

  #touch(entry: Entry): void {
    entry.hasGrown = true;
    this.#touched.add(entry);
  }
}
