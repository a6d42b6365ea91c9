import { tableName } from "./skeleton.ts";

/**
 * Frames on their way out in the name of somebody who cannot be on the inside, as nft text: the box itself, which
 * carries none of its own frames from port to port, and who was heard on the outside port, the gateway above all. Whoever
 * is cut off and sends under such a MAC is under nobody's containment. The box's is stopped. The others' are noted and
 * pass, since a machine may have moved inside; whether two send by one MAC the executor tells by both sides.
 */

/** By MAC, what becomes of it. The executor fills it with what it learns, and no file keeps it. */
export const claimMap = "outside_names";

/** MACs from outside that somebody inside sent by within the last minute. */
export const claimedNames = "claimed_names";

/** Packets in the box's name, and in those of others. */
export const claimCounters = { own: "own_claimed", outside: "outside_claimed" } as const;

const verdicts = { own: "goto claim_own", outside: "jump claim_outside" } as const;

const maxNames = 1024;

/** The rule of the last door. */
export const claimRule = `ether saddr vmap @${claimMap}`;

/** Map, set, counters and chains. */
export function claimParts(): readonly string[] {
  return [
    ...[`map ${claimMap} {`, "\ttype ether_addr : verdict", `\tsize ${maxNames}`, "}"],
    ...[
      `set ${claimedNames} {`,
      "\ttype ether_addr",
      `\tsize ${maxNames}`,
      "\tflags dynamic,timeout",
      "\ttimeout 1m",
      "}",
    ],
    ...Object.values(claimCounters).flatMap((name) => [`counter ${name} {`, "}"]),
    ...["chain claim_own {", `\tcounter name "${claimCounters.own}" drop`, "}"],
    ...[
      "chain claim_outside {",
      `\tcounter name "${claimCounters.outside}"`,
      `\tupdate @${claimedNames} { ether saddr }`,
      "}",
    ],
  ];
}

/** Whose names are nobody's on the inside. */
export interface Names {
  readonly own: readonly string[];
  readonly outside: readonly string[];
}

/** What the map is to hold. */
export function claimElements({ own, outside }: Names): ReadonlyMap<string, string> {
  return new Map([
    ...outside.map((mac) => [mac, verdicts.outside] as const),
    ...own.map((mac) => [mac, verdicts.own] as const),
  ]);
}

/** Text that makes the map hold these and no others. */
export function claimText(elements: ReadonlyMap<string, string>): string {
  const all = [...elements].map(([mac, verdict]) => `${mac} : ${verdict}`);
  const flush = `flush map bridge ${tableName} ${claimMap}\n`;
  return all.length === 0 ? flush : `${flush}add element bridge ${tableName} ${claimMap} { ${all.join(", ")} }\n`;
}
