import type { FlowLoss, LookUpAnswer } from "@cordon/contract";
import type { FlowLine } from "../connection/flow.ts";
import type { BoundedQuestion, LookUpPlace } from "./flow-look-up.ts";
import type { FlowStoreLimits, FlowStoreState } from "./flow-store.ts";

/**
 * The clock that lines are told by was set (`steppedMs`, 0 where it only went on; `now` is its new time), or something else is known of how
 * wrong it may be (milliseconds; null where nothing is). It goes before lines of the new time.
 */
export interface ClockWord {
  readonly kind: "clock";
  readonly now: number;
  readonly steppedMs: number;
  readonly errorMs: number | null;
}

/** What the judge's thread tells the log's; `now` is the judge's time, epoch milliseconds. */
export type ToFlowLog =
  | ClockWord
  | { readonly kind: "lines"; readonly now: number; readonly lines: readonly FlowLine[] }
  | { readonly kind: "missed"; readonly loss: FlowLoss }
  | { readonly kind: "ask"; readonly id: number; readonly question: BoundedQuestion; readonly place: LookUpPlace }
  | { readonly kind: "close" };

export type FromFlowLog =
  /** `taken` lines more have been taken out of the way between the threads. */
  | { readonly kind: "state"; readonly state: FlowStoreState; readonly taken: number }
  | { readonly kind: "answer"; readonly id: number; readonly answer: LookUpAnswer };

export interface FlowLogStart {
  readonly path: string;
  readonly now: number;
  readonly limits: Partial<FlowStoreLimits>;
}
