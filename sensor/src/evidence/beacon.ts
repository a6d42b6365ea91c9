import type { Contact } from "../connection/contact.ts";
import { isPropagationClass, isStreamClass, isKnownService, loginPorts } from "../connection/port-class.ts";
import type { Detector, Finding } from "./detector.ts";
import { beacon, decisionLifeMs } from "./likelihoods.ts";

/** The longest row of even intervals of one target. */
interface Rhythm {
  rounds: number;
  intervalMs: number;
  firstAt: number;
  lastAt: number;
}

/** One target's rhythm and what it weighs. */
interface Steady {
  readonly rhythm: Readonly<Rhythm>;
  readonly weight: number;
  readonly contact: Contact;
}

/** Targets with a rhythm remembered; a program has few. */
const targetsKept = 64;

/**
 * Coming back to one target again and again at the same interval, each time by a new connection that
 * is answered: a bot that asks for its orders.
 */
export class Beacon implements Detector {
  // A rhythm takes longer than anybody waits for an answer.
  readonly ignores = ["answers"] as const;
  /** Of those with a row of even intervals; nearly always none. */
  readonly #steady = new Map<Contact, Rhythm>();

  repeated(contact: Contact, port: number): boolean {
    if (port !== contact.port || !isFollowed(contact)) return false;
    const before = contact.intervalMs;
    const interval = contact.attemptAt - contact.visitedAt;
    // Several connections at once are one visit.
    if (interval >= beacon.shortestMs / 2) {
      const slack = Math.max(beacon.jitterMs, beacon.jitterShare * before);
      const isEven = before >= beacon.shortestMs && Math.abs(interval - before) <= slack;
      contact.visitedAt = contact.attemptAt;
      contact.intervalMs = interval;
      contact.evenRounds = isEven ? contact.evenRounds + 1 : 0;
      if (contact.evenRounds >= beacon.unnamed.rounds) this.#keep(contact);
    }
    return this.#steady.size > 0;
  }

  settled(contact: Contact): boolean {
    return this.#steady.has(contact);
  }

  /** Whether anything has an even rhythm, whatever it weighs. */
  get hasSteady(): boolean {
    return this.#steady.size > 0;
  }

  /** The steadiest of what weighs; null where nothing does. */
  worst(at: number): Steady | null {
    let worst: Steady | null = null;
    const most = this.#isRound(at) ? beacon.round.weight : beacon.unnamed.weight;
    for (const [contact, rhythm] of this.#steady) {
      if (at - rhythm.lastAt > decisionLifeMs) continue;
      const weight = Math.min(most, weightOf(contact, rhythm));
      if (weight > (worst?.weight ?? 0)) worst = { rhythm, weight, contact };
    }
    return worst;
  }

  /** Whether several are called in turn at the same time: a bot has one master, who watches servers has many. */
  #isRound(at: number): boolean {
    let targets = 0;
    for (const [contact, rhythm] of this.#steady) {
      if (contact.answeredAt > 0 && at - rhythm.lastAt <= decisionLifeMs) targets += 1;
    }
    return targets >= beacon.round.targets;
  }

  findings(at: number): readonly Finding[] {
    const worst = this.worst(at);
    if (worst === null) return [];
    const { rhythm, weight, contact } = worst;
    const calls = rhythm.rounds + 2;
    return [
      {
        kind: "beacon",
        for: true,
        subject: "rhythm",
        strength: weight,
        count: calls,
        firstAt: rhythm.firstAt,
        lastAt: rhythm.lastAt,
        text: () =>
          `Called the same target on port ${contact.port} ${calls} times in a row, every ${Math.round(rhythm.intervalMs / 1000)} s to the moment. Remote controls do that; so do programs that watch servers: ask.`,
      },
    ];
  }

  #keep(contact: Contact): void {
    const { visitedAt: lastAt, intervalMs, evenRounds: rounds } = contact;
    const known = this.#steady.get(contact);
    if (known !== undefined && known.rounds >= rounds) return;
    contact.isKept = true;
    this.#steady.delete(contact);
    this.#steady.set(contact, { rounds, intervalMs, firstAt: lastAt - (rounds + 1) * intervalMs, lastAt });
    if (this.#steady.size <= targetsKept) return;
    for (const oldest of this.#steady.keys()) {
      this.#steady.delete(oldest);
      return;
    }
  }
}

function isFollowed({ portClass, port }: Contact): boolean {
  if (!isStreamClass(portClass) || portClass === "mail") return false;
  // Guessing passwords has a rhythm of its own, and a name of its own.
  return !loginPorts.includes(port);
}

function weightOf(contact: Contact, rhythm: Rhythm): number {
  // Who is not answered only tries again, and systems space their tries evenly.
  if (contact.answeredAt === 0) return 0;
  const isUnknownService =
    contact.portClass === "other" && !isKnownService(contact.port) && contact.resolution !== "resolved";
  if (isUnknownService) return beacon.unnamed.weight;
  if (isPropagationClass(contact.portClass)) return 0;
  return rhythm.rounds >= beacon.named.rounds ? beacon.named.weight : 0;
}
