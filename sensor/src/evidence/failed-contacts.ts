import type { Contact, Outcome } from "../connection/contact.ts";
import { isMiss } from "../connection/contact.ts";
import { isPropagationClass, isStreamClass, type PortClass } from "../connection/port-class.ts";
import type { DeadServers } from "./dead-servers.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";
import { addressScan, contactWeight } from "./likelihoods.ts";
import { counted } from "./words.ts";

/** Below this there is nothing to say yet. */
const leastStrength = 0.25;

/**
 * First contacts that fail on ports people use. Counted only when old enough that a cut of the line
 * would have shown, and when the host was answered by somebody since: whom nobody answers has a
 * dead line, a captive portal or half a capture, and none of these is its fault.
 */
export class FailedContacts implements Detector {
  readonly classes: readonly PortClass[] = ["web", "other"];
  // What waits for its answer was not counted yet.
  readonly ignores = ["answers"] as const;
  readonly #surroundings: Surroundings;
  readonly #deadServers: DeadServers;
  readonly #failedByClass = new Map<PortClass, number>();
  #unresolved = 0;
  #unknown = 0;
  #failed = 0;
  #targets = 0;
  #wasNoticed = false;
  #forgottenAt = 0;
  #firstAt = 0;
  #lastAt = 0;

  /** @param deadServers what is told of those is not told twice */
  constructor(surroundings: Surroundings, deadServers: DeadServers) {
    this.#surroundings = surroundings;
    this.#deadServers = deadServers;
  }

  get targets(): number {
    return this.#targets;
  }

  get worstClass(): PortClass | null {
    let worst: PortClass | null = null;
    for (const [portClass, failed] of this.#failedByClass) {
      if (failed > (worst === null ? 0 : (this.#failedByClass.get(worst) ?? 0))) worst = portClass;
    }
    return worst;
  }

  confirmed(contact: Contact): boolean {
    // Mail has rules of its own, and a provider that blocks port 25 makes every mailer fail.
    if (isPropagationClass(contact.portClass) || contact.portClass === "mail") return false;
    if (!isStreamClass(contact.portClass)) return false;
    this.#targets += 1;
    if (isMiss(contact.outcome) && this.#surroundings.answeredAt() < contact.openedAt) return false;
    this.#forget(contact.openedAt);
    this.#add(contact, contactWeight(contact, contact.outcome));
    if (!isMiss(contact.outcome)) return this.#isNoticed;
    this.#failed += 1;
    this.#failedByClass.set(contact.portClass, (this.#failedByClass.get(contact.portClass) ?? 0) + 1);
    if (this.#firstAt === 0) this.#firstAt = contact.openedAt;
    this.#lastAt = contact.openedAt;
    return this.#isNoticed;
  }

  /** Repeats are what others weigh; where they have found something, less is left to say here. */
  repeated(): boolean {
    return this.#wasNoticed && this.#deadServers.weight > 0;
  }

  settled(contact: Contact, before: Outcome): boolean {
    // A late answer takes back what was counted.
    if (!contact.isCounted) return false;
    this.#add(contact, contactWeight(contact, contact.outcome) - contact.counted);
    if (!isMiss(before) || isMiss(contact.outcome)) return true;
    this.#failed -= 1;
    this.#failedByClass.set(contact.portClass, (this.#failedByClass.get(contact.portClass) ?? 1) - 1);
    return true;
  }

  findings(at: number): readonly Finding[] {
    this.#forget(at);
    const strength = this.#strength;
    this.#wasNoticed = strength >= leastStrength && !this.#surroundings.isOneSided();
    if (!this.#wasNoticed) return [];
    const failed = counted(this.#failed, "address", "addresses");
    return [
      {
        kind: "failed-contacts",
        for: true,
        subject: "contacts",
        strength,
        count: this.#failed,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () => `Called ${failed} that did not answer and that nobody had looked up by name.`,
      },
    ];
  }

  get #strength(): number {
    const unknown = Math.min(addressScan.unknownCap, Math.max(0, this.#unknown));
    const sum = Math.max(0, this.#unresolved) + unknown;
    return sum === 0 ? 0 : Math.min(addressScan.otherCap - this.#deadServers.weight, sum);
  }

  /** Whether there is a line, or has to be one no longer. */
  get #isNoticed(): boolean {
    return this.#wasNoticed || this.#strength >= leastStrength;
  }

  #add(contact: Contact, change: number): void {
    contact.isCounted = true;
    contact.counted += change;
    // Answers of resolved targets speak for the host in both walks.
    if (contact.resolution !== "unknown") this.#unresolved = Math.max(addressScan.floor, this.#unresolved + change);
    if (contact.resolution !== "unresolved") this.#unknown = Math.max(addressScan.floor, this.#unknown + change);
  }

  #forget(at: number): void {
    if (this.#forgottenAt === 0) this.#forgottenAt = at;
    const misses = (at - this.#forgottenAt) / addressScan.forgetOneMissMs;
    if (misses < 0.01) return;
    this.#forgottenAt = at;
    this.#unresolved = Math.max(Math.min(0, this.#unresolved), this.#unresolved - misses * 0.602);
    this.#unknown = Math.max(Math.min(0, this.#unknown), this.#unknown - misses * 0.602);
  }
}
