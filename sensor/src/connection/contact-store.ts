import type { AddressKey } from "../packet/packet.ts";
import { propagationKind, type Contact, type Outcome, type Place, type Resolution } from "./contact.ts";
import type { PortClass } from "./port-class.ts";

const none = -1;

/** Where a contact's times lie among those of its place, by number; eight so that they share a line of the cache. */
const timesKept = 8;
const opened = 0;
const last = 1;
const attempt = 2;
const answered = 3;
const visited = 4;
const interval = 5;
const weight = 6;

/**
 * A contact in its place. Only the table writes what is read-only to everybody else.
 *
 * Times lie in an array of the store: as fields each would be an object of its own, and judging waits for memory most of
 * all. A contact that leaves its place while somebody holds on to it takes them along.
 */
export class StoredContact<Owner> implements Contact {
  // In this order they lie in memory: what is looked at long after the last packet first, so that it is one look.
  outcome: Outcome = "pending";
  /** Old enough that a cut of the line would have been noticed. */
  isConfirmed = false;
  isKept = false;
  portClass: PortClass = "other";
  resolution: Resolution = "unknown";
  shelf: Shelf<Owner>;
  kind = 0;
  /** The address, IPv4 as a small integer of the engine's: no other number is kept without an object of its own. */
  #ipv4 = 0;
  #ipv6: string | null = null;
  #times: Float64Array;
  #base: number;
  attempts = 0;
  sourcePort = 0;
  /** Where it waits for its answer; -1 where it does not. */
  waitsAt = -1;
  place: Place = "outside";
  port = 0;
  name: string | null = null;
  sourcePortRises = 0;
  unanswered = 0;
  isCounted = false;
  evenRounds = 0;
  readonly slot: number;

  constructor(slot: number, shelf: Shelf<Owner>, times: Float64Array) {
    this.slot = slot;
    this.shelf = shelf;
    this.#times = times;
    this.#base = slot * timesKept;
  }

  get openedAt(): number {
    return this.#times[this.#base + opened] ?? 0;
  }

  set openedAt(at: number) {
    this.#times[this.#base + opened] = at;
  }

  get lastAt(): number {
    return this.#times[this.#base + last] ?? 0;
  }

  set lastAt(at: number) {
    this.#times[this.#base + last] = at;
  }

  get attemptAt(): number {
    return this.#times[this.#base + attempt] ?? 0;
  }

  set attemptAt(at: number) {
    this.#times[this.#base + attempt] = at;
  }

  get answeredAt(): number {
    return this.#times[this.#base + answered] ?? 0;
  }

  set answeredAt(at: number) {
    this.#times[this.#base + answered] = at;
  }

  get visitedAt(): number {
    return this.#times[this.#base + visited] ?? 0;
  }

  set visitedAt(at: number) {
    this.#times[this.#base + visited] = at;
  }

  get intervalMs(): number {
    return this.#times[this.#base + interval] ?? 0;
  }

  set intervalMs(length: number) {
    this.#times[this.#base + interval] = length;
  }

  get counted(): number {
    return this.#times[this.#base + weight] ?? 0;
  }

  set counted(sum: number) {
    this.#times[this.#base + weight] = sum;
  }

  /** Its place is somebody else's from now on. */
  leave(): void {
    this.#times = this.#times.slice(this.#base, this.#base + timesKept);
    this.#base = 0;
  }

  get remote(): AddressKey {
    return this.#ipv6 ?? this.#ipv4 >>> 0;
  }

  set remote(address: AddressKey) {
    this.#ipv4 = typeof address === "number" ? address | 0 : 0;
    this.#ipv6 = typeof address === "number" ? null : address;
  }

  isAt(address: AddressKey): boolean {
    if (typeof address === "number") return this.#ipv4 === (address | 0) && this.#ipv6 === null;
    return this.#ipv6 === address;
  }
}

/** Contacts in the order of their last packet. */
interface Row {
  oldest: number;
  newest: number;
  size: number;
}

/** What one owner has. */
interface Shelf<Owner> {
  readonly owner: Owner;
  readonly id: number;
  /** Contacts on ports of worms are kept apart: what else a machine does must not push them out, nor they that. */
  readonly propagation: Row;
  readonly ordinary: Row;
  /** Its owner was forgotten: what is still on its way is nobody's. */
  isGone: boolean;
}

