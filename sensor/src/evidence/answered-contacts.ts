import type { Contact, Outcome } from "../connection/contact.ts";
import { isPropagationClass, isStreamClass, type PortClass } from "../connection/port-class.ts";
import type { Detector, Finding } from "./detector.ts";
import { defences } from "./likelihoods.ts";
import { LiveFinding } from "./live-finding.ts";

const nothing: readonly Finding[] = [];

/** Most of what the host calls answers. It defends nothing on propagation and mail ports: there success acquits nobody. */
export class AnsweredContacts implements Detector {
  readonly classes: readonly PortClass[] = ["web", "other"];
  #opened = 0;
  #answered = 0;
  #firstAt = 0;
  #lastAt = 0;
  readonly #line: readonly Finding[] = [
    new LiveFinding(
      {
        kind: "answered-contacts",
        for: false,
        subject: "contacts",
        strength: defences.answered.strength,
        text: () => `${this.#answered} of the ${this.#opened} addresses it called on everyday ports answered.`,
      },
      () => ({ count: this.#answered, firstAt: this.#firstAt, lastAt: this.#lastAt }),
    ),
  ];

  opened(contact: Contact): boolean {
    // What our own rules stopped could not answer; it counts if it does once it is let through.
    if (!isOrdinary(contact) || contact.outcome === "refused-by-us") return false;
    const stood = this.#stands;
    if (this.#firstAt === 0) this.#firstAt = contact.openedAt;
    this.#lastAt = contact.openedAt;
    this.#opened += 1;
    return this.#stands !== stood;
  }

  settled(contact: Contact, before: Outcome): boolean {
    if (!isOrdinary(contact) || contact.outcome !== "established") return false;
    const stood = this.#stands;
    this.#answered += 1;
    if (before === "refused-by-us") this.#opened += 1;
    return this.#stands !== stood;
  }

  findings(): readonly Finding[] {
    return this.#stands ? this.#line : nothing;
  }

  get #stands(): boolean {
    const { contacts, share } = defences.answered;
    return this.#opened >= contacts && this.#answered >= share * this.#opened;
  }
}

function isOrdinary(contact: Contact): boolean {
  const { portClass } = contact;
  return portClass !== "mail" && isStreamClass(portClass) && !isPropagationClass(portClass);
}
