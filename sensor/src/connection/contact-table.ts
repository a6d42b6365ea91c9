import type { AddressKey } from "../packet/packet.ts";
import { contactKey, type Contact, type Outcome, type TargetFacts } from "./contact.ts";
import { isPropagationClass, portClassOf, type PortClass } from "./port-class.ts";

/** What the table tells whoever judges. */
export interface ContactListener<Owner> {
  opened(owner: Owner, contact: Contact): void;
  /** A further attempt at a known target. */
  repeated(owner: Owner, contact: Contact): void;
  settled(owner: Owner, contact: Contact, before: Outcome): void;
  /** Long enough after opening that a cut of the line would have been noticed; `contact` is final but for late answers. */
  confirmed(owner: Owner, contact: Contact): void;
}

export interface ContactLimits {
  readonly contactsPerHost: number;
  readonly contacts: number;
}

export interface Attempt {
  readonly remote: AddressKey;
  readonly port: number;
  readonly sourcePort: number;
  readonly at: number;
  readonly stopped: boolean;
  /** Absent: that of the TCP port. */
  readonly portClass?: PortClass;
}

interface Entry<Owner> {
  readonly owner: Owner;
  readonly contact: Contact;
}

/** A dead line is noticed within this time, so a miss this old was not the line's doing. */
export const confirmAfterMs = 20_000;

/** A propagation target tried again within a day is the same contact: a drive mapped to a dead server is one miss. */
const idleMs = { propagation: 24 * 3_600_000, other: 6 * 3_600_000 } as const;
const sweepEveryMs = 60_000;

/** First contacts of all hosts and what became of them. */
export class ContactTable<Owner extends object> {
  readonly #listener: ContactListener<Owner>;
  readonly #limits: ContactLimits;
  readonly #contactsByOwner = new Map<Owner, Map<AddressKey, Contact>>();
  #pending = new Queue<Entry<Owner>>();
  #unconfirmed = new Queue<Entry<Owner>>();
  #size = 0;
  #sweptAt = 0;

  constructor(limits: ContactLimits, listener: ContactListener<Owner>) {
    this.#limits = limits;
    this.#listener = listener;
  }

  /** One SYN of a host. Null where it only repeats one that is on its way. */
  attempt(owner: Owner, attempt: Attempt, facts: () => TargetFacts): Contact | null {
    const portClass = attempt.portClass ?? portClassOf(attempt.port);
    const key = contactKey(attempt.remote, portClass);
    const contacts = this.#contactsOf(owner);
    const known = contacts.get(key);
    if (known !== undefined) {
      const isNew = attempt.sourcePort !== known.sourcePort;
      known.lastAt = attempt.at;
      if (!isNew) return null;
      // Another port of the same machine is no repeat: whoever goes through its ports does not keep on trying one.
      const isRepeat = attempt.port === known.port;
      if (isRepeat && attempt.sourcePort > known.sourcePort) known.sourcePortRises += 1;
      if (isRepeat && known.answeredAt < known.attemptAt) known.unanswered += 1;
      known.sourcePort = attempt.sourcePort;
      known.attempts += 1;
      known.attemptAt = attempt.at;
      this.#listener.repeated(owner, known);
      return known;
    }
    this.#makeRoom(contacts);
    const target = facts();
    const contact: Contact = {
      place: target.place,
      resolution: target.resolution,
      name: target.name,
      remote: attempt.remote,
      portClass,
      port: attempt.port,
      openedAt: attempt.at,
      lastAt: attempt.at,
      outcome: attempt.stopped ? "refused-by-us" : "pending",
      attemptAt: attempt.at,
      attempts: 1,
      sourcePort: attempt.sourcePort,
      sourcePortRises: 0,
      unanswered: 0,
      answeredAt: 0,
      isConfirmed: false,
      counted: null,
    };
    contacts.set(key, contact);
    this.#size += 1;
    const entry = { owner, contact };
    if (!attempt.stopped) this.#pending.push(entry);
    this.#unconfirmed.push(entry);
    this.#listener.opened(owner, contact);
    return contact;
  }