/**
 * Where contacts lie: a bounded number of places, found by owner, address and kind. A place that is left is taken again,
 * object and all, so that a full store makes no garbage.
 */
export class ContactStore<Owner extends object> {
  readonly #perOwner: number;
  readonly #capacity: number;
  readonly #shelves = new Map<Owner, Shelf<Owner>>();
  /** By place; undefined where the one that lay there is held by somebody else. */
  readonly #contacts: (StoredContact<Owner> | undefined)[] = [];
  readonly #times: Float64Array;
  /** First place of each hash chain, and the next in it; places that are free hang on a chain of their own. */
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  /** Neighbours in the row. */
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  #free = none;
  #used = 0;
  #size = 0;
  #shelvesMade = 0;
  /** Whoever was asked for last mostly is next. */
  #last: Shelf<Owner> | null = null;

  constructor(limits: { readonly perOwner: number; readonly all: number }) {
    this.#perOwner = limits.perOwner;
    this.#capacity = limits.all;
    this.#times = new Float64Array(this.#capacity * timesKept);
    this.#heads = new Int32Array(2 ** Math.ceil(Math.log2(this.#capacity * 2))).fill(none);
    this.#next = new Int32Array(this.#capacity);
    this.#older = new Int32Array(this.#capacity);
    this.#newer = new Int32Array(this.#capacity);
  }

  get size(): number {
    return this.#size;
  }

  find(owner: Owner, remote: AddressKey, kind: number): StoredContact<Owner> | undefined {
    const shelf = this.#last?.owner === owner ? this.#last : this.#shelves.get(owner);
    if (shelf === undefined) return undefined;
    this.#last = shelf;
    for (let slot = this.#headAt(hash(shelf.id, remote, kind)); slot !== none; slot = this.#next[slot] ?? none) {
      const contact = this.#contacts[slot];
      if (contact?.kind === kind && contact.shelf === shelf && contact.isAt(remote)) return contact;
    }
    return undefined;
  }

