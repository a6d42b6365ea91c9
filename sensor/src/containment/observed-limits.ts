import { sweeps } from "@cordon/contract";
import { verdictsIn, type KernelTable } from "./kernel-table.ts";
import type { CountSet } from "./element-sets.ts";
import { reflexSettingsOf } from "./limit-elements.ts";
import { hiddenCount } from "./encapsulation-nft.ts";
import { limitCounts, limitSets, reflexCounters } from "./limits-nft.ts";
import { probationCounter } from "./probation-nft.ts";
import type { Observed } from "./protocol.ts";
import { sweepCounts, sweepSets } from "./sweep-nft.ts";

/** What a table says of sweeps, throttles, hidden ports and reflex, as it is reported. */
export function limitsObserved(
  table: KernelTable,
): Pick<Observed, "sweeps" | "throttled" | "throttledVectors" | "hidden" | "reflex" | "probationStopped"> {
  const { held, counts, counters } = table;
  const packets = (set: CountSet, key: string) => counts.get(set)?.get(key)?.packets ?? 0;
  const keys = (set: CountSet) => counts.get(set)?.keys() ?? [];
  const { throttled, throttledVector, reflexPassed, reflexStopped } = limitCounts;
  return {
    sweeps: sweeps.flatMap((sweep) =>
      [...verdictsIn(held, sweepSets[sweep]).keys()].map((mac) => ({
        ...{ mac, sweep, packets: packets(sweepCounts[sweep], mac) },
      })),
    ),
    throttled: [...verdictsIn(held, limitSets.throttleFrom).keys()].map((mac) => ({
      mac,
      packets: packets(throttled, mac),
    })),
    throttledVectors: [...verdictsIn(held, limitSets.throttleVector).keys()].map((key) => {
      const [mac = "", port] = key.split(" . ");
      return { mac, port: Number(port), packets: packets(throttledVector, key) };
    }),
    hidden: [...keys(hiddenCount)].map((mac) => ({ mac, packets: packets(hiddenCount, mac) })),
    probationStopped: counters.get(probationCounter)?.packets ?? 0,
    reflex: {
      settings: reflexSettingsOf({
        [limitSets.reflexRules]: verdictsIn(held, limitSets.reflexRules),
        [limitSets.reflexExempt]: verdictsIn(held, limitSets.reflexExempt),
      }),
      passed: counters.get(reflexCounters.passed)?.packets ?? 0,
      stopped: counters.get(reflexCounters.stopped)?.packets ?? 0,
      hosts: [...new Set([...keys(reflexPassed), ...keys(reflexStopped)])].toSorted().map((mac) => ({
        mac,
        passed: packets(reflexPassed, mac),
        stopped: packets(reflexStopped, mac),
      })),
    },
  };
}
