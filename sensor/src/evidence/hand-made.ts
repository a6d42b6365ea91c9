import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding, Knock } from "./detector.ts";
import { decisionLifeMs, handMade } from "./likelihoods.ts";

/** The connections that began with one sequence number. */
interface Sequence {
  /** The first of them; nearly always the only one. */
  readonly first: Connection;
  /** All of them, and their targets; null while there is one. */
  many: { readonly connections: Set<string>; readonly targets: Set<string> } | null;
  /** Further targets, and connections to a known one sooner after the one before than any stack repeats itself. */
  repeated: number;
  lastAt: number;
}

type Connection = Pick<Knock, "remote" | "port" | "sourcePort">;

/** Sequence numbers remembered; a tool uses one or a few for all its packets. */
const sequencesKept = 64;
const connectionsKept = 128;

/** After a refusal Windows sends the same SYN again in 0.5 s, every other repeat takes longer. */
const shortestRepeatMs = 400;

/** SYNs that were not made by a system's network stack: their sequence numbers tell. */
export class HandMade implements Detector {
  readonly #sequences = new Map<number, Sequence>();
  /** Ports that answered a connection, to tell a laboratory's load from a scan. */
  readonly #open = new Set<string>();
  readonly #selfAddressed = new Set<AddressKey>();
  #repeated = 0;
  /** Something changed since it was last looked whether most stayed closed. */
  #hasChanged = false;
  #wasRepeated = false;
  #firstAt = 0;
  #lastAt = 0;

  knocked({ manner, remote, port, sourcePort, sequence, at }: Knock): void {
    if (manner !== "syn") return;
    if (sequence === remote) {
      // One SYN that is repeated, or that a mirror hands on twice, is one.
      if (this.#selfAddressed.size < sequencesKept) this.#selfAddressed.add(remote);
      this.#see(at);
    }
    const known = this.#sequences.get(sequence);
    if (known === undefined) {
      const first = { remote, port, sourcePort };
      this.#sequences.set(sequence, { first, many: null, repeated: 0, lastAt: at });
      if (this.#sequences.size > sequencesKept) this.#forgetOldest();
      return;
    }
    known.many ??= { connections: new Set([keyOf(known.first)]), targets: new Set([targetKey(known.first)]) };
    const { connections, targets } = known.many;
    // A repeated SYN keeps its number and its source port.
    const connection = keyOf({ remote, port, sourcePort });
    if (connections.size >= connectionsKept || connections.has(connection)) return;
    const target = targetKey({ remote, port });
    const isRepeat = at - known.lastAt < shortestRepeatMs || !targets.has(target);
    known.lastAt = at;
    connections.add(connection);
    targets.add(target);
    if (!isRepeat) return;
    known.repeated += 1;
    this.#repeated += 1;
    this.#hasChanged = true;
    this.#see(at);
  }

  opens(remote: AddressKey, transport: Knock["transport"], port: number): void {
    if (transport !== "tcp" || this.#open.size >= connectionsKept) return;
    this.#open.add(targetKey({ remote, port }));
    this.#hasChanged = true;
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

  /** Whether numbers repeat, and most of the ports called by them stayed closed. */
  #isRepeated(): boolean {
    if (this.#repeated < handMade.repeatedSequence) return false;
    if (!this.#hasChanged) return this.#wasRepeated;
    this.#hasChanged = false;
    let targets = 0;
    let open = 0;
    for (const sequence of this.#sequences.values()) {
      if (sequence.repeated === 0 || sequence.many === null) continue;
      targets += sequence.many.targets.size;
      for (const target of sequence.many.targets) if (this.#open.has(target)) open += 1;
    }
    this.#wasRepeated = open <= handMade.answeredShare * targets;
    return this.#wasRepeated;
  }

  /** The oldest number that was never repeated, else the oldest of all. */
  #forgetOldest(): void {
    let victim: number | null = null;
    for (const [number, { repeated }] of this.#sequences) {
      victim ??= number;
      if (repeated > 0) continue;
      victim = number;
      break;
    }
    if (victim === null) return;
    this.#repeated -= this.#sequences.get(victim)?.repeated ?? 0;
    this.#sequences.delete(victim);
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
