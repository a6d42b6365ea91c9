import type { Contact, Outcome } from "../connection/contact.ts";
import { portClassIndex, type PortClass } from "../connection/port-class.ts";
import { AddressRing, noPlace } from "./address-ring.ts";
import type { Detector, Finding } from "./detector.ts";
import { decisionLifeMs, networkSweep } from "./likelihoods.ts";
import { answeredWords, duration, wordsOf } from "./words.ts";

/** A walk that reached the bound. */
interface Sweep {
  readonly portClass: PortClass;
  readonly isOwn: boolean;
  targets: number;
  answered: number;
  readonly firstAt: number;
  lastAt: number;
}

/** Networks watched at once per host; whoever visits more of them walks through none. */
const networksKept = 128;

/**
 * Walking through a network address by address, on any port. Nobody has sixty programs that want sixty neighbours of one network within a minute.
 */
export class NetworkSweep implements Detector {
  readonly #networks = new AddressRing(networksKept);
  /** By place of a network: when the walk through it began, whether it is the own one, and what came of it so far. */
  readonly #firstAt = new Float64Array(networksKept);
  readonly #isOwn = new Uint8Array(networksKept);
  readonly #targets = new Int32Array(networksKept);
  readonly #answered = new Int32Array(networksKept);
  /** Those that reached the bound, by place; nearly always none. */
  readonly #decided = new Map<number, Sweep>();
  #worst: Sweep | null = null;

  get targets(): number {
    return this.#worst?.targets ?? 0;
  }

  get worstClass(): PortClass | null {
    return this.#worst?.portClass ?? null;
  }

  opened(contact: Contact): boolean {
    // Whether it would have answered nobody knows: what our own rules stopped makes no share smaller.
    if (contact.outcome === "refused-by-us") return false;
    const key = sweepKey(contact);
    if (key === null) return false;
    const at = contact.openedAt;
    const place = this.#networks.find(key);
    const isOver = place === noPlace || at - (this.#firstAt[place] ?? 0) > networkSweep.windowMs;
    const decided = this.#decidedAt(place);
    if (decided !== undefined) {
      decided.targets += 1;
      decided.lastAt = at;
      if (isOver) return true;
      this.#weigh(decided);
    } else if (isOver) {
      this.#begin(place === noPlace ? this.#networks.add(key) : place, contact);
    } else {
      this.#targets[place] = (this.#targets[place] ?? 0) + 1;
      this.#decide(place, contact);
    }
    return this.#worst !== null;
  }

  settled(contact: Contact, before: Outcome): boolean {
    if (contact.outcome !== "established" || before === "refused-by-us") return false;
    const key = sweepKey(contact);
    const place = key === null ? noPlace : this.#networks.find(key);
    if (place === noPlace || contact.openedAt < (this.#firstAt[place] ?? 0)) return false;
    const stood = this.#worst !== null;
    const decided = this.#decidedAt(place);
    if (decided === undefined) {
      this.#answered[place] = (this.#answered[place] ?? 0) + 1;
      return stood;
    }
    decided.answered += 1;
    // Answers that come after the bound was reached still take it back: they were only slower.
    if (decided.answered > networkSweep.answeredShare * decided.targets) this.#takeBack(place, decided);
    return stood;
  }

  findings(at: number): readonly Finding[] {
    const worst = this.#worst;
    if (worst === null) return [];
    if (at - worst.lastAt > decisionLifeMs) {
      this.#worst = null;
      return [];
    }
    const time = duration(worst.lastAt - worst.firstAt);
    const of = worst.isOwn ? "of the own network" : "of one network";
    const result = answeredWords(worst.answered, worst.targets);
    return [
      {
        kind: "network-sweep",
        for: true,
        subject: "propagation",
        isOwnNetwork: worst.isOwn,
        strength: worst.isOwn ? networkSweep.own : networkSweep.strange,
        count: worst.targets,
        firstAt: worst.firstAt,
        lastAt: worst.lastAt,
        text: () =>
          `Went through ${worst.targets} addresses ${of} for ${wordsOf(worst.portClass)} within ${time}; ${result}. A scan of ${worst.isOwn ? "the own network: ask whether somebody is looking for something" : "a strange network"}.`,
      },
    ];
  }

  #decidedAt(place: number): Sweep | undefined {
    return this.#decided.size === 0 ? undefined : this.#decided.get(place);
  }

  /** The walk through a network begins. */
  #begin(place: number, { place: where, openedAt }: Contact): void {
    this.#decided.delete(place);
    this.#firstAt[place] = openedAt;
    this.#isOwn[place] = where === "neighbour" ? 1 : 0;
    this.#targets[place] = 1;
    this.#answered[place] = 0;
  }

  #decide(place: number, { portClass, openedAt }: Contact): void {
    const targets = this.#targets[place] ?? 0;
    const answered = this.#answered[place] ?? 0;
    if (!isSweep(targets, answered)) return;
    const isOwn = this.#isOwn[place] === 1;
    const sweep = { portClass, isOwn, targets, answered, firstAt: this.#firstAt[place] ?? 0, lastAt: openedAt };
    this.#decided.set(place, sweep);
    this.#networks.hold(place);
    this.#weigh(sweep);
  }

  #takeBack(place: number, sweep: Sweep): void {
    this.#decided.delete(place);
    this.#networks.release(place);
    this.#targets[place] = sweep.targets;
    this.#answered[place] = sweep.answered;
    if (this.#worst === sweep) this.#worst = null;
  }

  #weigh(sweep: Sweep): void {
    if (!isSweep(sweep.targets, sweep.answered)) return;
    if (this.#worst === null || (this.#worst.isOwn && !sweep.isOwn)) this.#worst = sweep;
  }
}

function isSweep(targets: number, answered: number): boolean {
  if (targets < networkSweep.targets) return false;
  const share = targets >= networkSweep.whole.targets ? networkSweep.whole.answeredShare : networkSweep.answeredShare;
  return answered <= share * targets;
}

/** The /24 and the class of ports; null for what was looked up, and for IPv6, whose networks nobody can walk through. */
function sweepKey(contact: Contact): number | null {
  if (typeof contact.remote !== "number" || contact.resolution === "resolved") return null;
  return (contact.remote >>> 8) * 16 + portClassIndex(contact.portClass);
}
