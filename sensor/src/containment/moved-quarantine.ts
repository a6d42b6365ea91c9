import type { Machine } from "../verdict/case-book.ts";

/**
 * A quarantine that moved: a machine that was cut off has fallen silent, and one that was never seen before
 * carries its name, its address, or both. It may be the same machine with another card or a made-up MAC.
 *
 * The kernel stops nothing by address: whoever is cut off could then, by forging sources, have any neighbour stopped, and an
 * address that has been free for a while is given to somebody else. It bounds the newcomer because it is not known
 * (probation, under `observe` while it was a person who cut off), whatever address it has; a machine that was known before
 * may have the address.
 */

/** What was found of a newcomer. */
export interface Succession {
  readonly mac: string;
  /** The machine that is cut off. */
  readonly of: string;
  /** Decimal logarithm of the likelihood ratio. */
  readonly strength: number;
  readonly text: string;
}

// It speaks by itself (ARP, DHCP, what it tries) several times a minute.
const silentForMs = 20_000;
// Enough to be watched: leases are given anew, and two telephones are called the same.
const oneStrength = 1.5;
// Enough to be infected.
const bothStrength = 6;

/**
 * Who took whose place, each once, the stronger reason first. `known` are machines that were there before
 * anybody was cut off; `now` is the time by which machines are seen.
 */
export function findSuccessions(
  machines: readonly Machine[],
  known: ReadonlySet<string>,
  cutOff: ReadonlySet<string>,
  now: number,
): Succession[] {
  const byMac = new Map(machines.map((machine) => [machine.mac, machine]));
  const found = new Map<string, Succession>();
  for (const of of cutOff) {
    const gone = byMac.get(of);
    if (gone === undefined || now - gone.lastSeenAt < silentForMs) continue;
    for (const machine of machines) {
      if (known.has(machine.mac) || machine.mac === of) continue;
      // Two that were there at once are two.
      if (gone.lastSeenAt > machine.firstSeenAt + silentForMs) continue;
      const succession = successionOf(machine, gone);
      if (succession !== null && succession.strength > (found.get(machine.mac)?.strength ?? 0)) {
        found.set(machine.mac, succession);
      }
    }
  }
  return [...found.values()].toSorted((a, b) => b.strength - a.strength || (a.mac < b.mac ? -1 : 1));
}

function successionOf(machine: Machine, gone: Machine): Succession | null {
  const hasName = machine.name !== null && machine.name.toLowerCase() === gone.name?.toLowerCase();
  const hasAddress = machine.addresses.some((address) => !isLinkLocal(address) && gone.addresses.includes(address));
  if (!hasName && !hasAddress) return null;
  const what = hasName && hasAddress ? "name and address" : hasName ? "name" : "address";
  const whose = gone.name === null ? gone.mac : `${gone.name} (${gone.mac})`;
  return {
    mac: machine.mac,
    of: gone.mac,
    strength: hasName && hasAddress ? bothStrength : oneStrength,
    text: `It took the ${what} of ${whose}, which is cut off and has fallen silent; it was never seen before that.`,
  };
}

/** Made from the MAC, or by whoever likes, on every link anew. */
function isLinkLocal(address: string): boolean {
  return address.startsWith("fe80:") || address.startsWith("169.254.");
}
