/**
 * What capture hands to the pipeline: one link-layer frame with its time and the side it came
 * from. Live frames come through nflog, replayed ones from a capture file; nothing behind this
 * type knows which.
 */

/** Link types by their number in the pcap registry (https://www.tcpdump.org/linktypes.html). */
export const linkTypes = {
  null: 0,
  ethernet: 1,
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;

/** The port of the bridge a frame entered by; null where a capture file does not say. */
export type Side = "inside" | "outside" | null;

/**
 * `seen` was let through; `stopped` was stopped by one of our own rules, and is evidence of an
 * attempt, but not of an outcome; `flooded` was let through and is one of very many alike.
 */
export type Mark = "seen" | "stopped" | "flooded";

/** One captured frame. Reused by its producer: whoever keeps a part of it copies that part. */
export interface Frame {
  /** Epoch milliseconds, with a fraction where the capture has one. */
  at: number;
  linkType: number;
  /** The frame, from the link-layer header on, as far as it was captured. */
  bytes: Uint8Array;
  /** Where in `bytes` the frame begins and ends; absent: all of them. Spares a view per frame. */
  start?: number;
  end?: number;
  side: Side;
  mark: Mark;
}
