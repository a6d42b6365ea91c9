import type { Executor, Observed, Step } from "./protocol.ts";

/**
 * Stands where no kernel may be changed: it remembers what was wished and stops nothing. Whoever
 * reports from it reports with `isSimulated`, so that the level reads "simulated".
 */
export class SimulatedExecutor implements Executor {
  readonly #clock: () => number;
  readonly #quarantined = new Set<string>();
  readonly #portsByMac = new Map<string, Set<number>>();

  constructor(options: { readonly clock: () => number }) {
    this.#clock = options.clock;
  }

  observe(_signal: AbortSignal): Promise<Observed> {
    return Promise.resolve({
      at: this.#clock(),
      skeleton: null,
      quarantined: [...this.#quarantined].toSorted().map((mac) => ({ mac, packets: 0, packetsToHost: 0 })),
      vectors: [...this.#portsByMac]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([mac, ports]) => [...ports].toSorted((a, b) => a - b).map((port) => ({ mac, port, packets: 0 }))),
      handedUp: {},
      heldBack: {},
    });
  }

  async apply(
    steps: readonly Step[],
    signal: AbortSignal,
  ): Promise<{ readonly observed: Observed; readonly refused: readonly [] }> {
    for (const step of steps) this.#take(step);
    return { observed: await this.observe(signal), refused: [] };
  }

  #take(step: Step): void {
    switch (step.kind) {
      case "quarantine-add":
        this.#quarantined.add(step.mac);
        return;
      case "quarantine-remove":
        this.#quarantined.delete(step.mac);
        return;
      case "vector-add": {
        const ports = this.#portsByMac.get(step.mac) ?? new Set();
        for (const port of step.ports) ports.add(port);
        this.#portsByMac.set(step.mac, ports);
        return;
      }
      case "vector-remove": {
        const ports = this.#portsByMac.get(step.mac);
        for (const port of step.ports) ports?.delete(port);
        if (ports?.size === 0) this.#portsByMac.delete(step.mac);
        return;
      }
    }
  }
}
