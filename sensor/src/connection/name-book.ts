import type { AddressKey } from "../packet/packet.ts";
import type { Resolution } from "./contact.ts";

/**
 * For so long after the box came, a target without a name may have been resolved before: programs
 * and resolvers keep names for minutes to an hour.
 */
const warmUpMs = 3_600_000;

/** A name is believed for a day: programs hold on to addresses far longer than the record says. */
const nameLifeMs = 24 * 3_600_000;

interface NameEntry {
  readonly name: string;
  readonly at: number;
}

/** Which addresses anybody on the site has looked up, and by which name. */
export class NameBook {
  readonly #cap: number;
  readonly #entries = new Map<AddressKey, NameEntry>();
  #startedAt = -1;
  #lastAnswerAt = -1;

  /** @param cap names kept; the oldest is forgotten first */
  constructor(cap: number) {
    this.#cap = cap;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** From when on answers could have been seen, epoch milliseconds. */
  start(at: number): void {
    if (this.#startedAt < 0) this.#startedAt = at;
  }

  /** An answer was seen: `name` has this address. */
  learn(address: AddressKey, name: string, at: number): void {
    this.#lastAnswerAt = at;
    this.#entries.delete(address);
    this.#entries.set(address, { name: name.toLowerCase(), at });
    if (this.#entries.size <= this.#cap) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }

  /** An answer without addresses was seen: answers do pass by here. */
  hear(at: number): void {
    this.#lastAnswerAt = at;
  }

  nameOf(address: AddressKey, at: number): string | null {
    const entry = this.#entries.get(address);
    return entry === undefined || at - entry.at > nameLifeMs ? null : entry.name;
  }

  resolutionOf(address: AddressKey, at: number): Resolution {
    return this.nameOf(address, at) === null ? this.resolutionOfNameless(at) : "resolved";
  }

  /** The same of an address that has no name. */
  resolutionOfNameless(at: number): Resolution {
    // Where no answer passes by (encrypted DNS, a resolver on the switch, one direction only) none can be missed.
    if (this.#lastAnswerAt < 0 || at - this.#lastAnswerAt > warmUpMs) return "unknown";
    return at - this.#startedAt < warmUpMs ? "unknown" : "unresolved";
  }

  /** The newest names, oldest of them first. */
  newest(count: number): [AddressKey, string, number][] {
    const entries = [...this.#entries].slice(-count);
    return entries.map(([address, entry]) => [address, entry.name, entry.at]);
  }
}
