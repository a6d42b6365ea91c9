/**
 * Places in the reflex, as nft text. Hardware addresses are easily made up, and whoever made up enough of them would
 * fill every set in which the reflex keeps a machine's budget; nobody who comes after would have one. So a
 * machine has a budget of its own only while it has a place, and places are given at a rate, over all newcomers together:
 * that rate is the shared budget of all who have none. Whoever goes beyond it is stopped (counted, in a dry run).
 *
 * A place is kept for an hour after a machine last began any connection outward, on whatever port: at that rate
 * the set is never full, so made-up addresses take nobody's place who was there before them. Who comes while they are sent waits
 * for his among them. Every set with a budget or a miss of a machine has as many elements as there are places.
 */

/** How many places there are: more than are given in {@link placeIdle}, to those on probation as well. */
export const maxPlaces = 65_536;

/** So long somebody who begins nothing keeps his. */
export const placeIdle = "1h";

/** Places given, to all newcomers together. An office that comes on again after a failure of power is among the burst. */
export const placesGiven = { perSecond: 2, burst: 200 } as const;

/** Packets that the reflex looked at from whoever has no place. */
export const crowdedCounter = "reflex_crowded";

const places = "reflex_places";
const newcomers = "reflex_newcomers";

/** The condition that a machine has no place. */
export const isPlaceless = `ether saddr != @${places}`;

/** Gives the sender a place at once; for whom another limit has let by. */
export const givePlace = `update @${places} { ether saddr }`;

/** Gives the sender a place, or keeps him his; comes before {@link isPlaceless} is asked. */
export const takePlace = "jump reflex_place";

/** Set, limit, counter and chain. */
export function placeParts(): readonly string[] {
  return [
    ...[`set ${places} {`, "\ttype ether_addr", `\tsize ${maxPlaces}`, "\tflags dynamic,timeout"],
    ...[`\ttimeout ${placeIdle}`, "}"],
    ...[`limit ${newcomers} {`, `\trate over ${placesGiven.perSecond}/second burst ${placesGiven.burst} packets`, "}"],
    ...[`counter ${crowdedCounter} {`, "}"],
    "chain reflex_place {",
    `\t${isPlaceless} limit name "${newcomers}" return`,
    `\t${givePlace}`,
    "}",
  ];
}

/** In words, what so many packets from machines without a place mean. */
export function crowdText(packets: number): string {
  return `Somebody seems to make up hardware addresses: ${packets} packets on ways of spreading came from more of them than are given a budget of their own. They have ${placesGiven.perSecond} new ones a second together, and a machine that was never heard waits among them.`;
}
