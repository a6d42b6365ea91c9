import { type Contact, type Outcome } from "../connection/contact.ts";
import { isPropagationClass, propagationClasses, type PortClass } from "../connection/port-class.ts";
import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding } from "./detector.ts";
import { addressScan, contactWeight, decisionLifeMs, thresholds } from "./likelihoods.ts";
import { answeredWords, counted, duration, wordsOf } from "./words.ts";

/** Where a domain's controllers are asked: Kerberos, LDAP and its catalogue. No worm asks those it searches. */
const directoryPorts: ReadonlySet<number> = new Set([88, 389, 636, 3268]);
/** A domain has a few dozen controllers at most. */
const controllersKept = 64;

interface VectorTally {
  targets: number;
  answered: number;
  failed: number;
  /** Opening times of strangers within the fan-out window, oldest first. */
  readonly recent: number[];
}

/**
 * The sequential test of Jung, Paxson, Berger and Balakrishnan (2004) over the whole set of
 * propagation ports, with pending misses counted at once; beside it the number of new targets,
 * which convicts where everything answers.
 */
export class AddressScan implements Detector {
  readonly classes: readonly PortClass[] = [...propagationClasses, "other", "udp"];
  readonly #tallies = new Map<PortClass, VectorTally>();
  /** With what is pending; a later answer takes it back. */
  #walk = 0;
  /** Of settled contacts only: what reaches the boundary here stays decided. */
  #firm = 0;
  #forgottenAt = 0;
  #decidedAt = -1;
  /** New targets in the busiest minute of the last day. */
  #fanOut = 0;
  #fanOutAt = 0;
  /** Targets beyond the own network. */
  #abroad = 0;
  #firstAt = 0;
  #lastAt = 0;
  #wasOnDeadLine = false;
  /** Machines of the site that were asked as controllers of its domain, and whether their files were called after that. */
  readonly #controllers = new Map<AddressKey, boolean>();

