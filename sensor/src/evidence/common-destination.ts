import type { Beacon } from "./beacon.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";
import { defences } from "./likelihoods.ts";

/**
 * What one machine calls at a machine's rhythm, others of the site call as well: monitoring, inventory
 * and protection report to a server like that. It sets off rhythm alone, and not all of it, for in a
 * half-infected office the bots' master is common as well.
 */
export class CommonDestination implements Detector {
  readonly #surroundings: Surroundings;
  readonly #beacon: Beacon;

  constructor(surroundings: Surroundings, beacon: Beacon) {
    this.#surroundings = surroundings;
    this.#beacon = beacon;
  }

  repeated(): boolean {
    return this.#beacon.hasSteady;
  }

  findings(at: number): readonly Finding[] {
    const worst = this.#beacon.worst(at);
    if (worst === null) return [];
    const users = this.#surroundings.usersOf(worst.contact.remote);
    if (users < defences.commonDestination.users) return [];
    return [
      {
        kind: "common-destination",
        for: false,
        subject: "rhythm",
        strength: defences.commonDestination.strength,
        count: users,
        firstAt: worst.rhythm.firstAt,
        lastAt: worst.rhythm.lastAt,
        text: () =>
          `What it calls so evenly, ${users - 1} or more other machines call as well: a service of the site does that.`,
      },
    ];
  }
}
