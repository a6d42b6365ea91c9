import type { AddressKey } from "../packet/packet.ts";
import { contactKind, contactKinds, type Contact, type Outcome, type TargetFacts } from "./contact.ts";
import { ContactStore, type StoredContact } from "./contact-store.ts";
import { portClassOf, type PortClass } from "./port-class.ts";
import { TimedQueue } from "./queue.ts";

/** What the table tells whoever judges. */
export interface ContactListener<Owner> {
  opened(owner: Owner, contact: Contact): void;
  /** A further attempt at a known target, on whatever port of the same class. */
  repeated(owner: Owner, contact: Contact, port: number): void;
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

/** A dead line is noticed within this time, so a miss this old was not the line's doing. */
export const confirmAfterMs = 20_000;

/** A propagation target tried again within a day is the same contact: a drive mapped to a dead server is one miss. */
const idleMs = { propagation: 24 * 3_600_000, other: 6 * 3_600_000 } as const;
const sweepEveryMs = 60_000;

/** First contacts of all hosts and what became of them. */
export class ContactTable<Owner extends object> {
  readonly #listener: ContactListener<Owner>;
  readonly #store: ContactStore<Owner>;
  readonly #pending = new TimedQueue<StoredContact<Owner>>();
  readonly #unconfirmed = new TimedQueue<StoredContact<Owner>>();
  #sweptAt = 0;

  constructor(limits: ContactLimits, listener: ContactListener<Owner>) {
    this.#store = new ContactStore({ perOwner: limits.contactsPerHost, all: limits.contacts });
    this.#listener = listener;
  }

  get size(): number {
    return this.#store.size;
  }

  /** One SYN of a host. Null where it only repeats one that is on its way. */
  attempt<Fields extends Attempt>(
    owner: Owner,
    attempt: Fields,
    factsOf: (attempt: Fields) => TargetFacts,
  ): Contact | null {
    const portClass = attempt.portClass ?? portClassOf(attempt.port);
    const kind = contactKind(portClass);
    const known = this.#store.find(owner, attempt.remote, kind);
    if (known === undefined) return this.#open(owner, attempt, portClass, kind, factsOf(attempt));
    const isNew = attempt.sourcePort !== known.sourcePort;
    known.lastAt = attempt.at;
    this.#store.renew(known);
    if (!isNew) return null;
    // Another port of the same machine is no repeat: whoever goes through its ports does not keep on trying one.
    const isRepeat = attempt.port === known.port;
    if (isRepeat && attempt.sourcePort > known.sourcePort) known.sourcePortRises += 1;
    if (isRepeat && known.answeredAt < known.attemptAt) known.unanswered += 1;
    known.sourcePort = attempt.sourcePort;
    known.attempts += 1;
    known.attemptAt = attempt.at;
    this.#listener.repeated(owner, known, attempt.port);
    return known;
  }

  find(owner: Owner, remote: AddressKey, portClass: PortClass): StoredContact<Owner> | undefined {
    return this.#store.find(owner, remote, contactKind(portClass));
  }

  /** Whether this address answered the owner on whatever ports. */
  hasAnswered(owner: Owner, remote: AddressKey): boolean {
    return contactKinds.some((kind) => (this.#store.find(owner, remote, kind)?.answeredAt ?? 0) > 0);
  }

  /** An answer credits a contact however late it comes; no failure takes an answer back. */
  settle(owner: Owner, contact: StoredContact<Owner>, outcome: Outcome, at: number): void {
    if (outcome === "established") contact.answeredAt = at;
    if (contact.outcome === outcome || contact.outcome === "established") return;
    // The gateway's or our own refusal stands until the target itself answers.
    const isExplained = contact.outcome === "refused-by-us" || contact.outcome === "refused-by-gateway";
    if (isExplained && outcome !== "established") return;
    const before = contact.outcome;
    contact.outcome = outcome;
    if (contact.waitsAt >= 0) {
      this.#pending.leave(contact.waitsAt);
      contact.waitsAt = -1;
    }
    this.#listener.settled(owner, contact, before);
  }

  /** Lets grace run out and contacts expire. */
  advance(at: number, graceMs: number, isLineDead: boolean): void {
    while (at - this.#pending.firstAt >= graceMs) {
      const contact = this.#pending.shift();
      // Whoever was answered waits no longer.
      if (contact === undefined) continue;
      contact.waitsAt = -1;
      if (contact.outcome !== "pending" || contact.shelf.isGone) continue;
      const isOutage = isLineDead && contact.place !== "neighbour";
      this.settle(contact.shelf.owner, contact, isOutage ? "line-down" : "silent", at);
    }
    while (at - this.#unconfirmed.firstAt >= confirmAfterMs) {
      const contact = this.#unconfirmed.shift();
      if (contact === undefined) continue;
      contact.isConfirmed = true;
      if (!contact.shelf.isGone) this.#listener.confirmed(contact.shelf.owner, contact);
    }
    if (at - this.#sweptAt < sweepEveryMs) return;
    this.#sweptAt = at;
    this.#store.expire({ ordinary: at - idleMs.other, propagation: at - idleMs.propagation });
  }

  /** The line turned out to be dead since then: what it left unanswered was its doing. */
  neutralise(since: number): void {
    for (const contact of this.#store) {
      if (contact.openedAt < since || contact.place === "neighbour") continue;
      if (contact.outcome === "pending" || contact.outcome === "silent" || contact.outcome === "unreachable") {
        this.settle(contact.shelf.owner, contact, "line-down", since);
      }
    }
  }

  forget(owner: Owner): void {
    this.#store.forget(owner);
  }

  #open(owner: Owner, attempt: Attempt, portClass: PortClass, kind: number, facts: TargetFacts): Contact {
    const contact = this.#store.take(owner, attempt.remote, kind);
    contact.place = facts.place;
    contact.resolution = facts.resolution;
    contact.name = facts.name;
    contact.portClass = portClass;
    contact.port = attempt.port;
    contact.openedAt = attempt.at;
    contact.lastAt = attempt.at;
    contact.outcome = attempt.stopped ? "refused-by-us" : "pending";
    contact.attemptAt = attempt.at;
    contact.attempts = 1;
    contact.sourcePort = attempt.sourcePort;
    contact.sourcePortRises = 0;
    contact.unanswered = 0;
    contact.answeredAt = 0;
    contact.isConfirmed = false;
    contact.isCounted = false;
    contact.counted = 0;
    contact.visitedAt = attempt.at;
    contact.intervalMs = 0;
    contact.evenRounds = 0;
    contact.waitsAt = attempt.stopped ? -1 : this.#pending.push(contact, attempt.at);
    this.#unconfirmed.push(contact, attempt.at);
    this.#listener.opened(owner, contact);
    return contact;
  }
}