  find(owner: Owner, remote: AddressKey, portClass: PortClass): Contact | undefined {
    return this.#contactsByOwner.get(owner)?.get(contactKey(remote, portClass));
  }

  /** An answer credits a contact however late it comes; no failure takes an answer back. */
  settle(owner: Owner, contact: Contact, outcome: Outcome, at: number): void {
    if (outcome === "established") contact.answeredAt = at;
    if (contact.outcome === outcome || contact.outcome === "established") return;
    // The gateway's or our own refusal stands until the target itself answers.
    const isExplained = contact.outcome === "refused-by-us" || contact.outcome === "refused-by-gateway";
    if (isExplained && outcome !== "established") return;
    const before = contact.outcome;
    contact.outcome = outcome;
    this.#listener.settled(owner, contact, before);
  }

  /** Lets grace run out and contacts expire. */
  advance(at: number, graceMs: number, isLineDead: boolean): void {
    for (;;) {
      const entry = this.#pending.first;
      if (entry === undefined || at - entry.contact.openedAt < graceMs) break;
      this.#pending.shift();
      if (entry.contact.outcome === "pending") {
        const isOutage = isLineDead && entry.contact.place !== "neighbour";
        this.settle(entry.owner, entry.contact, isOutage ? "line-down" : "silent", at);
      }
    }
    for (;;) {
      const entry = this.#unconfirmed.first;
      if (entry === undefined || at - entry.contact.openedAt < confirmAfterMs) break;
      this.#unconfirmed.shift();
      entry.contact.isConfirmed = true;
      this.#listener.confirmed(entry.owner, entry.contact);
    }
    if (at - this.#sweptAt >= sweepEveryMs) this.#sweep(at);
  }

  /** The line turned out to be dead since then: what it left unanswered was its doing. */
  neutralise(since: number): void {
    for (const [owner, contacts] of this.#contactsByOwner) {
      for (const contact of contacts.values()) {
        if (contact.openedAt < since || contact.place === "neighbour") continue;
        if (contact.outcome === "pending" || contact.outcome === "silent" || contact.outcome === "unreachable") {
          this.settle(owner, contact, "line-down", since);
        }
      }
    }
  }

  forget(owner: Owner): void {
    this.#size -= this.#contactsByOwner.get(owner)?.size ?? 0;
    this.#contactsByOwner.delete(owner);
  }

  #contactsOf(owner: Owner): Map<AddressKey, Contact> {
    let contacts = this.#contactsByOwner.get(owner);
    if (contacts === undefined) {
      contacts = new Map();
      this.#contactsByOwner.set(owner, contacts);
    }
    return contacts;
  }

  /** Forgets the oldest contact of the host, or of whoever has the most, when a cap is reached. */
  #makeRoom(contacts: Map<AddressKey, Contact>): void {
    if (contacts.size >= this.#limits.contactsPerHost) this.#forgetOldest(contacts);
    if (this.#size < this.#limits.contacts) return;
    let largest = contacts;
    for (const other of this.#contactsByOwner.values()) if (other.size > largest.size) largest = other;
    // A block at once, so that a flood does not search for the largest with every packet.
    for (let left = Math.min(1024, largest.size); left > 0; left -= 1) this.#forgetOldest(largest);
  }

  #forgetOldest(contacts: Map<AddressKey, Contact>): void {
    for (const key of contacts.keys()) {
      contacts.delete(key);
      this.#size -= 1;
      return;
    }
  }

  #sweep(at: number): void {
    this.#sweptAt = at;
    for (const [owner, contacts] of this.#contactsByOwner) {
      for (const [key, contact] of contacts) {
        const limitMs = isPropagationClass(contact.portClass) ? idleMs.propagation : idleMs.other;
        if (at - contact.lastAt < limitMs) continue;
        contacts.delete(key);
        this.#size -= 1;
      }
      if (contacts.size === 0) this.#contactsByOwner.delete(owner);
    }
  }
}

/** First in, first out, without moving the rest at every step. */
class Queue<Item> {
  #items: Item[] = [];
  #head = 0;

  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#head += 1;
    if (this.#head < 1024 || this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
