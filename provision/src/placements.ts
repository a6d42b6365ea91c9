import type { Placement } from "@cordon/contract";

/** Where boxes can be made for, in words for the person who puts the cables in. */
const places: Readonly<Record<Placement | "auto", string>> = {
  lan: "between the router and the switch",
  wan: "between the provider's modem and the router, with the management port on the router's inner side",
  gateway: "as the router of an isolated repair network, its outside port on the client's router or modem",
  mirror: "on a switch port that mirrors the router's, with a second port as its way home",
  auto: "in the line on either side of the router; the box finds out which, and begins as if behind the router",
};

/** Where a box of that placement stands; null for what is no placement. */
export function placeOf(placement: string): string | null {
  return Object.entries(places).find(([name]) => name === placement)?.[1] ?? null;
}

/** The placements that boxes can be made for. */
export const placements = Object.keys(places).join(", ");
