import { siteQuestions } from "./addressing-nft.ts";
import { claimParts, claimRule } from "./claims-nft.ts";
import { encapsulationChains, encapsulationRule } from "./encapsulation-nft.ts";
import type { FrameSides } from "./frame-sides.ts";
import { chain } from "./limit-text.ts";
import { isLineShut, lineLeakParts } from "./line-cut-nft.ts";
import { linkQuestions } from "./neighbour-nft.ts";
import { remediesAtLastDoor } from "./remedy-nft.ts";
import { tagLifelinesAtLastDoor, tagLifelinesAtLastDoorRule } from "./tag-lifelines-nft.ts";

/**
 * The last door, as nft text: what a contained machine still sends out by the outside port after all
 * other rules, and what anybody does while the line is cut. Nothing comes here while they work. Where a hand has emptied a chain, or a way past it
 * was found, it is stopped and counted here, and the count is a trouble that a person sees.
 */

/** Packets that had come past every rule: of contained machines, or of anybody while the line is cut. */
export const leakCounter = "leaked";

/** What a quarantine leaves a machine, without the limits on it: they are `enforce`'s, and what came past it is as it was. */
const lifelines: readonly string[] = ["meta protocol arp", ...siteQuestions, linkQuestions];

// The line's cut holds for quarantined machines as well.
const goOn = "goto leak_while_shut";

/** Counter and chains. `sets` are those of contained machines; `hasTags` says whether a quarantine has lifelines behind two tags. */
export function leakParts(
  { lastDoor, isGateway }: FrameSides,
  sets: { readonly quarantineFrom: string; readonly vectorFrom: string },
  hasTags: boolean,
): readonly string[] {
  return [
    ...[`counter ${leakCounter} {`, "}"],
    ...chain("leak", [`counter name "${leakCounter}" drop`]),
    // Of its own, since a hand may have emptied those that `enforce` goes to.
    ...encapsulationChains("leak"),
    ...lineLeakParts(),
    ...chain("leak_while_shut", [`${isLineShut} goto leak_line`, "accept"]),
    ...(hasTags ? tagLifelinesAtLastDoor(goOn) : []),
    // The names of a gateway's own machines are all inside.
    ...(isGateway ? [] : claimParts()),
    ...chain("last_door", [
      ...lastDoor,
      ...(isGateway ? [] : [claimRule]),
      `ether saddr . tcp dport @${sets.vectorFrom} goto leak`,
      encapsulationRule("leak"),
      `ether saddr != @${sets.quarantineFrom} ${goOn}`,
      ...lifelines.map((condition) => `${condition} ${goOn}`),
      ...(hasTags ? [tagLifelinesAtLastDoorRule] : []),
      ...remediesAtLastDoor(goOn, isGateway),
      "goto leak",
    ]),
  ];
}
