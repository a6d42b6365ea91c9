import type { Contact } from "../connection/contact.ts";
import { portClassOf, type PortClass } from "../connection/port-class.ts";
import { formatAddress } from "../packet/address.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";
import { decisionLifeMs, telnetRelay } from "./likelihoods.ts";

/**
 * A machine that lets people log in by telnet and then calls a stranger by telnet itself. Devices are taken over by that
 * door, and report by it; a person who has logged in to one goes on to a neighbour, hardly to a nameless stranger.
 */
export class TelnetRelay implements Detector {
  readonly classes: readonly PortClass[] = ["telnet"];
  readonly #surroundings: Surroundings;
  #isServed = false;
  #count = 0;
  #target: Pick<Contact, "remote" | "port"> = { remote: 0, port: 0 };
  #firstAt = 0;
  #lastAt = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  serves(port: number): void {
    if (!this.#isServed) this.#isServed = portClassOf(port) === "telnet";
  }

  opened(contact: Contact): boolean {
    const { portClass, place, resolution, remote, port, openedAt } = contact;
    if (!this.#isServed || portClass !== "telnet" || place !== "outside" || resolution === "resolved") return false;
    if (this.#firstAt === 0) this.#firstAt = openedAt;
    this.#lastAt = openedAt;
    this.#count += 1;
    this.#target = { remote, port };
    return true;
  }

  findings(at: number): readonly Finding[] {
    // Where one address is everybody's, the router serves and somebody else calls.
    if (this.#count === 0 || at - this.#lastAt > decisionLifeMs || this.#surroundings.standsForMany()) return [];
    const { remote, port } = this.#target;
    return [
      {
        kind: "telnet-relay",
        for: true,
        subject: "propagation",
        strength: telnetRelay.weight,
        count: this.#count,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          `Somebody can log in to it by telnet, and it called ${formatAddress(remote)} on port ${port} by telnet itself: devices that were taken over report like this.`,
      },
    ];
  }
}
