import { isPeerPort } from "../connection/port-class.ts";
import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding, Knock, Surroundings } from "./detector.ts";
import { ackSweep, decisionLifeMs } from "./likelihoods.ts";
import { duration } from "./words.ts";

/** Pairs of ports watched at once, and machines of each: more say nothing new. */
const pairsKept = 16;
const machinesKept = 256;
const servedKept = 256;
const firstFreePort = 1024;

/**
 * Segments of connections that never were, from one port to the same port of many machines: those that are there say
 * so by a reset. A system takes another port of its own for each connection, and a server's clients have ports of
 * their own; a tool that asks who is there has one port for all.
 */
export class AckSweep implements Detector {
  readonly manners: readonly Knock["manner"][] = ["stray"];
  readonly #surroundings: Surroundings;
  /** By both ports, when each machine answered last, the oldest first. */
  readonly #machinesByPorts = new Map<number, Map<AddressKey, number>>();
  readonly #served = new Set<number>();
  #count = 0;
  #port = 0;
  #isOwn = false;
  #firstAt = 0;
  #lastAt = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  serves(port: number): void {
    if (this.#served.size < servedKept) this.#served.add(port);
  }

  knocked({ manner, remote, port, sourcePort, place, at }: Knock): boolean {
    if (manner !== "stray" || sourcePort < firstFreePort || this.#served.has(sourcePort)) return false;
    // Peers call each other from the port on which they are called.
    if (isPeerPort(port)) return this.#count > 0;
    // Whoever was connected there may be told late that it is over.
    if (this.#surroundings.hasAnswered(remote)) return this.#count > 0;
    const key = sourcePort * 65_536 + port;
    const machines = this.#machinesByPorts.get(key) ?? new Map<AddressKey, number>();
    this.#machinesByPorts.delete(key);
    this.#machinesByPorts.set(key, machines);
    forgetOldest(this.#machinesByPorts, pairsKept);
    machines.delete(remote);
    machines.set(remote, at);
    forgetOldest(machines, machinesKept);
    for (const [oldest, askedAt] of machines) {
      if (at - askedAt <= ackSweep.windowMs) break;
      machines.delete(oldest);
    }
    if (machines.size < ackSweep.machines) return this.#count > 0;
    this.#count = Math.max(this.#count, machines.size);
    this.#port = port;
    this.#isOwn = place === "neighbour";
    this.#firstAt = machines.values().next().value ?? at;
    this.#lastAt = at;
    return true;
  }

  findings(at: number): readonly Finding[] {
    if (this.#count === 0) return [];
    if (at - this.#lastAt > decisionLifeMs) {
      this.#count = 0;
      return [];
    }
    const count = this.#count;
    return [
      {
        kind: "ack-sweep",
        for: true,
        subject: "propagation",
        isOwnNetwork: this.#isOwn,
        strength: ackSweep.weight,
        count,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          `Sent segments of connections that never were to port ${this.#port} of ${count} machines or more within ${duration(this.#lastAt - this.#firstAt)}, all from one port. A tool asks so who is there; systems do not.`,
      },
    ];
  }
}

function forgetOldest<Key>(map: Map<Key, unknown>, cap: number): void {
  if (map.size <= cap) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
