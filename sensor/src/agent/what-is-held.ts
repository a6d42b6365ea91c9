import type { Reported } from "@cordon/contract";

/** What the box holds or watches over by MAC, in words that end a sentence; null where it holds nothing. */
export function whatIsHeld(reported: Reported | null): string | null {
  // Nobody knows yet what the kernel holds.
  if (reported === null) return "it has not looked yet at what is held";
  const {
    containments,
    throttles = [],
    sweeps = [],
    automatic = [],
    barriers = [],
    areaCuts = [],
    lineCut,
    probation,
  } = reported;
  if (lineCut !== undefined) return "the line is cut";
  if (containments.length + throttles.length + sweeps.length + automatic.length > 0) return "a machine is contained";
  if (areaCuts.length > 0) return "an area is cut off";
  if (barriers.length > 0) return "a way of spreading is shut or counted";
  return probation === undefined ? null : "an incident is open";
}
