import type { Contact, Outcome } from "../connection/contact.ts";
import type { PortClass } from "../connection/port-class.ts";
import type { Detector, Finding } from "./detector.ts";
import { defences } from "./likelihoods.ts";

const portsKept = 256;
const firstHighPort = 1024;

/**
 * Strangers on many different high ports, of whom some answer: games, calls and file sharing. It
 * explains nothing on the ports of worms and of mail, and nothing where hardly anybody answers.
 */
export class PeerToPeer implements Detector {
  readonly classes: readonly PortClass[] = ["other"];
  readonly #ports = new Set<number>();
  #targets = 0;
  #answered = 0;
  #firstAt = 0;
  #lastAt = 0;

  opened(contact: Contact): boolean {
    // What our own rules stopped could not answer; it counts if it does once it is let through.
    if (!isPeer(contact) || contact.outcome === "refused-by-us") return false;
    if (this.#firstAt === 0) this.#firstAt = contact.openedAt;
    this.#lastAt = contact.openedAt;
    this.#targets += 1;
    if (this.#ports.size < portsKept) this.#ports.add(contact.port);
    return this.#targets >= defences.peerToPeer.targets;
  }

  settled(contact: Contact, before: Outcome): boolean {
    if (!isPeer(contact) || contact.outcome !== "established") return false;
    this.#answered += 1;
    if (before === "refused-by-us") this.#targets += 1;
    return this.#targets >= defences.peerToPeer.targets;
  }

  findings(): readonly Finding[] {
    const { targets, ports, share, strength } = defences.peerToPeer;
    if (this.#targets < targets || this.#ports.size < ports || this.#answered < share * this.#targets) return [];
    const called = this.#targets;
    const answered = this.#answered;
    const used = this.#ports.size;
    return [
      {
        kind: "peer-to-peer",
        for: false,
        subject: "contacts",
        strength,
        count: called,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          `Called ${called} strangers on ${used} high ports and ${answered} answered: peer-to-peer does that.`,
      },
    ];
  }
}

function isPeer(contact: Contact): boolean {
  return contact.portClass === "other" && contact.port >= firstHighPort && contact.resolution !== "resolved";
}
