import type { Contact, Outcome } from "../connection/contact.ts";
import { isPropagationClass, isStreamClass } from "../connection/port-class.ts";
import type { Detector, Finding } from "./detector.ts";
import { defences } from "./likelihoods.ts";

/** Most of what the host calls answers. It defends nothing on propagation and mail ports: there success acquits nobody. */
export class AnsweredContacts implements Detector {
  #opened = 0;
  #answered = 0;
  #firstAt = 0;
  #lastAt = 0;

  opened(contact: Contact): void {
    // What our own rules stopped could not answer; it counts if it does once it is let through.
    if (!isOrdinary(contact) || contact.outcome === "refused-by-us") return;
    if (this.#firstAt === 0) this.#firstAt = contact.openedAt;
    this.#lastAt = contact.openedAt;
    this.#opened += 1;
  }

  settled(contact: Contact, before: Outcome): void {
    if (!isOrdinary(contact) || contact.outcome !== "established") return;
    this.#answered += 1;
    if (before === "refused-by-us") this.#opened += 1;
  }

  findings(): readonly Finding[] {
    const { contacts, share, strength } = defences.answered;
    if (this.#opened < contacts || this.#answered < share * this.#opened) return [];
    const opened = this.#opened;
    const answered = this.#answered;
    return [
      {
        kind: "answered-contacts",
        for: false,
        subject: "contacts",
        strength,
        count: answered,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () => `${answered} of the ${opened} addresses it called on everyday ports answered.`,
      },
    ];
  }
}

function isOrdinary(contact: Contact): boolean {
  const { portClass } = contact;
  return portClass !== "mail" && isStreamClass(portClass) && !isPropagationClass(portClass);
}
