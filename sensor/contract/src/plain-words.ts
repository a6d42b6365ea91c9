/**
 * What is known of words without a schema to check them by: who only judges starts without the schema library.
 */
import type { Duty } from "./duty.ts";
import type { Vector, Verdict } from "./words.ts";

/** The verdicts in rising order. */
export const verdicts: readonly Verdict[] = ["clear", "watched", "suspect", "infected"];

export const duties: readonly Duty[] = ["monitoring", "scanner", "backup", "mail"];

/**
 * The TCP ports that each vector stands for. A block of a vector shuts these and {@link vectorUdpPorts}, so "other",
 * which has none, cannot be blocked.
 */
export const vectorPorts: Readonly<Record<Vector, readonly number[]>> = {
  mail: [25, 465, 587, 2525],
  smb: [135, 139, 445],
  telnet: [23, 2323],
  rdp: [3389],
  ssh: [22, 2222],
  sql: [1433],
  web: [80, 443, 8080, 8443],
  other: [],
};

/** The UDP ports that are shut with a vector: what the same service, or its worm, uses besides. */
export const vectorUdpPorts: Readonly<Record<Vector, readonly number[]>> = {
  mail: [],
  smb: [135, 137, 138, 139, 445],
  telnet: [],
  rdp: [3389],
  ssh: [],
  sql: [1434],
  // HTTP/3 (RFC 9114).
  web: [443],
  other: [],
};

/** The vector that a TCP port belongs to; "other" where it belongs to none. */
export function vectorOf(port: number): Vector {
  for (const [vector, ports] of Object.entries(vectorPorts) as [Vector, readonly number[]][]) {
    if (ports.includes(port)) return vector;
  }
  return "other";
}
