import type { Contact } from "../connection/contact.ts";
import { isPropagationClass, isStreamClass, loginPorts } from "../connection/port-class.ts";
import type { Detector, Finding } from "./detector.ts";
import { beacon, decisionLifeMs } from "./likelihoods.ts";

interface Rhythm {
  lastAt: number;
  intervalMs: number;
  /** Intervals in a row that equal the one before. */
  rounds: number;
  mostRounds: number;
  /** Interval, beginning and end of the longest row. */
  steadyMs: number;
  firstAt: number;
  steadyAt: number;
}

/** One target's rhythm and what it weighs. */
interface Steady {
  readonly rhythm: Readonly<Rhythm>;
  readonly weight: number;
  readonly contact: Contact;
}

/** Targets whose rhythm is followed at once; the one called longest ago is forgotten first. */
const targetsKept = 256;

/**
 * Coming back to one target again and again at the same interval, each time by a new connection that
 * is answered: a bot that asks for its orders.
 */
export class Beacon implements Detector {
  readonly #rhythms = new Map<Contact, Rhythm>();
  /** Those with a row of equal intervals; nearly always none. */
  readonly #steady = new Set<Contact>();

  opened(contact: Contact): void {
    if (!isStreamClass(contact.portClass) || contact.portClass === "mail") return;
    // Guessing passwords has a rhythm of its own, and a name of its own.
    if (loginPorts.includes(contact.port)) return;
    const at = contact.openedAt;
    const rhythm = { lastAt: at, intervalMs: 0, rounds: 0, mostRounds: 0, steadyMs: 0, firstAt: at, steadyAt: at };
    this.#rhythms.set(contact, rhythm);
    if (this.#rhythms.size <= targetsKept) return;
    for (const oldest of this.#rhythms.keys()) {
      this.#rhythms.delete(oldest);
      this.#steady.delete(oldest);
      break;
    }
  }

  repeated(contact: Contact): void {
    const rhythm = this.#rhythms.get(contact);
    if (rhythm === undefined) return;
    this.#rhythms.delete(contact);
    this.#rhythms.set(contact, rhythm);
    const at = contact.attemptAt;
    const interval = at - rhythm.lastAt;
    // Several connections at once are one visit.
    if (interval < beacon.shortestMs / 2) return;
    const before = rhythm.intervalMs;
    rhythm.lastAt = at;
    rhythm.intervalMs = interval;
    const slack = Math.max(beacon.jitterMs, beacon.jitterShare * before);
    const isSteady = before >= beacon.shortestMs && Math.abs(interval - before) <= slack;
    rhythm.rounds = isSteady ? rhythm.rounds + 1 : 0;
    if (rhythm.rounds <= rhythm.mostRounds) return;
    if (rhythm.rounds === 1) rhythm.firstAt = at - interval - before;
    rhythm.mostRounds = rhythm.rounds;
    if (rhythm.rounds >= beacon.unnamed.rounds) this.#steady.add(contact);
    rhythm.steadyMs = interval;
    rhythm.steadyAt = at;
  }

  /** The steadiest of what weighs; null where nothing does. */
  worst(at: number): Steady | null {
    let worst: Steady | null = null;
    for (const contact of this.#steady) {
      const rhythm = this.#rhythms.get(contact);
      if (rhythm === undefined || at - rhythm.steadyAt > decisionLifeMs) continue;
      const weight = weightOf(contact, rhythm);
      if (weight > (worst?.weight ?? 0)) worst = { rhythm, weight, contact };
    }
    return worst;
  }

  findings(at: number): readonly Finding[] {
    const worst = this.worst(at);
    if (worst === null) return [];
    const { rhythm, weight, contact } = worst;
    const calls = rhythm.mostRounds + 2;
    return [
      {
        kind: "beacon",
        for: true,
        subject: "rhythm",
        strength: weight,
        count: calls,
        firstAt: rhythm.firstAt,
        lastAt: rhythm.steadyAt,
        text: () =>
          `Called the same target on port ${contact.port} ${calls} times in a row, every ${Math.round(rhythm.steadyMs / 1000)} s to the moment. Remote controls do that; so do programs that watch servers: ask.`,
      },
    ];
  }
}

function weightOf(contact: Contact, rhythm: Rhythm): number {
  // Who is not answered only tries again, and systems space their tries evenly.
  if (contact.answeredAt === 0) return 0;
  const isUnknownService = contact.portClass === "other" && contact.resolution !== "resolved";
  if (isUnknownService) return beacon.unnamed.weight;
  if (isPropagationClass(contact.portClass)) return 0;
  return rhythm.mostRounds >= beacon.named.rounds ? beacon.named.weight : 0;
}
