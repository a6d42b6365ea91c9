import type { Contact } from "../connection/contact.ts";
import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding } from "./detector.ts";
import { decisionLifeMs, mailFanOut } from "./likelihoods.ts";
import { mailOperatorOf } from "./mail-operator.ts";
import { counted, duration } from "./words.ts";

export const mailFanOutKind = "mail-fan-out";

interface Operator {
  readonly isNamed: boolean;
  /** Of the first contact ever, and of the last attempt. */
  readonly firstAt: number;
  lastAt: number;
  /** Took mail from other servers: port 25 or 2525, not only submission. */
  isRelay: boolean;
}

/** Operators and servers remembered per host; more than decide need not be told apart. */
const operatorsKept = 256;
const serversKept = 1024;
const relayPorts: ReadonlySet<number> = new Set([25, 2525]);

/**
 * How many mail operators a host calls. It rests on what is tried, so it holds where everything
 * succeeds, where the provider blocks port 25, and where the line is dead.
 */
export class MailFanOut implements Detector {
  readonly #operators = new Map<string, Operator>();
  readonly #servers = new Map<AddressKey, number>();
  #contacts = 0;
  #firstAt = 0;
  #lastAt = 0;
  #decidedAt = -1;
  /** Figures of the moment it was decided, for the sentence. */
  #decision: { readonly operators: number; readonly isNamed: boolean; readonly withinMs: number } | null = null;

  /** First contacts to mail servers beyond the own subnet. */
  get contacts(): number {
    return this.#contacts;
  }

  opened(contact: Contact): boolean {
    if (!isMailAbroad(contact)) return false;
    this.#contacts += 1;
    this.#attempt(contact, contact.openedAt);
    return true;
  }

  repeated(contact: Contact): boolean {
    if (!isMailAbroad(contact)) return false;
    this.#attempt(contact, contact.attemptAt);
    return true;
  }

  findings(at: number): readonly Finding[] {
    if (this.#decidedAt >= 0 && at - this.#decidedAt > decisionLifeMs) {
      this.#decidedAt = -1;
      this.#decision = null;
    }
    const base = { for: true, subject: "mail", firstAt: this.#firstAt, lastAt: this.#lastAt } as const;
    if (this.#decision !== null) {
      const text = (): string => this.#sentence();
      return [{ ...base, kind: mailFanOutKind, strength: mailFanOut.decided, count: this.#servers.size, text }];
    }
    const servers = this.#serversSince(at - mailFanOut.addresses.windowMs);
    if (servers < mailFanOut.addresses.count) return [];
    const operators = counted(this.#operators.size, "provider", "providers");
    return [
      {
        ...base,
        kind: "mail-addresses",
        strength: mailFanOut.addresses.weight,
        count: servers,
        text: () =>
          `Called ${servers} mail servers, but of ${operators} only: a printer or a mail program's wizard may.`,
      },
    ];
  }

  #attempt(contact: Contact, at: number): void {
    if (this.#firstAt === 0) this.#firstAt = at;
    this.#lastAt = at;
    remember(this.#servers, contact.remote, at, serversKept);
    const { key, isNamed } = mailOperatorOf(contact.name, contact.remote);
    const isRelay = relayPorts.has(contact.port);
    const known = this.#operators.get(key);
    if (known === undefined) {
      remember(this.#operators, key, { isNamed, firstAt: at, lastAt: at, isRelay }, operatorsKept);
    } else {
      known.lastAt = at;
      known.isRelay ||= isRelay;
      // The most recently used stand last, so that the window's count can stop early.
      this.#operators.delete(key);
      this.#operators.set(key, known);
    }
    this.#decide(at);
  }

  #decide(at: number): void {
    let fresh = 0;
    let freshRelays = 0;
    let freshSince = at;
    let recent = 0;
    let recentNamed = 0;
    for (const operator of [...this.#operators.values()].reverse()) {
      if (at - operator.lastAt > mailFanOut.slow.windowMs) break;
      // Submission needs an account, and one provider's pool spans many networks: half a voice while nameless.
      recent += operator.isRelay ? 1 : 0.5;
      if (operator.isNamed) recentNamed += 1;
      // Nameless networks are weaker: they decide by the slow rule only.
      if (!operator.isNamed || at - operator.firstAt > mailFanOut.burst.windowMs) continue;
      fresh += 1;
      freshSince = Math.min(freshSince, operator.firstAt);
      if (operator.isRelay) freshRelays += 1;
    }
    const isBurst = freshRelays >= mailFanOut.burst.operators || fresh >= mailFanOut.submissionBurst.operators;
    if (!isBurst && recent < mailFanOut.slow.operators) return;
    this.#decidedAt = at;
    const operators = isBurst ? fresh : Math.floor(recent);
    if (this.#decision !== null && this.#decision.operators >= operators) return;
    const withinMs = isBurst ? at - freshSince : Math.min(at - this.#firstAt, mailFanOut.slow.windowMs);
    this.#decision = { operators, isNamed: isBurst || recentNamed > 0, withinMs };
  }

  #serversSince(since: number): number {
    let count = 0;
    for (const at of this.#servers.values()) if (at >= since) count += 1;
    return count;
  }

  #sentence(): string {
    const decision = this.#decision;
    if (decision === null) return "";
    const { operators, withinMs } = decision;
    const of = decision.isNamed ? `${operators} providers` : `${operators} networks that nobody had looked up`;
    const servers = counted(this.#servers.size, "mail server", "mail servers");
    return `Tried ${servers}, of ${of} within ${duration(withinMs)}. A person's program uses one or two.`;
  }
}

function isMailAbroad(contact: Contact): boolean {
  return contact.portClass === "mail" && contact.place !== "neighbour";
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, cap: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= cap) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
