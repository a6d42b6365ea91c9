import { longest, serverRanges4 } from "./addressing-nft.ts";
import { linkOnlyBeginnings6 } from "./direct-nft.ts";
import { bits } from "./encapsulation-nft.ts";
import type { FrameSides } from "./frame-sides.ts";
import { givingRate } from "./lifelines-nft.ts";
import { chain } from "./limit-text.ts";

/**
 * The lifelines of a quarantine behind two tags, as nft text. The kernel takes one off and knows nothing of what is behind the
 * other, so all is read by its place in the frame; it is the same that `lifelines-nft.ts` keeps of plain frames, with
 * the same limits.
 *
 * Loaded after all else, into a chain that is there: until then such frames are stopped.
 */

// Behind the tag that the kernel has left.
const inner = 4;
const family4 = {
  fragment: inner + 6,
  length: inner + 2,
  protocol: inner + 9,
  destination: inner + 16,
  ports: inner + 20,
};
const family6 = { length: inner + 4, next: inner + 6, destination: inner + 24, transport: inner + 40 };

/** The rule of whatever comes from or to a quarantined machine; what is no lifeline returns. */
export const tagLifelinesRule = "meta protocol 0x8100 jump lifeline_tags";

/** The chain that it goes to, still empty. */
export const tagLifelinesPart: readonly string[] = chain("lifeline_tags", []);

/** What fills it: `from` is the set of quarantined machines. */
export function tagLifelineFillings({ fromOutside }: FrameSides, from: string): readonly string[] {
  const ofOthers = `${fromOutside} ether saddr != @${from}`;
  return [
    ...chain("lifeline_tags_given", [`${ofOthers} ${givingRate} accept`]),
    ...chain("lifeline_tags_router", [`${ofOthers} accept`]),
    ...tagChains("lifeline_tags", {
      neighbours: "goto lifeline_neighbours",
      addressing: "goto lifeline_addressing",
      // An answer goes to whatever address has asked.
      inward: {
        neighbours: `${bits(family6.transport, 8)} 133-136 jump lifeline_tags_router`,
        addressing4: `${bits(family4.ports, 32)} 0x00430044 goto lifeline_tags_given`,
        addressing6: `${bits(family6.transport, 32)} 0x02230222 goto lifeline_tags_given`,
      },
    }),
  ];
}

/** The same for the last door, which sees what goes out: what is left goes on to `next`. */
export function tagLifelinesAtLastDoor(next: string): readonly string[] {
  return tagChains("leak_tags", { neighbours: next, addressing: next, inward: null });
}

export const tagLifelinesAtLastDoorRule = "meta protocol 0x8100 jump leak_tags";

interface Ends {
  readonly neighbours: string;
  readonly addressing: string;
  /** Rules for what comes in; null where nothing does. */
  readonly inward: { readonly neighbours: string; readonly addressing4: string; readonly addressing6: string } | null;
}

function tagChains(name: string, { neighbours, addressing, inward }: Ends): readonly string[] {
  const only = (rule: string | undefined) => (rule === undefined ? [] : [rule]);
  return [
    ...chain(`${name}_4`, [
      // Without options, whole, and UDP.
      `${bits(inner, 8)} != 0x45 return`,
      `${bits(family4.fragment, 14, 2)} != 0 return`,
      `${bits(family4.protocol, 8)} != 17 return`,
      `${bits(family4.length, 16)} > ${longest + 20} return`,
      ...only(inward?.addressing4),
      `${bits(family4.destination, 32)} != { ${serverRanges4} } return`,
      `${bits(family4.ports, 32)} 0x00440043 ${addressing}`,
    ]),
    ...chain(`${name}_neighbours`, [
      ...only(inward?.neighbours),
      `${bits(family6.destination, 16)} != { ${linkOnlyBeginnings6} } return`,
      `${bits(family6.transport, 8)} { 133, 135, 136 } ${neighbours}`,
    ]),
    ...chain(`${name}_6`, [
      // Next header and hop limit: 255 proves that no router passed it on (RFC 4861 7.1).
      `${bits(family6.next, 16)} 0x3aff goto ${name}_neighbours`,
      `${bits(family6.next, 8)} != 17 return`,
      `${bits(family6.length, 16)} > ${longest} return`,
      ...only(inward?.addressing6),
      `${bits(family6.destination, 16)} != { ${linkOnlyBeginnings6} } return`,
      `${bits(family6.transport, 32)} 0x02220223 ${addressing}`,
    ]),
    ...chain(name, [
      `${bits(2, 16)} vmap { 0x0806 : ${neighbours}, 0x0800 : goto ${name}_4, 0x86dd : goto ${name}_6 }`,
    ]),
  ];
}
