import type { AddressKey } from "../packet/packet.ts";
import { AddressRing } from "./address-ring.ts";
import type { Detector, Finding, Knock } from "./detector.ts";
import { decisionLifeMs, handMade } from "./likelihoods.ts";
import { beginSequence, newSequence, type Connection, type Sequence } from "./sequence.ts";

/** Sequence numbers remembered; a tool uses one or a few for all its packets. */
const sequencesKept = 64;
const connectionsKept = 128;
/** More say nothing new. */
const selfAddressedKept = 64;

/** After a refusal Windows sends the same SYN again in 0.5 s, every other repeat takes longer. */
const shortestRepeatMs = 400;

/** SYNs that were not made by a system's network stack: their sequence numbers tell. */
export class HandMade implements Detector {
  readonly manners: readonly Knock["manner"][] = ["syn"];
  readonly #sequences = new AddressRing<Sequence>(sequencesKept, newSequence, ({ repeated }) => repeated === 0);
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
    const { manner, remote, port, sourcePort, sequence, at } = knock;
    if (manner !== "syn") return false;
    // By 32 bits both: one is kept with a sign, the other without.
    const number = sequence | 0;
    if (number === remote) {
      // One SYN that is repeated, or that a mirror hands on twice, is one.
      if (this.#selfAddressed.size < selfAddressedKept) this.#selfAddressed.add(remote);
      this.#see(at);
    }
    const known = this.#sequences.find(number);
    if (known === undefined) {
      beginSequence(this.#sequences.add(number), knock, at);
      return this.#mayBeFound;
    }
    known.many ??= { connections: new Set([keyOf(known)]), targets: new Set([targetKey(known)]) };
    const { connections, targets } = known.many;
    // A repeated SYN keeps its number and its source port.
    const connection = keyOf({ remote, port, sourcePort });
    if (connections.size >= connectionsKept || connections.has(connection)) return this.#mayBeFound;
    const target = targetKey({ remote, port });
    const isRepeat = at - known.lastAt < shortestRepeatMs || !targets.has(target);
    known.lastAt = at;
    connections.add(connection);
    targets.add(target);
    if (!isRepeat) return this.#mayBeFound;
    known.repeated += 1;
    this.#repeated += 1;
    this.#hasChanged = true;
    this.#see(at);
    return this.#mayBeFound;
  }

  opens(remote: AddressKey, transport: Knock["transport"], port: number): boolean {
    if (transport !== "tcp" || this.#open.size >= connectionsKept) return false;
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
    for (const sequence of this.#sequences.values) {
      if (sequence.repeated === 0 || sequence.many === null) continue;
      targets += sequence.many.targets.size;
      for (const target of sequence.many.targets) if (this.#open.has(target)) open += 1;
    }
    this.#wasRepeated = open <= handMade.answeredShare * targets;
    return this.#wasRepeated;
  }

  #see(at: number): void {
    if (this.#firstAt === 0) this.#firstAt = at;
    this.#lastAt = at;
  }
}

function targetKey({ remote, port }: Pick<Connection, "remote" | "port">): string {
  return `${remote}:${port}`;
}

function keyOf(connection: Connection): string {
  return `${targetKey(connection)}<${connection.sourcePort}`;
}
