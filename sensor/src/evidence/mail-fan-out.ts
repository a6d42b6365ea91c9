import type { Contact, Outcome } from "../connection/contact.ts";
import type { PortClass } from "../connection/port-class.ts";
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

/** Where a person's program fetches mail: POP3 and IMAP (RFC 8314 3). */
const fetchPorts: ReadonlySet<number> = new Set([110, 143, 993, 995]);
/** Accounts of one person; more excuse nothing. */
const fetchedKept = 8;

/** Figures of the moment it was decided, for the sentence. */
interface Decision {
  readonly strength: number;
  readonly operators: number;
  readonly servers: "named" | "nameless" | "with accounts";
  readonly withinMs: number;
}

/**
 * How many mail operators a host calls. It rests on what is tried, so it holds where everything
 * succeeds, where the provider blocks port 25, and where the line is dead.
 */
export class MailFanOut implements Detector {
  readonly classes: readonly PortClass[] = ["mail", "other"];
  readonly #operators = new Map<string, Operator>();
  readonly #servers = new Map<AddressKey, number>();
  #contacts = 0;
  #firstAt = 0;
  #lastAt = 0;
  #decidedAt = -1;
  #decision: Decision | null = null;
  /** Operators whose mail the host fetches: they know it, and it may send by them. */
  readonly #fetched = new Map<string, true>();

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

  settled(contact: Contact, _before: Outcome): boolean {
    if (contact.outcome !== "established" || !fetchPorts.has(contact.port) || contact.name === null) return false;
    if (this.#fetched.size < fetchedKept) {
      this.#fetched.set(mailOperatorOf(contact.name, contact.remote).key, true);
    }
    return false;
  }

  findings(at: number): readonly Finding[] {
    if (this.#decidedAt >= 0 && at - this.#decidedAt > decisionLifeMs) {
      this.#decidedAt = -1;
      this.#decision = null;
    }
    const base = { for: true, subject: "mail", firstAt: this.#firstAt, lastAt: this.#lastAt } as const;
    if (this.#decision !== null) {
      const text = (): string => this.#sentence();
      const { strength } = this.#decision;
      return [{ ...base, kind: mailFanOutKind, strength, count: this.#servers.size, text }];
    }
    const servers = this.#serversSince(at - mailFanOut.addresses.windowMs);
    if (servers < mailFanOut.addresses.count || this.#isOfOneProvider) return [];
    const operators = counted(this.#operators.size, "provider", "providers");
    return [
      {
        ...base,
        kind: "mail-addresses",
        strength: mailFanOut.addresses.weight,
        count: servers,
        text: () => `Called ${servers} mail servers, but of ${operators} only: a program with several accounts may.`,
      },
    ];
  }

  /** However many addresses that has: a printer mails directly to them, and a mail program's wizard tries them. */
  get #isOfOneProvider(): boolean {
    const [first] = this.#operators.values();
    return this.#operators.size === 1 && first?.isNamed === true;
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
    let recentAccounts = 0;
    for (const [key, operator] of [...this.#operators].reverse()) {
      if (at - operator.lastAt > mailFanOut.slow.windowMs) break;
      if (this.#fetched.has(key)) continue;
      // Submission needs an account, and one provider's pool spans many networks: half a voice while nameless.
      recent += operator.isRelay ? 1 : 0.5;
      if (operator.isNamed) recentNamed += 1;
      if (operator.isNamed && !operator.isRelay) recentAccounts += 1;
      // Nameless networks are weaker: they decide by the slow rule only.
      if (!operator.isNamed || at - operator.firstAt > mailFanOut.burst.windowMs) continue;
      fresh += 1;
      freshSince = Math.min(freshSince, operator.firstAt);
      if (operator.isRelay) freshRelays += 1;
    }
    const isBurst = freshRelays >= mailFanOut.burst.operators || fresh >= mailFanOut.submissionBurst.operators;
    const slowMs = Math.min(at - this.#firstAt, mailFanOut.slow.windowMs);
    const { decided, accounts } = mailFanOut;
    if (isBurst) this.#keep({ strength: decided, operators: fresh, servers: "named", withinMs: at - freshSince }, at);
    else if (recent >= mailFanOut.slow.operators) {
      const servers = recentNamed > 0 ? "named" : "nameless";
      this.#keep({ strength: decided, operators: Math.floor(recent), servers, withinMs: slowMs }, at);
    } else if (recentAccounts >= accounts.operators) {
      const { weight: strength } = accounts;
      this.#keep({ strength, operators: recentAccounts, servers: "with accounts", withinMs: slowMs }, at);
    }
  }

  /** What weighs more stands, and the figures that say more. */
  #keep(decision: Decision, at: number): void {
    const known = this.#decision;
    if (known !== null && known.strength > decision.strength) return;
    this.#decidedAt = at;
    if (known === null || known.strength < decision.strength || known.operators < decision.operators) {
      this.#decision = decision;
    }
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
    const of = {
      named: `${operators} providers`,
      nameless: `${operators} networks that nobody had looked up`,
      "with accounts": `${operators} providers that ask for a password`,
    }[decision.servers];
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
