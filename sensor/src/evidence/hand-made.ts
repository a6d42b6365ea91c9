import type { AddressKey } from "../packet/packet.ts";
import { AddressRing, noPlace } from "./address-ring.ts";
import type { Detector, Finding, Knock } from "./detector.ts";
import { decisionLifeMs, handMade } from "./likelihoods.ts";
import { Sequence, targetKey } from "./sequence.ts";

/** Sequence numbers remembered; a tool uses one or a few for all its packets. */
const sequencesKept = 64;
/** More say nothing new. */
const openKept = 128;
const selfAddressedKept = 64;

/** SYNs that were not made by a system's network stack: their sequence numbers tell. */
export class HandMade implements Detector {
  readonly manners: readonly Knock["manner"][] = ["syn"];
  readonly #numbers = new AddressRing(sequencesKept);
  /** By place of a number: the connection that began with it, and when. Nearly all have no other. */
  readonly #remotes = new Array<AddressKey>(sequencesKept).fill(0);
  readonly #ports = new Uint16Array(sequencesKept);
  readonly #sourcePorts = new Uint16Array(sequencesKept);
  readonly #begunAt = new Float64Array(sequencesKept);
  /** Of those that have: all of their connections. */
  readonly #sequences = new Array<Sequence | null>(sequencesKept).fill(null);
  /** Ports that answered a connection, to tell a laboratory's load from a scan. */
  readonly #open = new Set<string>();
  readonly #selfAddressed = new Set<AddressKey>();
  #repeated = 0;
  /** Something changed since it was last looked whether most stayed closed. */
  #hasChanged = false;
  #wasRepeated = false;
  #firstAt = 0;
  #lastAt = 0;

  knocked(knock: Knock): boolean {
    const { manner, remote, sequence, at } = knock;
    if (manner !== "syn") return false;
    // By 32 bits both: one is kept with a sign, the other without.
    const number = sequence | 0;
    if (number === remote) {
      // One SYN that is repeated, or that a mirror hands on twice, is one.
      if (this.#selfAddressed.size < selfAddressedKept) this.#selfAddressed.add(remote);
      this.#see(at);
    }
    const place = this.#numbers.find(number);
    if (place === noPlace) this.#begin(this.#numbers.add(number), knock);
    else if (this.#sequenceAt(place).begin(knock, at)) {
      this.#numbers.hold(place);
      this.#repeated += 1;
      this.#hasChanged = true;
      this.#see(at);
    }
    return this.#mayBeFound;
  }

  opens(remote: AddressKey, transport: Knock["transport"], port: number): boolean {
    if (transport !== "tcp" || this.#open.size >= openKept) return false;
    this.#open.add(targetKey({ remote, port }));
    this.#hasChanged = true;
    return this.#mayBeFound;
  }

  findings(at: number): readonly Finding[] {
    if (at - this.#lastAt > decisionLifeMs) return [];
    const selfAddressed = this.#selfAddressed.size;
    const repeated = this.#repeated;
    const isSelfAddressed = selfAddressed >= handMade.selfAddressed;
    if (!isSelfAddressed && !this.#isRepeated()) return [];
    return [
      {
        kind: "hand-made-packets",
        for: true,
        subject: "propagation",
        strength: handMade.weight,
        count: isSelfAddressed ? selfAddressed : repeated,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          isSelfAddressed
            ? `Opened ${selfAddressed} connections by packets that carry their target's address as a number of order: one family of bots makes them so.`
            : `Opened ${repeated} connections by packets of one and the same number: no system does, a tool made them.`,
      },
    ];
  }

  get #mayBeFound(): boolean {
    return this.#selfAddressed.size >= handMade.selfAddressed || this.#repeated >= handMade.repeatedSequence;
  }

  /** Whether numbers repeat, and most of the ports called by them stayed closed. */
  #isRepeated(): boolean {
    if (this.#repeated < handMade.repeatedSequence) return false;
    if (!this.#hasChanged) return this.#wasRepeated;
    this.#hasChanged = false;
    let targets = 0;
    let open = 0;
    for (const sequence of this.#sequences) {
      if (sequence === null || sequence.repeated === 0) continue;
      targets += sequence.targets.size;
      for (const target of sequence.targets) if (this.#open.has(target)) open += 1;
    }
    this.#wasRepeated = open <= handMade.answeredShare * targets;
    return this.#wasRepeated;
  }

  #begin(place: number, { remote, port, sourcePort, at }: Knock): void {
    this.#remotes[place] = remote;
    this.#ports[place] = port;
    this.#sourcePorts[place] = sourcePort;
    this.#begunAt[place] = at;
    this.#sequences[place] = null;
  }

  #sequenceAt(place: number): Sequence {
    const first = { port: this.#ports[place] ?? 0, sourcePort: this.#sourcePorts[place] ?? 0 };
    return (this.#sequences[place] ??= new Sequence(
      { remote: this.#remotes[place] ?? 0, ...first },
      this.#begunAt[place] ?? 0,
    ));
  }

  #see(at: number): void {
    if (this.#firstAt === 0) this.#firstAt = at;
    this.#lastAt = at;
  }
}
