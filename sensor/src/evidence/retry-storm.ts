import type { Contact } from "../connection/contact.ts";
import { isStreamClass } from "../connection/port-class.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";
import { defences } from "./likelihoods.ts";
import { duration } from "./words.ts";

/** Targets of storms kept; a program has few. */
const targetsKept = 64;

/**
 * The same target tried again and again. Looked at packet by packet it resembles a scan, because a
 * port number keeps rising; but that is the source port, and the target never changes.
 */
export class RetryStorm implements Detector {
  readonly #surroundings: Surroundings;
  readonly #contacts = new Set<Contact>();
  /** When the first of them was given up by everybody but its program. */
  #beganAt = 0;
  #firstAt = 0;
  #lastAt = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  repeated(contact: Contact): boolean {
    // Mail is defended by what it says and who says it, not by how often.
    if (contact.portClass === "mail" || !isStreamClass(contact.portClass)) return false;
    if (contact.unanswered < defences.retryStorm.attempts) return false;
    contact.isKept = true;
    if (this.#firstAt === 0) {
      this.#firstAt = contact.openedAt;
      this.#beganAt = contact.attemptAt;
    }
    this.#lastAt = contact.attemptAt;
    this.#contacts.add(contact);
    if (this.#contacts.size <= targetsKept) return true;
    for (const oldest of this.#contacts) {
      this.#contacts.delete(oldest);
      break;
    }
    return true;
  }

  /** Where it began with something that we did, that. */
  #cause(): string {
    const change = this.#surroundings.changeBefore(this.#beganAt);
    if (change === null) return "";
    return ` It began ${duration(this.#beganAt - change.at)} after a change of ours: ${change.text}`;
  }

  findings(): readonly Finding[] {
    if (this.#contacts.size === 0) return [];
    let attempts = 0;
    let rises = 0;
    for (const contact of this.#contacts) {
      attempts += contact.attempts;
      rises += contact.sourcePortRises;
    }
    const target = this.#contacts.size === 1 ? "the target never changes" : "the targets never change";
    const port = rises * 2 > attempts ? "The port that rises is the source port" : "Only the source port changes";
    const targets = this.#contacts.size === 1 ? "target" : `${this.#contacts.size} targets`;
    return [
      {
        kind: "retry-storm",
        for: false,
        subject: "contacts",
        strength: defences.retryStorm.strength,
        count: attempts,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          `Called the same ${targets} at least ${attempts} times. ${port}; ${target}: a program that does not give up.${this.#cause()}`,
      },
    ];
  }
}
