import type { Counter, KernelTable } from "./kernel-table.ts";
import { reflexSettingsOf } from "./limit-elements.ts";
import { limitSets, reflexCounters } from "./limits-nft.ts";
import type { Observed } from "./protocol.ts";

/** What a table says of throttles and reflex, as it is reported. */
export function limitsObserved(table: KernelTable): Pick<Observed, "throttled" | "throttledVectors" | "reflex"> {
  const { limits, throttled, throttledVector, reflexPassed, reflexStopped, counters } = table;
  const packets = (counts: ReadonlyMap<string, Counter>, key: string) => counts.get(key)?.packets ?? 0;
  return {
    throttled: [...limits[limitSets.throttleFrom].keys()].map((mac) => ({ mac, packets: packets(throttled, mac) })),
    throttledVectors: [...limits[limitSets.throttleVector].keys()].map((key) => {
      const [mac = "", port] = key.split(" . ");
      return { mac, port: Number(port), packets: packets(throttledVector, key) };
    }),
    reflex: {
      settings: reflexSettingsOf(limits),
      passed: packets(counters, reflexCounters.passed),
      stopped: packets(counters, reflexCounters.stopped),
      hosts: [...new Set([...reflexPassed.keys(), ...reflexStopped.keys()])].toSorted().map((mac) => ({
        mac,
        passed: packets(reflexPassed, mac),
        stopped: packets(reflexStopped, mac),
      })),
    },
  };
}