  /** First contacts on propagation ports so far. */
  get targets(): number {
    let sum = 0;
    for (const tally of this.#tallies.values()) sum += tally.targets;
    return sum;
  }

  /** The ports on which most failed, or most was tried; null where nothing was. */
  get worstClass(): PortClass | null {
    let worst: PortClass | null = null;
    let most = 0;
    for (const [portClass, tally] of this.#tallies) {
      const weight = tally.failed + tally.recent.length / 1000;
      if (weight < most) continue;
      most = weight;
      worst = portClass;
    }
    return worst;
  }

  opened(contact: Contact): boolean {
    if (!isPropagationClass(contact.portClass)) {
      this.#noteController(contact);
      return false;
    }
    if (this.#isExcused(contact, "opened")) return false;
    const at = contact.openedAt;
    this.#forget(at);
    if (this.#firstAt === 0) this.#firstAt = at;
    this.#lastAt = at;
    const tally = this.#tallyOf(contact.portClass);
    tally.targets += 1;
    if (contact.place !== "neighbour") this.#abroad += 1;
    if (isStranger(contact)) this.#countFanOut(tally, at);
    this.#change(contact, 0, contactWeight(contact, contact.outcome));
    if (contact.outcome === "pending") tally.failed += 1;
    return true;
  }

  settled(contact: Contact, before: Outcome): boolean {
    if (!isPropagationClass(contact.portClass) || this.#isExcused(contact, "settled")) return false;
    const tally = this.#tallyOf(contact.portClass);
    if (contact.outcome === "established") {
      tally.answered += 1;
      tally.failed = Math.max(0, tally.failed - 1);
      // A neighbour that answers is part of a list somebody keeps, not a stranger.
      if (contact.place === "neighbour" && before !== "refused-by-us") tally.recent.pop();
    }
    if (contact.outcome === "line-down") this.#wasOnDeadLine = true;
    const from = contactWeight(contact, before);
    const to = contactWeight(contact, contact.outcome);
    this.#change(contact, from, to);
    this.#firm = clamp(this.#firm + to - (before === "pending" ? 0 : from));
    if (this.#firm >= thresholds.infected) this.#decidedAt = this.#lastAt;
    return true;
  }

  findings(at: number): readonly Finding[] {
    this.#forget(at);
    if (this.#decidedAt >= 0 && at - this.#decidedAt > decisionLifeMs) this.#decidedAt = -1;
    if (at - this.#fanOutAt > decisionLifeMs) this.#fanOut = 0;
    const strength = Math.min(addressScan.ceiling, Math.max(this.#walk, this.#standing()));
    if (strength < 0.5) return [];
    return [
      {
        kind: "address-scan",
        for: true,
        subject: "propagation",
        // Whoever looks through the own network meets a few such ports as well; a worm there soon has more.
        isOwnNetwork: this.#abroad === 0 && strength < thresholds.suspect,
        strength,
        count: this.targets,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () => this.#sentence(),
      },
    ];
  }

  #noteController({ place, port, remote }: Contact): void {
    if (place === "outside" || !directoryPorts.has(port) || this.#controllers.size >= controllersKept) return;
    if (!this.#controllers.has(remote)) this.#controllers.set(remote, false);
  }

  /** Whoever logs on asks all controllers of the domain, those of other branches too, and shares files with some. */
  #isExcused({ place, portClass, remote }: Contact, when: "opened" | "settled"): boolean {
    if (place === "outside" || portClass !== "smb" || this.#controllers.size === 0) return false;
    // What was counted when it was opened has to be credited when it is answered.
    if (when === "settled") return this.#controllers.get(remote) === true;
    if (!this.#controllers.has(remote)) return false;
    this.#controllers.set(remote, true);
    return true;
  }

  /** What does not go away with a late answer. */
  #standing(): number {
    const byFanOut =
      this.#fanOut >= addressScan.fanOut.infected
        ? thresholds.infected
        : this.#fanOut >= addressScan.fanOut.suspect
          ? thresholds.suspect
          : 0;
    return Math.max(byFanOut, this.#decidedAt >= 0 ? thresholds.infected : 0);
  }

  #change(contact: Contact, from: number, to: number): void {
    if (from === to) return;
    this.#walk = clamp(this.#walk + to - from);
    this.#lastAt = Math.max(this.#lastAt, contact.lastAt);
  }

  #countFanOut(tally: VectorTally, at: number): void {
    tally.recent.push(at);
    while ((tally.recent[0] ?? at) <= at - addressScan.fanOut.windowMs) tally.recent.shift();
    // More than decides need not be kept.
    if (tally.recent.length > 2 * addressScan.fanOut.infected) tally.recent.shift();
    const level = tally.recent.length;
    if (level < addressScan.fanOut.suspect) return;
    this.#fanOut = Math.max(this.#fanOut, level);
    this.#fanOutAt = at;
  }

  #forget(at: number): void {
    if (this.#forgottenAt === 0) this.#forgottenAt = at;
    const misses = (at - this.#forgottenAt) / addressScan.forgetOneMissMs;
    // Not at every packet: the steps are tiny and rounding would eat them.
    if (misses < 0.01) return;
    this.#forgottenAt = at;
    this.#walk = towardsZero(this.#walk, misses * 0.602);
    this.#firm = towardsZero(this.#firm, misses * 0.602);
  }

  #tallyOf(portClass: PortClass): VectorTally {
    let tally = this.#tallies.get(portClass);
    if (tally === undefined) {
      tally = { targets: 0, answered: 0, failed: 0, recent: [] };
      this.#tallies.set(portClass, tally);
    }
    return tally;
  }

  #sentence(): string {
    const used = [...this.#tallies].filter(([, tally]) => tally.targets > 0);
    used.sort(([, a], [, b]) => b.targets - a.targets);
    const targets = this.targets;
    const answered = used.reduce((sum, [, tally]) => sum + tally.answered, 0);
    const services = used.slice(0, 3).map(([portClass]) => wordsOf(portClass));
    const time = duration(this.#lastAt - this.#firstAt);
    const dead = this.#wasOnDeadLine ? " Some while the line was down: the attempts count, not the silence." : "";
    const tried = `Tried ${counted(targets, "address", "addresses")} for ${services.join(", ")} within ${time}`;
    return `${tried}; ${answeredWords(answered, targets)}. Worms search like this; programs of people know whom they call.${dead}`;
  }
}

/** A target that no list or name explains. */
function isStranger(contact: Contact): boolean {
  if (contact.resolution === "resolved") return false;
  // A neighbour that answers is no stranger, and one that our own rules kept from answering may be none.
  if (contact.place === "neighbour" && contact.outcome === "refused-by-us") return false;
  // An administrator's list of servers has addresses of its own in secure shell; elsewhere nobody has one.
  return contact.resolution === "unresolved" || contact.portClass !== "ssh";
}

function clamp(value: number): number {
  return Math.max(addressScan.floor, value);
}

function towardsZero(value: number, by: number): number {
  return value > 0 ? Math.max(0, value - by) : Math.min(0, value + by);
}
