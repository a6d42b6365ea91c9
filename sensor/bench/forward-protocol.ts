/** What the processes of `bench forward` tell one another; all of it JSON. */

/** Kinds of small packet: one of a connection that stands, and the first of a new contact. */
export const smallKinds = ["data", "contact"] as const;
export type SmallKind = (typeof smallKinds)[number];

/**
 * How TCP in bulk goes over the bridges: `joined` as kernels hand it on, up to 64 KB at once, which network
 * cards and their drivers join and part again; `single`: every frame of the wire for itself.
 */
export const bulkKinds = ["joined", "single"] as const;
export type BulkKind = (typeof bulkKinds)[number];

export type SenderCalls = {
  /**
   * Connects to the receiver over a way, sends so many megabytes (of 1,048,576 bytes) and waits until the
   * receiver has read them. A connection of its own each time: what it has learned of the way (losses, windows)
   * must not follow the way from round to round.
   */
  readonly bulk: {
    readonly input: { readonly way: number; readonly port: number; readonly megabytes: number };
    /** From the established connection on. */
    readonly output: { readonly seconds: number };
  };
  /** Sends so many small frames, one system call each. The kernel carries each to the receiver before the call returns. */
  readonly burst: {
    readonly input: { readonly way: number; readonly kind: SmallKind; readonly packets: number };
    readonly output: { readonly microsecondsPerPacket: number };
  };
};

export type ReceiverCalls = {
  /** Listens on all ways; the port. */
  readonly listen: { readonly input: null; readonly output: { readonly port: number } };
};

/** What is measured, and how much of it. */
export interface ForwardOrder {
  readonly pairs: number;
  /** How long a bulk transfer over one way is meant to take, seconds. */
  readonly bulkSeconds: number;
  /** Transfers and bursts over each way in each round; the fastest counts, as the one least disturbed. */
  readonly repeats: number;
  readonly packetsPerBurst: number;
  /** Contained addresses behind each ruleset that is compared. */
  readonly sizes: readonly number[];
}

/** One round over one way. */
export interface WayMeasured {
  readonly megabytesPerSecond: Readonly<Record<BulkKind, number>>;
  readonly microsecondsPerPacket: Readonly<Record<SmallKind, number>>;
}

/** Ways in this order: the bare bridge, a second bare bridge as control, then one for each size. */
export type ForwardEvent =
  | { readonly kind: "progress"; readonly text: string }
  /** Which rendering this kernel took. */
  | { readonly kind: "loaded"; readonly refusal: string }
  | { readonly kind: "round"; readonly ways: readonly WayMeasured[] }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly code: string; readonly text: string };
