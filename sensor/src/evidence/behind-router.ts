import type { Contact } from "../connection/contact.ts";
import { isPropagationClass, propagationClasses, type PortClass } from "../connection/port-class.ts";
import { formatAddress } from "../packet/address.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";

/** Contacts from which somebody may want to know whose they were. */
const leastContacts = 5;

/**
 * Outside the router one address stands for every machine behind it. What it does weighs as if it were one machine's;
 * this line, which weighs nothing, says that it cannot be named from here, and how to find it.
 */
export class BehindRouter implements Detector {
  readonly classes: readonly PortClass[] = [...propagationClasses, "mail"];
  readonly #surroundings: Surroundings;
  #contacts = 0;
  #firstAt = 0;
  #last: Pick<Contact, "remote" | "port" | "sourcePort" | "portClass" | "openedAt"> | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  opened(contact: Contact): boolean {
    if (contact.portClass !== "mail" && !isPropagationClass(contact.portClass)) return false;
    if (this.#contacts === 0) this.#firstAt = contact.openedAt;
    this.#contacts += 1;
    const { remote, port, sourcePort, portClass, openedAt } = contact;
    this.#last = { remote, port, sourcePort, portClass, openedAt };
    return this.#contacts >= leastContacts;
  }

  findings(): readonly Finding[] {
    const last = this.#last;
    if (last === null || this.#contacts < leastContacts || !this.#surroundings.standsForMany()) return [];
    return [
      {
        kind: "behind-router",
        for: true,
        subject: last.portClass === "mail" ? "mail" : "propagation",
        strength: 0,
        count: this.#contacts,
        firstAt: this.#firstAt,
        lastAt: last.openedAt,
        text: () =>
          "Which machine it is cannot be told from here: all behind the router share this address. " +
          `Last on port ${last.port}: from source port ${last.sourcePort} to ${formatAddress(last.remote)} at ${timeOf(last.openedAt)} UTC. ` +
          "Next: look that up in the router's log, or put the box between the router and the switch.",
      },
    ];
  }
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
