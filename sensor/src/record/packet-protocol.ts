import type { PacketSliceQuestion, RecordingAuthorisation } from "@cordon/contract";
import type { PacketRingLimits, PacketRingState } from "./packet-ring.ts";

/** What the judge's thread tells the ring's; times are epoch milliseconds. */
export type ToPacketRing =
  | { readonly kind: "begin"; readonly authorisation: RecordingAuthorisation; readonly at: number }
  | { readonly kind: "end" }
  | ({ readonly kind: "slice"; readonly id: number; readonly question: PacketSliceQuestion } & SliceTarget)
  | { readonly kind: "close" };

interface SliceTarget {
  readonly path: string;
  readonly maxBytes: number;
}

export type FromPacketRing =
  | {
      readonly kind: "state";
      readonly state: PacketRingState;
      /** Whether packets are being received. */
      readonly isStreaming: boolean;
      /** Why packets cannot be kept; null where they are. */
      readonly failure: string | null;
    }
  | { readonly kind: "sliced"; readonly id: number; readonly packets: number }
  | { readonly kind: "not-sliced"; readonly id: number; readonly code: string; readonly text: string };

export interface PacketRingStart {
  readonly folder: string;
  /** Where the packets come in. */
  readonly socketPath: string;
  readonly limits: Partial<PacketRingLimits>;
}
