import { linkOnly6 } from "./direct-nft.ts";
import { claimParts, claimRule } from "./claims-nft.ts";
import { encapsulationChains, encapsulationRule } from "./encapsulation-nft.ts";
import type { FrameSides } from "./frame-sides.ts";
import { isLineShut, lineLeakParts } from "./line-cut-nft.ts";
import { remediesAtLastDoor } from "./remedy-nft.ts";

/**
 * The last door, as nft text: what a contained machine still sends out by the outside port after all
 * other rules, and what anybody does while the line is cut. Nothing comes here while they work. Where a hand has emptied a chain, or a way past it
 * was found, it is stopped and counted here, and the count is a trouble that a person sees.
 */

/** Packets that had come past every rule: of contained machines, or of anybody while the line is cut. */
export const leakCounter = "leaked";

/** What a quarantine leaves a machine, without the limits on it: they are `enforce`'s, and what came past it is as it was. */
const lifelines: readonly string[] = [
  "meta protocol arp accept",
  "udp sport 68 udp dport 67 accept",
  "udp sport 546 udp dport 547 accept",
  `ip6 daddr { ${linkOnly6} } ip6 hoplimit 255 icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept`,
];

/** Counter and chains. `sets` are those of contained machines. */
export function leakParts(
  { lastDoor, isGateway }: FrameSides,
  sets: { readonly quarantineFrom: string; readonly vectorFrom: string },
): readonly string[] {
  return [
    `counter ${leakCounter} {`,
    "}",
    "chain leak {",
    `\tcounter name "${leakCounter}" drop`,
    "}",
    // Of its own, since a hand may have emptied those that `enforce` goes to.
    ...encapsulationChains("leak"),
    ...lineLeakParts(),
    // The names of a gateway's own machines are all inside.
    ...(isGateway ? [] : claimParts()),
    "chain last_door {",
    ...lastDoor.map((line) => `\t${line}`),
    ...(isGateway ? [] : [`\t${claimRule}`]),
    `\t${isLineShut} goto leak_line`,
    `\tether saddr . tcp dport @${sets.vectorFrom} goto leak`,
    `\t${encapsulationRule("leak")}`,
    `\tether saddr != @${sets.quarantineFrom} accept`,
    ...[...lifelines, ...remediesAtLastDoor(isGateway)].map((line) => `\t${line}`),
    "\tgoto leak",
    "}",
  ];
}
