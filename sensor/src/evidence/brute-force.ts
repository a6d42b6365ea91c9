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
/** Terminals and screens, of which a person has one open; programs that fetch files log in for each. */
const attendedPorts: ReadonlySet<number> = new Set([23, 2323, 3389, 5900]);
/** Files of Windows: it opens another connection for each password that is wrong, and keeps the one by which it got in. */
const sharePort = 445;
const guessedPorts: ReadonlySet<number> = new Set([...loginPorts, sharePort]);

/** Attempts at one target and the port of the last. */
interface Tries {
  port: number;
  readonly times: number[];
}

interface Guessing {
  readonly strength: number;
  readonly targets: number;
  readonly attempts: number;
  readonly firstAt: number;
  readonly at: number;
}

/** One new connection after the other to a port that asks for a password, and every one is taken. */
export class BruteForce implements Detector {
  readonly classes: readonly PortClass[] = ["telnet", "ssh", "sql", "rdp", "smb", "other"];
  readonly #attemptsByTarget = new Map<Contact, Tries>();
  #worst: Guessing | null = null;

  opened(contact: Contact): boolean {
    return this.#attempt(contact, contact.port, contact.openedAt);
  }

  repeated(contact: Contact, port: number): boolean {
    return this.#attempt(contact, port, contact.attemptAt);
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

  #attempt(contact: Contact, port: number, at: number): boolean {
    // A transfer of files has another port with each file.
    if (!guessedPorts.has(port)) return false;
    contact.isKept = true;
    let tries = this.#attemptsByTarget.get(contact);
    if (tries?.port !== port) tries = { port, times: [] };
    this.#attemptsByTarget.delete(contact);
    this.#attemptsByTarget.set(contact, tries);
    const { times } = tries;
    times.push(at);
    while (at - (times[0] ?? at) > bruteForce.windowMs || times.length > attemptsKept) times.shift();
    if (this.#attemptsByTarget.size > targetsKept) {
      for (const oldest of this.#attemptsByTarget.keys()) {
        this.#attemptsByTarget.delete(oldest);
        break;
      }
    }
    // Who is not answered guesses nothing: that is a retry.
    if (contact.answeredAt > 0) this.#weigh(contact, tries, at);
    return this.#worst !== null;
  }

  #weigh(contact: Contact, { port, times }: Tries, at: number): void {
    const { oneTarget, relentless, attended, manyTargets, manyShares } = bruteForce;
    if (port === sharePort) {
      if (this.#keepMany(manyShares, (other) => other === sharePort, at)) return;
      if (times.length >= oneTarget.attempts) this.#keep(oneTarget.weight, 1, times, at);
      return;
    }
    // Programs log in without end by secure shell and at databases: that is how they work.
    if (!personalPorts.has(port)) {
      const isStranger = contact.place === "outside" && contact.resolution !== "resolved";
      if (isStranger && times.length >= relentless.attempts) this.#keep(relentless.weight, 1, times, at);
      else if (times.length >= oneTarget.attempts) this.#keep(oneTarget.weight, 1, times, at);
      return;
    }
    if (this.#keepMany(manyTargets, (other) => personalPorts.has(other), at)) return;
    const isAttended = attendedPorts.has(port) && within(times, at, attended.windowMs).length >= attended.attempts;
    if (isAttended) this.#keep(attended.weight, 1, times, at);
    else if (times.length >= relentless.attempts) this.#keep(relentless.weight, 1, times, at);
    else if (times.length >= oneTarget.attempts) this.#keep(oneTarget.weight, 1, times, at);
  }

  /** Whether so many targets were tried so often on ports of one kind. */
  #keepMany(
    bound: { readonly targets: number; readonly attempts: number; readonly weight: number },
    isOfKind: (port: number) => boolean,
    at: number,
  ): boolean {
    const recent = [...this.#attemptsByTarget]
      .filter(([contact, { port }]) => contact.answeredAt > 0 && isOfKind(port))
      .map(([, { times }]) => within(times, at, bruteForce.windowMs))
      .filter((times) => times.length >= bound.attempts);
    if (recent.length < bound.targets) return false;
    this.#keep(bound.weight, recent.length, recent.flat(), at);
    return true;
  }

  #keep(strength: number, targets: number, attempts: readonly number[], at: number): void {
    if (this.#worst !== null && this.#worst.strength > strength) return;
    this.#worst = { strength, targets, attempts: attempts.length, firstAt: Math.min(...attempts), at };
  }
}

function within(times: readonly number[], at: number, windowMs: number): readonly number[] {
  return times.filter((time) => at - time <= windowMs);
}
