import type { Contact } from "../connection/contact.ts";
import { isPropagationClass, isStreamClass } from "../connection/port-class.ts";
import type { Work } from "../host/host.ts";
import type { Detector, Finding, Flooding, Knock } from "./detector.ts";
import { counted } from "./words.ts";

const works: Readonly<Record<Work, string>> = {
  monitoring: "it watches other machines",
  scanner: "it looks for weak spots",
  backup: "it fetches backups",
};

/**
 * What a person declared to be a machine's work is not weighed at all, rather than set off: a sum that is set off would hide
 * what comes on top. It reaches no further than the site: a worm on such a machine is known by the strangers that it calls.
 */
export class DeclaredDuty implements Detector {
  readonly #duty: Work;
  #count = 0;
  #firstAt = 0;
  #lastAt = 0;

  constructor(duty: Work) {
    this.#duty = duty;
  }

  /** Whether it is the machine's work to call this one, whatever comes of it. */
  covers({ place, portClass }: Contact): boolean {
    return place !== "outside" || (this.#duty === "monitoring" && portClass === "ping");
  }

  /** Whether it is, to call this one again and again, or in vain. */
  coversRepeats(contact: Contact): boolean {
    if (this.covers(contact)) return true;
    const { portClass } = contact;
    const isService = isStreamClass(portClass) && !isPropagationClass(portClass) && portClass !== "mail";
    return this.#duty === "monitoring" && isService;
  }

  /** Whether it is, to try any port of this machine, by whatever packets and however many. */
  coversPorts({ place }: Knock | Flooding): boolean {
    return this.#duty === "scanner" && place !== "outside";
  }

  note(at: number): void {
    if (this.#firstAt === 0) this.#firstAt = at;
    this.#lastAt = Math.max(this.#lastAt, at);
    this.#count += 1;
  }

  findings(): readonly Finding[] {
    if (this.#count === 0) return [];
    const count = this.#count;
    return [
      {
        kind: "declared-duty",
        for: false,
        subject: "contacts",
        strength: 0,
        count,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          `A person declared that ${works[this.#duty]}: ${counted(count, "call", "calls")} that belong to that weigh nothing. All else that it does is weighed.`,
      },
    ];
  }
}
