import { encapsulationSets } from "./encapsulation-nft.ts";
import { wrappedKeys } from "./element-sets.ts";
import { packetsIn, verdictsIn, type KernelTable } from "./kernel-table.ts";
import type { Observed } from "./protocol.ts";
import { containmentSets } from "./skeleton.ts";

/** What a table says of cuts, as it is reported. */
export function cutsObserved(table: KernelTable | null): Pick<Observed, "quarantined" | "vectors"> {
  if (table === null) return { quarantined: [], vectors: [] };
  const { quarantineFrom, quarantineTo, vectorFrom } = containmentSets;
  const received = verdictsIn(table.held, quarantineTo);
  return {
    quarantined: [...verdictsIn(table.held, quarantineFrom).keys()]
      .filter((mac) => received.has(mac))
      .map((mac) => ({
        mac,
        packets: packetsIn(table, quarantineFrom, mac),
        packetsToHost: packetsIn(table, quarantineTo, mac),
      })),
    vectors: [...verdictsIn(table.held, vectorFrom).keys()].map((key) => {
      const [mac = "", port] = key.split(" . ");
      const wrapped = wrappedKeys(key).map((its) => packetsIn(table, encapsulationSets.wrapped, its));
      return {
        mac,
        port: Number(port),
        packets: packetsIn(table, vectorFrom, key) + wrapped.reduce((a, b) => a + b, 0),
      };
    }),
  };
}
