import type { Contact, Outcome } from "../connection/contact.ts";
import { portClassIndex, type PortClass } from "../connection/port-class.ts";
import { AddressRing } from "./address-ring.ts";
import type { Detector, Finding } from "./detector.ts";
import { decisionLifeMs, networkSweep } from "./likelihoods.ts";
import { answeredWords, duration, wordsOf } from "./words.ts";

interface Sweep {
  portClass: PortClass;
  isOwn: boolean;
  targets: number;
  answered: number;
  firstAt: number;
  lastAt: number;
  /** Reached the bound; -1 where not yet. */
  decidedAt: number;
}

/** Networks watched at once per host; whoever visits more of them walks through none. */
const networksKept = 128;

/**
 * Walking through a network address by address, on any port. Nobody has sixty programs that want sixty neighbours of one network within a minute.
 */
export class NetworkSweep implements Detector {
  readonly #sweeps = new AddressRing<Sweep>(networksKept, newSweep, ({ decidedAt }) => decidedAt < 0);
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
    let sweep = this.#sweeps.find(key);
    if (sweep === undefined || contact.openedAt - sweep.firstAt > networkSweep.windowMs) {
      if (sweep !== undefined && sweep.decidedAt >= 0) {
        sweep.targets += 1;
        sweep.lastAt = contact.openedAt;
        return true;
      }
      sweep ??= this.#sweeps.add(key);
      begin(sweep, contact);
    }
    sweep.targets += 1;
    sweep.lastAt = contact.openedAt;
    this.#decide(sweep);
    return this.#worst !== null;
  }

  settled(contact: Contact, before: Outcome): boolean {
    if (contact.outcome !== "established" || before === "refused-by-us") return false;
    const key = sweepKey(contact);
    const sweep = key === null ? undefined : this.#sweeps.find(key);
    if (sweep === undefined || contact.openedAt < sweep.firstAt) return false;
    const stood = this.#worst !== null;
    sweep.answered += 1;
    // Answers that come after the bound was reached still take it back: they were only slower.
    if (sweep.decidedAt >= 0 && sweep.answered > networkSweep.answeredShare * sweep.targets) {
      sweep.decidedAt = -1;
      if (this.#worst === sweep) this.#worst = null;
    }
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

  #decide(sweep: Sweep): void {
    const { targets, answered } = sweep;
    if (targets < networkSweep.targets) return;
    const share = targets >= networkSweep.whole.targets ? networkSweep.whole.answeredShare : networkSweep.answeredShare;
    if (answered > share * targets) return;
    sweep.decidedAt = sweep.lastAt;
    if (this.#worst === null || (this.#worst.isOwn && !sweep.isOwn)) this.#worst = sweep;
  }
}

function newSweep(): Sweep {
  return { portClass: "other", isOwn: false, targets: 0, answered: 0, firstAt: 0, lastAt: 0, decidedAt: -1 };
}

/** The walk through a network begins. */
function begin(sweep: Sweep, { portClass, place, openedAt }: Contact): void {
  sweep.portClass = portClass;
  sweep.isOwn = place === "neighbour";
  sweep.targets = 0;
  sweep.answered = 0;
  sweep.firstAt = openedAt;
  sweep.decidedAt = -1;
}

/** The /24 and the class of ports; null for what was looked up, and for IPv6, whose networks nobody can walk through. */
function sweepKey(contact: Contact): number | null {
  if (typeof contact.remote !== "number" || contact.resolution === "resolved") return null;
  return (contact.remote >>> 8) * 16 + portClassIndex(contact.portClass);
}
