import type { AddressKey } from "../packet/packet.ts";
import { propagationKind } from "./contact.ts";
import { ContactPool, flags, none, words, wordShift } from "./contact-pool.ts";
import { PlaceIndex } from "../packet/place-index.ts";
import { ipv6Identity, StoredContact } from "./stored-contact.ts";

/** Whoever makes contacts has a small number, which is another's once it is forgotten. */
export interface Numbered {
  readonly number: number;
}

/** Contacts in the order of their last packet. */
interface Row {
  oldest: number;
  newest: number;
  size: number;
}

/** What one owner has. */
export interface Shelf<Owner> {
  readonly owner: Owner;
  readonly index: number;
  /** Contacts on ports of worms are kept apart: what else a machine does must not push them out, nor they that. */
  readonly propagation: Row;
  readonly ordinary: Row;
  /** Places that its contacts have, those included that nobody finds any more. */
  places: number;
  /** Its owner was forgotten: what is still on its way is nobody's. */
  isGone: boolean;
}

/**
 * Which contacts are remembered: a bounded number, found by owner, address and kind. One that makes room before its end is
 * found no more, but stays in its place until it got there.
 */
export class ContactStore<Owner extends Numbered> {
  readonly pool: ContactPool;
  readonly #perOwner: number;
  readonly #capacity: number;
  readonly #shelves = new Map<Owner, Shelf<Owner>>();
  /** The same by the owner's number. */
  readonly #byNumber: (Shelf<Owner> | undefined)[] = [];
  /** By index; places that are free again are undefined. */
  readonly #byIndex: (Shelf<Owner> | undefined)[] = [];
  readonly #freeIndexes: number[] = [];
  readonly #index: PlaceIndex;
  #size = 0;
  readonly #keep = (contact: StoredContact): void => this.#kept(contact);
  #window: StoredContact;
  readonly #keptByPlace = new Map<number, StoredContact>();

  constructor(limits: { readonly perOwner: number; readonly all: number }) {
    this.#perOwner = limits.perOwner;
    this.#capacity = limits.all;
    this.#index = new PlaceIndex(this.#capacity);
    // Those that made room before their end still have their places.
    this.pool = new ContactPool(2 * this.#capacity);
    this.#window = new StoredContact(this.pool, 0, this.#keep);
  }

  get size(): number {
    return this.#size;
  }

  /** The place of a contact; -1 where it is not remembered. */
  find(owner: Owner, remote: AddressKey, kind: number): number {
    const shelf = this.#shelfOf(owner);
    if (shelf === undefined) return none;
    const address = addressWord(remote);
    const identity = identityOf(remote, kind);
    const { index } = shelf;
    const { words: all, texts } = this.pool;
    const hashed = hash(index, address, identity);
    for (let slot = this.#index.first(hashed); slot !== none; slot = this.#index.after(slot, hashed)) {
      const place = this.#index.placeAt(slot);
      const word = place << wordShift;
      if (
        all[word + words.address] === address &&
        all[word + words.identity] === identity &&
        all[word + words.shelf] === index &&
        (typeof remote === "number" || texts[place] === remote)
      ) {
        return place;
      }
    }
    return none;
  }

  /** What lies in a place. Whoever wants it for longer than until the next call keeps it. */
  at(place: number): StoredContact {
    const flag = (this.pool.words[(place << wordShift) + words.flags] ?? 0) & flags.kept;
    return (flag === 0 ? undefined : this.#keptByPlace.get(place)) ?? this.#window.moveTo(place);
  }

  /** Whose it is; null where its owner was forgotten. */
  ownerOf(place: number): Owner | null {
    const shelf = this.#byIndex[this.pool.words[(place << wordShift) + words.shelf] ?? 0];
    return shelf === undefined || shelf.isGone ? null : shelf.owner;
  }

  /** A place for a contact that is not there yet; most of what lay in it is still written there. */
  take(owner: Owner, remote: AddressKey, kind: number): number {
    const shelf = this.#shelfOf(owner) ?? this.#newShelf(owner);
    this.#makeRoom(shelf);
    const place = this.pool.take();
    const all = this.pool.words;
    const word = place << wordShift;
    const address = addressWord(remote);
    const identity = identityOf(remote, kind);
    if (typeof remote === "string") this.pool.texts[place] = remote;
    all[word + words.address] = address;
    all[word + words.identity] = identity;
    all[word + words.shelf] = shelf.index;
    all[word + words.flags] = 0;
    this.#index.add(hash(shelf.index, address, identity), place);
    this.#append(rowOf(shelf, kind), place);
    shelf.places += 1;
    this.#size += 1;
    return place;
  }

  /** It was used: others go before it. */
  renew(place: number): void {
    const shelf = this.#shelfAt(place);
    if (shelf === undefined) return;
    const row = rowOf(shelf, this.#kindAt(place));
    if (row.newest === place) return;
    this.#unlink(row, place);
    this.#append(row, place);
  }

  /** It got to its end: if it has made room before, its place is free now. */
  ended(place: number): void {
    const word = (place << wordShift) + words.flags;
    const flag = (this.pool.words[word] ?? 0) | flags.confirmed;
    this.pool.words[word] = flag;
    if ((flag & flags.unlinked) !== 0) this.#release(place);
  }

  /** Whatever an owner has, and that it is one. */
  forget(owner: Owner): void {
    const shelf = this.#shelves.get(owner);
    if (shelf === undefined) return;
    for (const row of [shelf.ordinary, shelf.propagation]) while (row.size > 0) this.#dropOldest(row);
    shelf.isGone = true;
    this.#shelves.delete(owner);
    this.#byNumber[owner.number] = undefined;
    if (shelf.places === 0) this.#freeIndex(shelf);
  }

  /** Lets go of what was not used since. */
  expire(since: { readonly ordinary: number; readonly propagation: number }): void {
    for (const [owner, { ordinary, propagation }] of this.#shelves) {
      this.#expireRow(ordinary, since.ordinary);
      this.#expireRow(propagation, since.propagation);
      if (ordinary.size + propagation.size === 0) this.forget(owner);
    }
  }

  /** The places of all that are remembered. */
  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (const { ordinary, propagation } of this.#shelves.values()) {
      for (const row of [ordinary, propagation]) {
        for (let place = row.oldest; place !== none;) {
          const following = this.pool.words[(place << wordShift) + words.newer] ?? none;
          yield place;
          place = following;
        }
      }
    }
  }

  #shelfOf(owner: Owner): Shelf<Owner> | undefined {
    const shelf = this.#byNumber[owner.number];
    return shelf?.owner === owner ? shelf : undefined;
  }

  #shelfAt(place: number): Shelf<Owner> | undefined {
    return this.#byIndex[this.pool.words[(place << wordShift) + words.shelf] ?? 0];
  }