  /** A place for a contact that is not there yet; what lay in it is still written there. */
  take(owner: Owner, remote: AddressKey, kind: number): StoredContact<Owner> {
    const shelf = this.#shelfOf(owner);
    this.#makeRoom(shelf);
    let slot = this.#free;
    if (slot === none) {
      slot = this.#used;
      this.#used += 1;
    } else {
      this.#free = this.#next[slot] ?? none;
    }
    const contact = (this.#contacts[slot] ??= new StoredContact(slot, shelf, this.#times));
    contact.shelf = shelf;
    contact.remote = remote;
    contact.kind = kind;
    const head = hash(shelf.id, remote, kind) & (this.#heads.length - 1);
    this.#next[slot] = this.#heads[head] ?? none;
    this.#heads[head] = slot;
    this.#append(rowOf(shelf, kind), slot);
    this.#size += 1;
    return contact;
  }

  /** It was used: others go before it. */
  renew(contact: StoredContact<Owner>): void {
    const row = rowOf(contact.shelf, contact.kind);
    if (row.newest === contact.slot) return;
    this.#unlink(row, contact.slot);
    this.#append(row, contact.slot);
  }

  /** Whatever an owner has, and that it is one. */
  forget(owner: Owner): void {
    const shelf = this.#shelves.get(owner);
    if (shelf === undefined) return;
    for (const row of [shelf.ordinary, shelf.propagation]) while (row.size > 0) this.#dropOldest(row);
    shelf.isGone = true;
    this.#shelves.delete(owner);
    if (this.#last === shelf) this.#last = null;
  }

  /** Lets go of what was not used since. */
  expire(since: { readonly ordinary: number; readonly propagation: number }): void {
    for (const [owner, { ordinary, propagation }] of this.#shelves) {
      this.#expireRow(ordinary, since.ordinary);
      this.#expireRow(propagation, since.propagation);
      if (ordinary.size + propagation.size === 0) this.forget(owner);
    }
  }

  *[Symbol.iterator](): Generator<StoredContact<Owner>, void, undefined> {
    for (const { ordinary, propagation } of this.#shelves.values()) {
      for (const row of [ordinary, propagation]) {
        for (let slot = row.oldest; slot !== none; slot = this.#newer[slot] ?? none) {
          const contact = this.#contacts[slot];
          if (contact !== undefined) yield contact;
        }
      }
    }
  }

  #shelfOf(owner: Owner): Shelf<Owner> {
    if (this.#last?.owner === owner) return this.#last;
    let shelf = this.#shelves.get(owner);
    if (shelf === undefined) {
      this.#shelvesMade += 1;
      shelf = { owner, id: this.#shelvesMade, propagation: emptyRow(), ordinary: emptyRow(), isGone: false };
      this.#shelves.set(owner, shelf);
    }
    this.#last = shelf;
    return shelf;
  }

  /** The owner's cap costs its own; that of all costs whoever has the most. */
  #makeRoom(shelf: Shelf<Owner>): void {
    if (sizeOf(shelf) >= this.#perOwner) this.#dropOne(shelf);
    if (this.#size < this.#capacity) return;
    let largest = shelf;
    for (const other of this.#shelves.values()) if (sizeOf(other) > sizeOf(largest)) largest = other;
    // A block at once, so that a flood does not search for the largest with every packet.
    for (let left = Math.min(1024, sizeOf(largest)); left > 0; left -= 1) this.#dropOne(largest);
  }

  /** What was not used for longest, of that kind of which there is more. */
  #dropOne({ ordinary, propagation }: Shelf<Owner>): void {
    this.#dropOldest(ordinary.size >= propagation.size ? ordinary : propagation);
  }

  #expireRow(row: Row, since: number): void {
    while (row.size > 0 && (this.#times[row.oldest * timesKept + last] ?? 0) <= since) this.#dropOldest(row);
  }

  #dropOldest(row: Row): void {
    const slot = row.oldest;
    const contact = this.#contacts[slot];
    if (contact === undefined) return;
    const head = hash(contact.shelf.id, contact.remote, contact.kind) & (this.#heads.length - 1);
    let before = this.#heads[head] ?? none;
    if (before === slot) {
      this.#heads[head] = this.#next[slot] ?? none;
    } else {
      while (this.#next[before] !== slot) before = this.#next[before] ?? none;
      this.#next[before] = this.#next[slot] ?? none;
    }
    this.#unlink(row, slot);
    this.#next[slot] = this.#free;
    this.#free = slot;
    this.#size -= 1;
    // One that is still on its way to its end has to get there as itself.
    if (contact.isKept || !contact.isConfirmed) {
      contact.leave();
      this.#contacts[slot] = undefined;
    }
  }

  #append(row: Row, slot: number): void {
    this.#older[slot] = row.newest;
    this.#newer[slot] = none;
    if (row.newest === none) row.oldest = slot;
    else this.#newer[row.newest] = slot;
    row.newest = slot;
    row.size += 1;
  }

  #unlink(row: Row, slot: number): void {
    const older = this.#older[slot] ?? none;
    const newer = this.#newer[slot] ?? none;
    if (older === none) row.oldest = newer;
    else this.#newer[older] = newer;
    if (newer === none) row.newest = older;
    else this.#older[newer] = older;
    row.size -= 1;
  }

  #headAt(hashed: number): number {
    return this.#heads[hashed & (this.#heads.length - 1)] ?? none;
  }
}

function emptyRow(): Row {
  return { oldest: none, newest: none, size: 0 };
}

function rowOf<Owner>(shelf: Shelf<Owner>, kind: number): Row {
  return kind === propagationKind ? shelf.propagation : shelf.ordinary;
}

function sizeOf<Owner>({ ordinary, propagation }: Shelf<Owner>): number {
  return ordinary.size + propagation.size;
}

/** Murmur3's finish over what tells contacts apart: neighbours land far from each other. */
function hash(id: number, remote: AddressKey, kind: number): number {
  let state = Math.imul(id, 0x9e37_79b1) ^ kind;
  if (typeof remote === "number") {
    state ^= remote | 0;
  } else {
    for (let index = 0; index < remote.length; index += 1) {
      state = Math.imul(state ^ remote.charCodeAt(index), 0x0100_0193);
    }
  }
  state = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35);
  return state ^ (state >>> 16);
}
