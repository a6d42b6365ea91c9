import { isMiss, type Contact, type Outcome } from "../connection/contact.ts";
import { isPropagationClass, isStreamClass, type PortClass } from "../connection/port-class.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";
import { deadServers, decisionLifeMs } from "./likelihoods.ts";
import { counted, duration } from "./words.ts";

/** Servers remembered; more say nothing new. */
const serversKept = 64;

interface Found {
  readonly servers: number;
  readonly attempts: number;
  readonly firstAt: number;
  readonly at: number;
}

/**
 * Strangers without a name that never answer, called again one after the other, while others answer: a bot whose masters
 * were switched off goes through its list. So does a program whose vendor is gone, so it is watched for it, and no more.
 */
export class DeadServers implements Detector {
  readonly classes: readonly PortClass[] = ["web", "other"];
  readonly #surroundings: Surroundings;
  /** Those that were called again in vain often enough, with when that was last. */
  readonly #servers = new Map<Contact, number>();
  #found: Found | null = null;
  /** Strangers by address, and those of them that answered: whom most answer watches them, or shares with them. */
  #strangers = 0;
  #answered = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** What it weighs at the moment; 0 where nothing stands. */
  get weight(): number {
    return this.#found === null ? 0 : deadServers.weight;
  }

  opened(contact: Contact): boolean {
    if (isStranger(contact)) this.#strangers += 1;
    return false;
  }

  repeated(contact: Contact): boolean {
    if (
      !isStranger(contact) ||
      contact.answeredAt > 0 ||
      contact.attempts < deadServers.attempts ||
      !isMiss(contact.outcome)
    )
      return false;
    // Whom nobody answers has a dead line, or half a capture.
    if (this.#surroundings.answeredAt() < contact.openedAt || this.#surroundings.isOneSided()) return false;
    contact.isKept = true;
    this.#servers.delete(contact);
    this.#servers.set(contact, contact.attemptAt);
    if (this.#servers.size > serversKept) this.#forgetOldest();
    this.#weigh(contact.attemptAt);
    return this.#found !== null;
  }

  settled(contact: Contact, _before: Outcome): boolean {
    if (contact.outcome !== "established" || !isStranger(contact)) return false;
    this.#answered += 1;
    return this.#servers.size > 0 && this.#servers.delete(contact);
  }

  findings(at: number): readonly Finding[] {
    const found = this.#found;
    if (found === null) return [];
    if (at - found.at > decisionLifeMs) {
      this.#found = null;
      return [];
    }
    const { servers, attempts, firstAt } = found;
    return [
      {
        kind: "dead-servers",
        for: true,
        subject: "rhythm",
        strength: deadServers.weight,
        count: attempts,
        firstAt,
        lastAt: found.at,
        text: () =>
          `Called ${counted(servers, "server", "servers")} without a name in turn, ${attempts} times within ${duration(found.at - firstAt)}, and none was there. Bots do that whose masters are gone; so do programs whose vendor is.`,
      },
    ];
  }

  #weigh(at: number): void {
    let servers = 0;
    let attempts = 0;
    let firstAt = at;
    for (const [contact, lastAt] of this.#servers) {
      if (at - lastAt > deadServers.windowMs) continue;
      servers += 1;
      attempts += contact.attempts;
      firstAt = Math.min(firstAt, contact.openedAt);
    }
    if (servers < deadServers.servers || this.#answered > deadServers.answeredShare * this.#strangers) return;
    this.#found = { servers, attempts, firstAt, at };
  }

  #forgetOldest(): void {
    for (const oldest of this.#servers.keys()) {
      this.#servers.delete(oldest);
      return;
    }
  }
}

/** Strangers by address on ports that people use; those of worms and of mail have rules of their own. */
function isStranger({ place, resolution, portClass }: Contact): boolean {
  if (place !== "outside" || resolution === "resolved") return false;
  return isStreamClass(portClass) && portClass !== "mail" && !isPropagationClass(portClass);
}
