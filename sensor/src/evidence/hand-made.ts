import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding, Knock } from "./detector.ts";
import { decisionLifeMs, handMade } from "./likelihoods.ts";

/** The connections that began with one sequence number. */
interface Sequence {
  readonly connections: Set<string>;
  readonly targets: Set<string>;
  /** Connections to a known target sooner after the one before than any stack repeats itself. */
  hasty: number;
  lastAt: number;
}

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
  #selfAddressed = 0;
  #firstAt = 0;
  #lastAt = 0;

  knocked({ manner, remote, port, sourcePort, sequence, at }: Knock): void {
    if (manner !== "syn") return;
    if (sequence === remote) {
      this.#selfAddressed += 1;
      this.#see(at);
    }
    const known = this.#sequences.get(sequence) ?? { connections: new Set(), targets: new Set(), hasty: 0, lastAt: at };
    // The most recently used stand last, the oldest is forgotten first.
    this.#sequences.delete(sequence);
    this.#sequences.set(sequence, known);
    if (this.#sequences.size > sequencesKept) {
      for (const oldest of this.#sequences.keys()) {
        this.#sequences.delete(oldest);
        break;
      }
    }
    if (known.connections.size >= connectionsKept) return;
    const target = targetKey(remote, port);
    // A repeated SYN keeps its number and its source port.
    const connection = `${target}<${sourcePort}`;
    if (known.connections.has(connection)) return;
    const isHasty = at - known.lastAt < shortestRepeatMs;
    if (known.targets.has(target) && isHasty) known.hasty += 1;
    known.lastAt = at;
    known.connections.add(connection);
    known.targets.add(target);
    if (known.connections.size > 1) this.#see(at);
  }

  opens(remote: AddressKey, transport: Knock["transport"], port: number): void {
    if (transport === "tcp" && this.#open.size < connectionsKept) this.#open.add(targetKey(remote, port));
  }

  findings(at: number): readonly Finding[] {
    if (at - this.#lastAt > decisionLifeMs) return [];
    const { repeated, targets, open } = this.#repeats();
    const isSelfAddressed = this.#selfAddressed >= handMade.selfAddressed;
    const isRepeated = repeated >= handMade.repeatedSequence && open <= handMade.answeredShare * targets;
    if (!isSelfAddressed && !isRepeated) return [];
    const selfAddressed = this.#selfAddressed;
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

  #repeats(): { readonly repeated: number; readonly targets: number; readonly open: number } {
    let repeated = 0;
    const targets = new Set<string>();
    for (const sequence of this.#sequences.values()) {
      if (sequence.connections.size < 2) continue;
      // A translator of addresses may give each repeat of one SYN another source port: a train of them is one.
      repeated += sequence.targets.size - 1 + sequence.hasty;
      for (const target of sequence.targets) targets.add(target);
    }
    let open = 0;
    for (const target of targets) if (this.#open.has(target)) open += 1;
    return { repeated, targets: targets.size, open };
  }

  #see(at: number): void {
    if (this.#firstAt === 0) this.#firstAt = at;
    this.#lastAt = at;
  }
}

function targetKey(remote: AddressKey, port: number): string {
  return `${remote}:${port}`;
}
