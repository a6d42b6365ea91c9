import type { Counter } from "./kernel-table.ts";

const namedMost = 3;

/** In words, what a storm is and who made it, those with the most first. `senders` are those of the last minutes. */
export function stormText(stopped: number, senders: ReadonlyMap<string, Counter>): string {
  const named = [...senders]
    .toSorted(([a, { packets: more }], [b, { packets: less }]) => less - more || (a < b ? -1 : 1))
    .slice(0, namedMost)
    .map(([mac]) => mac);
  const others = senders.size - named.length;
  const who = named.length === 0 ? "" : ` by ${named.join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
  return `More is sent to all machines than an office ever has${who}; ${stopped} frames were stopped so far. By hand: look whether a cable joins a switch to itself, else at these machines.`;
}