  #kindAt(place: number): number {
    return (this.pool.words[(place << wordShift) + words.identity] ?? 0) & ~ipv6Identity;
  }

  #newShelf(owner: Owner): Shelf<Owner> {
    const index = this.#freeIndexes.pop() ?? this.#byIndex.length;
    const shelf = { owner, index, propagation: emptyRow(), ordinary: emptyRow(), places: 0, isGone: false };
    this.#byIndex[index] = shelf;
    this.#byNumber[owner.number] = shelf;
    this.#shelves.set(owner, shelf);
    return shelf;
  }

  #freeIndex({ index }: Shelf<Owner>): void {
    this.#byIndex[index] = undefined;
    this.#freeIndexes.push(index);
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
    while (row.size > 0 && this.pool.lastAt(row.oldest) <= since) {
      this.#dropOldest(row);
    }
  }

  #dropOldest(row: Row): void {
    const place = row.oldest;
    const all = this.pool.words;
    const word = place << wordShift;
    const hashed = hash(all[word + words.shelf] ?? 0, all[word + words.address] ?? 0, all[word + words.identity] ?? 0);
    this.#index.remove(hashed, place);
    this.#unlink(row, place);
    this.#size -= 1;
    const flag = all[word + words.flags] ?? 0;
    // One that is still on its way to its end has to get there as itself.
    if ((flag & flags.confirmed) === 0) all[word + words.flags] = flag | flags.unlinked;
    else this.#release(place);
  }

  #release(place: number): void {
    const shelf = this.#shelfAt(place);
    const { words: all, names } = this.pool;
    const flag = all[(place << wordShift) + words.flags] ?? 0;
    if ((flag & flags.kept) !== 0) {
      this.#keptByPlace.get(place)?.leave();
      this.#keptByPlace.delete(place);
    }
    if ((flag & flags.named) !== 0) names[place] = null;
    this.pool.giveBack(place);
    if (shelf === undefined) return;
    shelf.places -= 1;
    if (shelf.isGone && shelf.places === 0) this.#freeIndex(shelf);
  }

  #kept(contact: StoredContact): void {
    this.#keptByPlace.set(contact.slot, contact);
    if (contact === this.#window) this.#window = new StoredContact(this.pool, 0, this.#keep);
  }

  #append(row: Row, place: number): void {
    const all = this.pool.words;
    const word = place << wordShift;
    all[word + words.older] = row.newest;
    all[word + words.newer] = none;
    if (row.newest === none) row.oldest = place;
    else all[(row.newest << wordShift) + words.newer] = place;
    row.newest = place;
    row.size += 1;
  }

  #unlink(row: Row, place: number): void {
    const all = this.pool.words;
    const word = place << wordShift;
    const older = all[word + words.older] ?? none;
    const newer = all[word + words.newer] ?? none;
    if (older === none) row.oldest = newer;
    else all[(older << wordShift) + words.newer] = newer;
    if (newer === none) row.newest = older;
    else all[(newer << wordShift) + words.older] = older;
    row.size -= 1;
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

function identityOf(remote: AddressKey, kind: number): number {
  return typeof remote === "number" ? kind : kind | ipv6Identity;
}

/** The address, or of an IPv6 one what tells most of them apart. */
function addressWord(remote: AddressKey): number {
  if (typeof remote === "number") return remote | 0;
  let state = 0;
  for (let index = 0; index < remote.length; index += 1) {
    state = Math.imul(state ^ remote.charCodeAt(index), 0x0100_0193);
  }
  return state;
}

/** Murmur3's finish over what tells contacts apart: neighbours land far from each other. */
function hash(index: number, address: number, identity: number): number {
  let state = Math.imul(index + 1, 0x9e37_79b1) ^ identity ^ address;
  state = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35);
  return state ^ (state >>> 16);
}
