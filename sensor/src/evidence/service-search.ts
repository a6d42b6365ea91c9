import { isMiss, type Contact, type Outcome } from "../connection/contact.ts";
import { isPeerPort, type PortClass } from "../connection/port-class.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";
import { LatestTimes } from "./latest-times.ts";
import { decisionLifeMs, serviceSearch } from "./likelihoods.ts";
import { answeredWords, counted, duration } from "./words.ts";

/** Ports watched at once; of others the one that was called longest ago is forgotten. */
const portsKept = 64;
/**
 * Times kept of one port; more say nothing new. Of calls as many as are fast, of answers more than a search can have, for a
 * busy innocent has most of these.
 */
const kept = { opened: 256, answered: 64, failed: 512 } as const;
/** So many calls are looked at together. */
const lookEvery = 16;

/** When strangers were called on one port: all of them, those that answered, and those that surely failed. */
interface Tally {
  /** At which call of any port it was called last. */
  usedAt: number;
  readonly opened: LatestTimes;
  readonly answered: LatestTimes;
  readonly failed: LatestTimes;
}

interface Search {
  readonly strength: number;
  readonly ports: readonly number[];
  readonly targets: number;
  readonly answered: number;
  readonly firstAt: number;
  readonly at: number;
}

/**
 * One stranger after the other for the same few services, of whom hardly any is there, whatever the services are: worms
 * and bots search so for devices and servers that nobody keeps a list of. What shares files calls each peer on a port
 * of its own; the ports on which its peers are known to meet are left out.
 */
export class ServiceSearch implements Detector {
  readonly classes: readonly PortClass[] = ["web", "other"];
  readonly #surroundings: Surroundings;
  readonly #tallies = new Map<number, Tally>();
  #uses = 0;
  #calls = 0;
  #failures = 0;
  #worst: Search | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  opened(contact: Contact): boolean {
    // Of web servers there is a rule of its own for those that are fast.
    if (contact.portClass === "web" || !isStranger(contact) || contact.outcome === "refused-by-us") return false;
    this.#tallyOf(contact.port).opened.note(contact.openedAt);
    this.#calls += 1;
    if (this.#calls % lookEvery === 0) this.#weighFast(contact.port, contact.openedAt);
    return this.#worst !== null;
  }

  settled(contact: Contact, before: Outcome): boolean {
    if (contact.outcome !== "established" || before === "refused-by-us" || !isStranger(contact)) return false;
    this.#tallyOf(contact.port).answered.note(contact.openedAt);
    return false;
  }

  confirmed(contact: Contact): boolean {
    if (!isMiss(contact.outcome) || !isStranger(contact)) return false;
    // Pages fail for everybody where the line or half of the capture is missing; nobody has a hundred of other services.
    if (contact.portClass === "web" && !this.#isHeard(contact.openedAt)) return false;
    this.#tallyOf(contact.port).failed.note(contact.openedAt);
    this.#failures += 1;
    if (this.#failures % lookEvery === 0) this.#weigh(contact.openedAt);
    return this.#worst !== null;
  }

  findings(at: number): readonly Finding[] {
    const worst = this.#worst;
    if (worst === null) return [];
    if (at - worst.at > decisionLifeMs) {
      this.#worst = null;
      return [];
    }
    const { strength, ports, targets, answered, firstAt } = worst;
    const on = `${ports.length === 1 ? "port" : "ports"} ${ports.slice(0, 6).join(", ")}`;
    return [
      {
        kind: "service-search",
        for: true,
        subject: "propagation",
        strength,
        count: targets,
        firstAt,
        lastAt: worst.at,
        text: () =>
          `Called ${counted(targets, "stranger", "strangers")} that nobody had looked up on ${on} within ${duration(worst.at - firstAt)}; ${answeredWords(answered, targets)}. Programs know where their servers are; worms search.`,
      },
    ];
  }

  #isHeard(since: number): boolean {
    return !this.#surroundings.isOneSided() && this.#surroundings.answeredAt() >= since;
  }

  /** Before anybody knows whether they answer. */
  #weighFast(port: number, at: number): void {
    const { windowMs, targets, weight } = serviceSearch.fast;
    const { opened, answered } = this.#tallyOf(port);
    const called = opened.countSince(at - windowMs);
    const there = answered.countSince(at - windowMs);
    if (called < targets || there > serviceSearch.answeredShare * called) return;
    this.#keep({ strength: weight, ports: [port], targets: called, answered: there, firstAt: at - windowMs, at });
  }

  /** Those that surely failed, over all ports that were called often. */
  #weigh(at: number): void {
    const since = at - serviceSearch.windowMs;
    const ports: number[] = [];
    let failed = 0;
    let answered = 0;
    let firstAt = at;
    for (const [port, tally] of this.#tallies) {
      const ofPort = tally.failed.countSince(since);
      if (ofPort < serviceSearch.perPort) continue;
      ports.push(port);
      failed += ofPort;
      answered += tally.answered.countSince(since);
      firstAt = Math.min(firstAt, tally.failed.latest(ofPort - 1));
    }
    if (failed < serviceSearch.targets || answered > serviceSearch.answeredShare * (failed + answered)) return;
    const strength = failed >= serviceSearch.many.targets ? serviceSearch.many.weight : serviceSearch.weight;
    this.#keep({ strength, ports, targets: failed + answered, answered, firstAt, at });
  }

  #tallyOf(port: number): Tally {
    let tally = this.#tallies.get(port);
    if (tally === undefined) {
      if (this.#tallies.size >= portsKept) this.#forgetOldest();
      tally = {
        usedAt: 0,
        opened: new LatestTimes(kept.opened),
        answered: new LatestTimes(kept.answered),
        failed: new LatestTimes(kept.failed),
      };
      this.#tallies.set(port, tally);
    }
    this.#uses += 1;
    tally.usedAt = this.#uses;
    return tally;
  }

  #forgetOldest(): void {
    let oldest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (const [port, { usedAt }] of this.#tallies) {
      if (usedAt >= least) continue;
      least = usedAt;
      oldest = port;
    }
    this.#tallies.delete(oldest);
  }

  #keep(search: Search): void {
    const known = this.#worst;
    if (known === null || search.strength > known.strength) this.#worst = search;
    else if (search.targets >= known.targets) this.#worst = { ...search, strength: known.strength };
  }
}

/** IPv4 alone: nobody finds an IPv6 address by chance. A neighbour is what a sweep is about. */
function isStranger({ remote, place, resolution, port, portClass }: Contact): boolean {
  if (typeof remote !== "number" || place === "neighbour" || resolution === "resolved") return false;
  return (portClass === "web" || portClass === "other") && !isPeerPort(port);
}
