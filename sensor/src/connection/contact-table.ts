import type { AddressKey } from "../packet/packet.ts";
import { contactKind, contactKinds, type Contact, type Outcome, type TargetFacts } from "./contact.ts";
import { bytes, byteShift, flags, none, pastTimes, pastWords, shorts, shortShift } from "./contact-pool.ts";
import { times, timeShift, words, wordShift, type ContactPool } from "./contact-pool.ts";
import { ContactStore, type Numbered } from "./contact-store.ts";
import { portClassIndex, portClassOf, type PortClass } from "./port-class.ts";
import { TimedQueue } from "./queue.ts";
import { outcomes, places, resolutions, type StoredContact } from "./stored-contact.ts";

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
export class ContactTable<Owner extends Numbered> {
  readonly #listener: ContactListener<Owner>;
  readonly #store: ContactStore<Owner>;
  readonly #pool: ContactPool;
  readonly #pending = new TimedQueue();
  readonly #unconfirmed = new TimedQueue();
  #sweptAt = 0;

  constructor(limits: ContactLimits, listener: ContactListener<Owner>) {
    this.#store = new ContactStore({ perOwner: limits.contactsPerHost, all: limits.contacts });
    this.#pool = this.#store.pool;
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
    if (known === none) return this.#open(owner, attempt, portClass, kind, factsOf(attempt));
    const { words: all, shorts: allShorts, times: allTimes, pastWords: past, pastTimes: allPastTimes } = this.#pool;
    const word = known << wordShift;
    const short = known << shortShift;
    const time = known << timeShift;
    const { sourcePort } = attempt;
    const sourcePortBefore = allShorts[short + shorts.sourcePort] ?? 0;
    this.#pool.beginPast(known);
    allPastTimes[time + pastTimes.lastAt] = attempt.at;
    this.#store.renew(known);
    if (sourcePort === sourcePortBefore) return null;
    // Another port of the same machine is no repeat: whoever goes through its ports does not keep on trying one.
    if (attempt.port === allShorts[short + shorts.port]) {
      const attemptAt = allPastTimes[time + pastTimes.attemptAt] ?? 0;
      const isUnanswered = (allTimes[time + times.answeredAt] ?? 0) < attemptAt;
      if (sourcePort > sourcePortBefore)
        past[word + pastWords.sourcePortRises] = (past[word + pastWords.sourcePortRises] ?? 0) + 1;
      if (isUnanswered) past[word + pastWords.unanswered] = (past[word + pastWords.unanswered] ?? 0) + 1;
    }
    allShorts[short + shorts.sourcePort] = sourcePort;
    all[word + words.attempts] = (all[word + words.attempts] ?? 0) + 1;
    allPastTimes[time + pastTimes.attemptAt] = attempt.at;
    const contact = this.#store.at(known);
    this.#listener.repeated(owner, contact, attempt.port);
    return contact;
  }

  /** Good until the table is asked for the next one. */
  find(owner: Owner, remote: AddressKey, portClass: PortClass): StoredContact | undefined {
    const place = this.#store.find(owner, remote, contactKind(portClass));
    return place === none ? undefined : this.#store.at(place);
  }

