import type { Place } from "../connection/contact.ts";
import type { NetSet } from "../packet/net-set.ts";
import type { AddressKey } from "../packet/packet.ts";

/** Where a target is, seen from an address of the site. */
export function placeOf(source: AddressKey, target: AddressKey, localNets: NetSet): Place {
  if (typeof source === "number" && typeof target === "number") {
    if (!localNets.contains(target)) return "outside";
    return source >>> 8 === target >>> 8 ? "neighbour" : "inside";
  }
  if (typeof source === "string" && typeof target === "string") {
    // Global IPv6 addresses of the site are in no private range, but share the prefix.
    if (source.slice(0, 8) === target.slice(0, 8)) return "neighbour";
  }
  return localNets.contains(target) ? "inside" : "outside";
}
