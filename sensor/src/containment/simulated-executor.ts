import { sweeps } from "@cordon/contract";
import { afterSteps } from "./containment-elements.ts";
import { noElements, type Elements } from "./element-sets.ts";
import { reflexSettingsOf } from "./limit-elements.ts";
import { limitSets } from "./limits-nft.ts";
import type { Executor, Observed, Step } from "./protocol.ts";
import { siteRulesOf } from "./site-rules.ts";
import { containmentSets } from "./skeleton.ts";
import { sweepSets } from "./sweep-nft.ts";

/**
 * Stands where no kernel may be changed: it remembers what was wished and stops nothing. Whoever
 * reports from it reports with `isSimulated`, so that the level reads "simulated".
 */
export class SimulatedExecutor implements Executor {
  readonly #clock: () => number;
  #elements: Elements = noElements;

  constructor(options: { readonly clock: () => number }) {
    this.#clock = options.clock;
  }

  observe(_signal: AbortSignal): Promise<Observed> {
    const elements = this.#elements;
    return Promise.resolve({
      at: this.#clock(),
      skeleton: null,
      quarantined: [...elements[containmentSets.quarantineFrom].keys()]
        .toSorted()
        .map((mac) => ({ mac, packets: 0, packetsToHost: 0 })),
      vectors: uncounted(elements[containmentSets.vectorFrom].keys()),
      sweeps: sweeps.flatMap((sweep) =>
        [...elements[sweepSets[sweep]].keys()].toSorted().map((mac) => ({ mac, sweep, packets: 0 })),
      ),
      throttled: [...elements[limitSets.throttleFrom].keys()].toSorted().map((mac) => ({ mac, packets: 0 })),
      throttledVectors: uncounted(elements[limitSets.throttleVector].keys()),
      reflex: { settings: reflexSettingsOf(elements), passed: 0, stopped: 0, hosts: [] },
      site: { rules: siteRulesOf(elements), stoppedAtLine: 0, counts: [] },
      handedUp: {},
      heldBack: {},
    });
  }

  async apply(
    steps: readonly Step[],
    signal: AbortSignal,
  ): Promise<{ readonly observed: Observed; readonly refused: readonly [] }> {
    this.#elements = afterSteps(this.#elements, steps);
    return { observed: await this.observe(signal), refused: [] };
  }
}

/** `MAC . port` as what stopped nothing, by MAC and port. */
function uncounted(elements: Iterable<string>): { readonly mac: string; readonly port: number; readonly packets: 0 }[] {
  return [...elements]
    .map((element) => {
      const [mac = "", port] = element.split(" . ");
      return { mac, port: Number(port), packets: 0 as const };
    })
    .toSorted((a, b) => (a.mac === b.mac ? a.port - b.port : a.mac < b.mac ? -1 : 1));
}
