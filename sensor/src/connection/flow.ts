import type { FlowOutcome, Verdict } from "@cordon/contract";
import type { AddressKey } from "../packet/packet.ts";

/** Who is at the two ends of a connection: who began it, and who was called. Ports are -1 where there are none. */
export interface FlowEnds {
  readonly protocol: number;
  readonly caller: AddressKey;
  readonly callerPort: number;
  readonly called: AddressKey;
  readonly calledPort: number;
}

/** What is known of one connection while it is being looked at. Times are epoch milliseconds. */
export interface Flow<Owner> extends FlowEnds {
  /** The site's machine; null where nobody is known by the address. */
  readonly owner: Owner | null;
  readonly isInbound: boolean;
  /** Whether its other end lies beyond the line: then a dead line explains its silence. */
  readonly isBeyondLine: boolean;
  readonly startedAt: number;
  readonly name: string | null;
  lastAt: number;
  /** -1 while its end was not seen. */
  endedAt: number;
  /** `pending` is a miss until somebody answers; null where answers cannot be seen. */
  outcome: FlowOutcome | "pending" | null;
  attempts: number;
  /** It began while the line was dead. */
  isInOutage: boolean;
  /** The TCP sequence number of each end's SYN (RFC 9293 3.4.1); -1 where it was not seen. */
  callerSequence: number;
  calledSequence: number;
  bytesFromCaller: number | null;
  bytesFromCalled: number | null;
  /** How the Internet sees the caller, where this box translates; null where it does not. */
  outside: AddressKey | null;
  outsidePort: number;
}

/** A line of the flow log: a connection from the site's view. Ports are -1 where there are none. */
export interface FlowLine {
  readonly protocol: number;
  readonly isInbound: boolean;
  /** Key of the site's machine. */
  readonly host: string | null;
  readonly verdict: Verdict | null;
  readonly inside: AddressKey;
  readonly insidePort: number;
  readonly outside: AddressKey | null;
  readonly outsidePort: number;
  readonly remote: AddressKey;
  readonly remotePort: number;
  readonly startedAt: number;
  readonly lastAt: number;
  readonly isEnded: boolean;
  readonly outcome: FlowOutcome | null;
  readonly name: string | null;
  readonly attempts: number;
  readonly bytesOut: number | null;
  readonly bytesIn: number | null;
}

/** What the kernel's connection tracking told of a connection that this box translated. */
export interface TranslatedFlow {
  readonly change: "begun" | "ended";
  readonly at: number;
  readonly protocol: number;
  readonly inside: AddressKey;
  readonly insidePort: number;
  readonly outside: AddressKey;
  readonly outsidePort: number;
  readonly remote: AddressKey;
  readonly remotePort: number;
  /** Of its end: whether anything ever came back; null where that was not told. */
  readonly isAnswered: boolean | null;
  readonly bytesOut: number | null;
  readonly bytesIn: number | null;
}