  /** Whether this address answered the owner on whatever ports. */
  hasAnswered(owner: Owner, remote: AddressKey): boolean {
    return contactKinds.some((kind) => {
      const place = this.#store.find(owner, remote, kind);
      return place !== none && (this.#pool.times[(place << timeShift) + times.answeredAt] ?? 0) > 0;
    });
  }

  /** An answer credits a contact however late it comes; no failure takes an answer back. */
  settle(owner: Owner, contact: StoredContact, outcome: Outcome, at: number): void {
    this.#settle(owner, contact.slot, outcome, at);
  }

  /** Lets grace run out and contacts expire. */
  advance(at: number, graceMs: number, isLineDead: boolean): void {
    while (at - this.#pending.firstAt >= graceMs) {
      const place = this.#pending.shift();
      // Whoever was answered waits no longer.
      if (place === none) continue;
      this.#flag(place, 0, flags.waiting);
      const owner = this.#store.ownerOf(place);
      if (owner === null || this.#outcomeAt(place) !== "pending") continue;
      const isOutage = isLineDead && this.#store.at(place).place !== "neighbour";
      this.#settle(owner, place, isOutage ? "line-down" : "silent", at);
    }
    while (at - this.#unconfirmed.firstAt >= confirmAfterMs) {
      const place = this.#unconfirmed.shift();
      const owner = this.#store.ownerOf(place);
      this.#stopWaiting(place);
      if (owner !== null) this.#listener.confirmed(owner, this.#store.at(place));
      this.#store.ended(place);
    }
    if (at - this.#sweptAt < sweepEveryMs) return;
    this.#sweptAt = at;
    this.#store.expire({ ordinary: at - idleMs.other, propagation: at - idleMs.propagation });
  }

  /** The line turned out to be dead since then: what it left unanswered was its doing. */
  neutralise(since: number): void {
    for (const place of this.#store) {
      const { openedAt, place: where, outcome } = this.#store.at(place);
      if (openedAt < since || where === "neighbour") continue;
      if (outcome !== "pending" && outcome !== "silent" && outcome !== "unreachable") continue;
      const owner = this.#store.ownerOf(place);
      if (owner !== null) this.#settle(owner, place, "line-down", since);
    }
  }

  forget(owner: Owner): void {
    this.#store.forget(owner);
  }

  #settle(owner: Owner, place: number, outcome: Outcome, at: number): void {
    if (outcome === "established") this.#pool.times[(place << timeShift) + times.answeredAt] = at;
    const before = this.#outcomeAt(place);
    if (before === outcome || before === "established") return;
    // The gateway's or our own refusal stands until the target itself answers.
    const isExplained = before === "refused-by-us" || before === "refused-by-gateway";
    if (isExplained && outcome !== "established") return;
    this.#pool.bytes[(place << byteShift) + bytes.outcome] = outcomes.indexOf(outcome);
    this.#stopWaiting(place);
    this.#listener.settled(owner, this.#store.at(place), before);
  }

  #outcomeAt(place: number): Outcome {
    return outcomes[this.#pool.bytes[(place << byteShift) + bytes.outcome] ?? 0] ?? "pending";
  }

  #stopWaiting(place: number): void {
    const word = place << wordShift;
    if (((this.#pool.words[word + words.flags] ?? 0) & flags.waiting) === 0) return;
    this.#pending.leave(this.#pool.words[word + words.waitsAt] ?? 0);
    this.#flag(place, 0, flags.waiting);
  }

  #flag(place: number, set: number, cleared: number): void {
    const word = (place << wordShift) + words.flags;
    this.#pool.words[word] = ((this.#pool.words[word] ?? 0) & ~cleared) | set;
  }

  #open(owner: Owner, attempt: Attempt, portClass: PortClass, kind: number, facts: TargetFacts): Contact {
    const { at, stopped } = attempt;
    const place = this.#store.take(owner, attempt.remote, kind);
    const { words: all, shorts: allShorts, times: allTimes, bytes: allBytes } = this.#pool;
    const word = place << wordShift;
    const short = place << shortShift;
    const time = place << timeShift;
    const byte = place << byteShift;
    allBytes[byte + bytes.portClass] = portClassIndex(portClass);
    allBytes[byte + bytes.place] = places.indexOf(facts.place);
    allBytes[byte + bytes.resolution] = resolutions.indexOf(facts.resolution);
    allBytes[byte + bytes.outcome] = stopped ? outcomes.indexOf("refused-by-us") : 0;
    allShorts[short + shorts.port] = attempt.port;
    allShorts[short + shorts.sourcePort] = attempt.sourcePort;
    all[word + words.attempts] = 1;
    allTimes[time + times.openedAt] = at;
    allTimes[time + times.answeredAt] = 0;
    allTimes[time + times.counted] = 0;
    if (facts.name !== null) {
      this.#pool.names[place] = facts.name;
      this.#flag(place, flags.named, 0);
    }
    if (!stopped) {
      all[word + words.waitsAt] = this.#pending.push(place, at);
      this.#flag(place, flags.waiting, 0);
    }
    this.#unconfirmed.push(place, at);
    const contact = this.#store.at(place);
    this.#listener.opened(owner, contact);
    return contact;
  }
}
