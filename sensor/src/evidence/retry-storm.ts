import type { Contact } from "../connection/contact.ts";
import { isPropagationClass, isStreamClass } from "../connection/port-class.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";
import { defences } from "./likelihoods.ts";
import { duration } from "./words.ts";

/** Targets of storms kept; a program has few. */
const targetsKept = 64;

/** Of the steps from one call to the next, so many lead to a higher source port where it is counted up. */
const risingShare = 0.75;

/** How a program goes on: without an answer, though it gets one, or as another machine of the site does. */
type Manner = "unanswered" | "answered" | "as-others";

/**
 * The same target tried again and again. Looked at packet by packet it resembles a scan, because a
 * port number keeps rising; but that is the source port, and the target never changes.
 */
export class RetryStorm implements Detector {
  readonly #surroundings: Surroundings;
  readonly #contacts = new Map<Contact, Manner>();
  /** Of targets that answer and are called a lot: when they were looked at last, which is once in so many calls. */
  readonly #pacedAt = new Map<Contact, number>();
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
    const manner = this.#mannerOf(contact);
    if (manner === null) return false;
    contact.isKept = true;
    if (this.#firstAt === 0) {
      this.#firstAt = contact.openedAt;
      this.#beganAt = manner === "answered" ? (this.#pacedAt.get(contact) ?? contact.attemptAt) : contact.attemptAt;
    }
    this.#lastAt = contact.attemptAt;
    this.#contacts.set(contact, manner);
    if (this.#contacts.size > targetsKept) forgetOldest(this.#contacts);
    return true;
  }

  #mannerOf(contact: Contact): Manner | null {
    const { storms } = this.#surroundings;
    if (contact.unanswered >= defences.retryStorm.attempts) {
      storms.note(contact.remote);
      return "unanswered";
    }
    // Who guesses passwords is answered as well, and comes back.
    if (!isPropagationClass(contact.portClass) && this.#isRelentless(contact)) {
      storms.note(contact.remote);
      return "answered";
    }
    return this.#contacts.get(contact) ?? (storms.has(contact.remote) ? "as-others" : null);
  }

  /** Called anew so often that no page needs it, and no program that is content. */
  #isRelentless(contact: Contact): boolean {
    const { calls, withinMs } = defences.retryStorm.answered;
    if (contact.attempts < calls || contact.attempts % calls !== 0) return false;
    const before = this.#pacedAt.get(contact) ?? contact.openedAt;
    contact.isKept = true;
    this.#pacedAt.set(contact, contact.attemptAt);
    if (this.#pacedAt.size > targetsKept) forgetOldest(this.#pacedAt);
    return contact.attemptAt - before <= withinMs;
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
    for (const contact of this.#contacts.keys()) {
      attempts += contact.attempts;
      rises += contact.sourcePortRises;
    }
    const manners = new Set(this.#contacts.values());
    const target = this.#contacts.size === 1 ? "the target never changes" : "the targets never change";
    // Ports drawn by chance rise half of the time.
    const port =
      rises > risingShare * (attempts - this.#contacts.size)
        ? "The port that rises is the source port"
        : "Only the source port changes";
    return [
      {
        kind: "retry-storm",
        for: false,
        subject: "contacts",
        // Answers and others' storms set off nothing: they only say what this is.
        strength: manners.has("unanswered") ? defences.retryStorm.strength : 0,
        count: attempts,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          `Called the same ${this.#contacts.size === 1 ? "target" : `${this.#contacts.size} targets`} at least ${attempts} times. ${port}; ${target}: ${programOf(manners)}.${this.#cause()}`,
      },
    ];
  }
}

function programOf(manners: ReadonlySet<Manner>): string {
  if (manners.has("unanswered")) return "a program that does not give up";
  if (manners.has("answered")) return "no search for others, but a program that comes back at once";
  return "a program that does not give up on other machines of the site either";
}

function forgetOldest<Key>(map: Map<Key, unknown>): void {
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
