import type { Contact } from "../connection/contact.ts";
import { loginPorts, type PortClass } from "../connection/port-class.ts";
import type { Detector, Finding } from "./detector.ts";
import { bruteForce, decisionLifeMs } from "./likelihoods.ts";
import { counted, duration } from "./words.ts";

/** Targets and attempts kept; more say nothing new. */
const targetsKept = 64;
const attemptsKept = 256;

/** Where people log in themselves: files, terminals and screens. */
const personalPorts: ReadonlySet<number> = new Set([21, 23, 2323, 3389, 5900]);

interface Guessing {
  readonly strength: number;
  readonly targets: number;
  readonly attempts: number;
  readonly firstAt: number;
  readonly at: number;
}

/** One new connection after the other to a port that asks for a password, and every one is taken. */
export class BruteForce implements Detector {
  readonly classes: readonly PortClass[] = ["telnet", "ssh", "sql", "rdp", "other"];
  readonly #attemptsByTarget = new Map<Contact, number[]>();
  #worst: Guessing | null = null;

  opened(contact: Contact): boolean {
    return this.#attempt(contact, contact.openedAt);
  }

  repeated(contact: Contact): boolean {
    return this.#attempt(contact, contact.attemptAt);
  }

  findings(at: number): readonly Finding[] {
    const worst = this.#worst;
    if (worst === null) return [];
    if (at - worst.at > decisionLifeMs) {
      this.#worst = null;
      return [];
    }
    const { attempts, targets, firstAt, strength } = worst;
    return [
      {
        kind: "brute-force",
        for: true,
        subject: "propagation",
        strength,
        count: attempts,
        firstAt,
        lastAt: worst.at,
        text: () =>
          `Opened at least ${attempts} connections to where ${counted(targets, "machine asks", "machines ask")} for passwords within ${duration(worst.at - firstAt)}. A person gives up sooner; programs that guess do not.`,
      },
    ];
  }

  #attempt(contact: Contact, at: number): boolean {
    // Who is not answered guesses nothing: that is a retry.
    if (!loginPorts.includes(contact.port)) return false;
    contact.isKept = true;
    const attempts = this.#attemptsByTarget.get(contact) ?? [];
    this.#attemptsByTarget.delete(contact);
    this.#attemptsByTarget.set(contact, attempts);
    attempts.push(at);
    while (at - (attempts[0] ?? at) > bruteForce.windowMs || attempts.length > attemptsKept) attempts.shift();
    if (this.#attemptsByTarget.size > targetsKept) {
      for (const oldest of this.#attemptsByTarget.keys()) {
        this.#attemptsByTarget.delete(oldest);
        break;
      }
    }
    if (contact.answeredAt > 0) this.#weigh(contact, attempts, at);
    return this.#worst !== null;
  }

  #weigh(contact: Contact, attempts: readonly number[], at: number): void {
    const { oneTarget, relentless, manyTargets, windowMs } = bruteForce;
    // Programs log in without end by secure shell and at databases: that is how they work.
    if (!personalPorts.has(contact.port)) {
      const isStranger = contact.place === "outside" && contact.resolution !== "resolved";
      if (isStranger && attempts.length >= relentless.attempts) this.#keep(relentless.weight, 1, attempts, at);
      else if (attempts.length >= oneTarget.attempts) this.#keep(oneTarget.weight, 1, attempts, at);
      return;
    }
    const byOthers = [...this.#attemptsByTarget].filter(
      ([other, times]) =>
        other.answeredAt > 0 &&
        personalPorts.has(other.port) &&
        times.filter((time) => at - time <= windowMs).length >= manyTargets.attempts,
    );
    if (byOthers.length >= manyTargets.targets) {
      const all = byOthers.flatMap(([, times]) => times);
      this.#keep(manyTargets.weight, byOthers.length, all, at);
    } else if (attempts.length >= relentless.attempts) this.#keep(relentless.weight, 1, attempts, at);
    else if (attempts.length >= oneTarget.attempts) this.#keep(oneTarget.weight, 1, attempts, at);
  }

  #keep(strength: number, targets: number, attempts: readonly number[], at: number): void {
    if (this.#worst !== null && this.#worst.strength > strength) return;
    this.#worst = { strength, targets, attempts: attempts.length, firstAt: Math.min(...attempts), at };
  }
}
