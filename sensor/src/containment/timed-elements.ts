import { formatAddress, parseAddress } from "../packet/address.ts";
import { keyText } from "./kernel-table.ts";
import type { Nft } from "./nft.ts";
import { tableName } from "./skeleton.ts";

/** A limit as nft lists it. */
export interface Limit {
  readonly rate: number;
  readonly per: string;
  readonly burst: number;
  readonly isOver: boolean;
}

/** An element of a set that ends by itself, as read. */
export interface TimedElement {
  readonly key: string;
  /** Until it ends; null where it stays. */
  readonly secondsLeft: number | null;
  /** Its whole time, where that is not the set's own; else null. */
  readonly timeoutSeconds: number | null;
  /** The limit that is kept in it. */
  readonly limit: Limit | null;
}

/** What nft takes where a limit says none. */
const usualBurst = 5;

/** The elements of a set with what ends them; none where there is no such set. */
export async function readTimedElements(nft: Nft, name: string): Promise<readonly TimedElement[]> {
  const objects = (await nft.listElements(["set", "bridge", tableName, name])) ?? [];
  return objects
    .flatMap(({ set }) => (set as { readonly elem?: readonly unknown[] } | undefined)?.elem ?? [])
    .map(timedElement);
}

/** With a time or a limit: { elem: { val, timeout, expires, limit } }; without: the value itself. */
function timedElement(entry: unknown): TimedElement {
  const { elem } = isObject(entry) ? entry : {};
  const { val, timeout, expires, limit } = isObject(elem) ? elem : { val: entry };
  return {
    // IPv6 can be written in several ways.
    key: keyText(val)
      .split(" . ")
      .map((part) => {
        const address = part.includes(":") || part.includes(".") ? parseAddress(part) : null;
        return address === null ? part : formatAddress(address);
      })
      .join(" . "),
    secondsLeft: typeof expires === "number" ? expires : null,
    timeoutSeconds: typeof timeout === "number" ? timeout : null,
    limit: isObject(limit)
      ? {
          rate: Number(limit["rate"]),
          per: String(limit["per"]),
          burst: Number(limit["burst"] ?? usualBurst),
          isOver: limit["inv"] === true,
        }
      : null,
  };
}

/** Reads a limit as our own text writes it; null where it writes none. */
export function limitIn(text: string): Limit | null {
  const [, over, rate, per, burst] = /limit rate (over )?(\d+)\/(\w+)(?: burst (\d+) packets)?/.exec(text) ?? [];
  if (rate === undefined || per === undefined) return null;
  return { rate: Number(rate), per, burst: Number(burst ?? usualBurst), isOver: over !== undefined };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
