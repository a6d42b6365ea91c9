import type { FlowOutcome } from "@cordon/contract";
import { protocols } from "../packet/packet.ts";
import type { Flow, FlowEnds } from "./flow.ts";

/** What a flow begins with. */
export type FlowBeginning<Owner> = FlowEnds &
  Pick<Flow<Owner>, "owner" | "isInbound" | "isBeyondLine" | "name" | "isInOutage" | "outcome" | "callerSequence">;

export interface FlowLimits {
  /** Connections younger than {@link heldMs}. Beyond it the oldest is told as it is. */
  readonly fresh: number;
  /** Told connections of which the end is awaited. Beyond it the end of the oldest goes unseen. */
  readonly standing: number;
  /**
   * So long a connection waits for its outcome and its end before it is told. An outage is noticed within twenty seconds:
   * with less, silence would be told of which the line is the reason.
   */
  readonly heldMs: number;
}

export const defaultFlowLimits: FlowLimits = { fresh: 32_768, standing: 16_384, heldMs: 60_000 };

/**
 * The same where connection tracking tells of ends: that lets go of a TCP connection two minutes after its last FIN, of
 * UDP two after the last datagram (nf_conntrack-sysctl: tcp_timeout_time_wait, udp_timeout_stream), and looks for what
 * has run out once a minute or so. With the minute until it is written five minutes are not exceeded.
 */
export const trackedFlowHeldMs = 220_000;

/** After the first FIN, the other end's, which tells how much that one sent, comes within moments or much later. */
const closingMs = 10_000;

/** The same ports after so long without a word are another connection. */
const reusedMs = 120_000;

/**
 * Single connections from their first packet to their end, in bounded memory. Each is told once it has ended, else when
 * it is {@link FlowLimits.heldMs} old; one whose end is seen later is told again then, with the same beginning, so that the
 * later line takes the place of the earlier.
 */
export class FlowTable<Owner> {
  readonly #limits: FlowLimits;
  readonly #tell: (flow: Flow<Owner>) => void;
  /** Each map is in the order of time: by beginning, by first FIN, by the time it was told. */
  readonly #fresh = new Map<string, Flow<Owner>>();
  readonly #closing = new Map<string, Flow<Owner>>();
  readonly #standing = new Map<string, Flow<Owner>>();

  /** @param tell takes each line's flow; it may be changed after the call */
  constructor(tell: (flow: Flow<Owner>) => void, limits: Partial<FlowLimits> = {}) {
    this.#tell = tell;
    this.#limits = { ...defaultFlowLimits, ...limits };
  }

  get size(): number {
    return this.#fresh.size + this.#closing.size + this.#standing.size;
  }

  find(ends: FlowEnds): Flow<Owner> | undefined {
    const key = keyOf(ends);
    return this.#fresh.get(key) ?? this.#closing.get(key) ?? this.#standing.get(key);
  }

  /** A first packet, or a repeat of it. */
  called(beginning: FlowBeginning<Owner>, at: number): Flow<Owner> {
    const key = keyOf(beginning);
    const fresh = this.#fresh.get(key);
    const known = fresh ?? this.#closing.get(key) ?? this.#standing.get(key);
    const isRepeat =
      known !== undefined &&
      known.endedAt < 0 &&
      at - known.lastAt < reusedMs &&
      (beginning.callerSequence < 0 || beginning.callerSequence === known.callerSequence);
    if (known !== undefined && isRepeat) {
      known.attempts += 1;
      known.lastAt = at;
      // What we stop now was let through before, or the other way round: the answer says which.
      if (known.outcome === "pending" && beginning.outcome === "refused-by-us") known.outcome = beginning.outcome;
      return known;
    }
    if (known !== undefined) this.#finish(key, known);
    const flow: Flow<Owner> = {
      ...beginning,
      ...{ startedAt: at, lastAt: at, endedAt: -1, attempts: 1, calledSequence: -1 },
      ...{ bytesFromCaller: null, bytesFromCalled: null, outside: null, outsidePort: -1 },
    };
    this.#fresh.set(key, flow);
    if (this.#fresh.size > this.#limits.fresh) this.#tellOldest();
    return flow;
  }

  /** Somebody said what became of it. An answer stands whatever comes later. */
  settle(flow: Flow<Owner>, outcome: FlowOutcome, at: number): void {
    flow.lastAt = Math.max(flow.lastAt, at);
    if (flow.outcome === "established") return;
    const isExplained = flow.outcome === "refused-by-us" || flow.outcome === "refused-by-gateway";
    if (!isExplained || outcome === "established") flow.outcome = outcome;
  }

  /** One end has said that it sends no more; of a connection that stood its length by time and bytes is known now. */
  closes(flow: Flow<Owner>, at: number): void {
    flow.lastAt = at;
    if (flow.endedAt < 0) flow.endedAt = at;
    const key = keyOf(flow);
    if (flow.bytesFromCaller !== null && flow.bytesFromCalled !== null) return this.#finish(key, flow);
    if (this.#closing.has(key)) return;
    this.#fresh.delete(key);
    this.#standing.delete(key);
    this.#closing.set(key, flow);
  }

  /** It is over, and nothing more will be learned. */
  ended(flow: Flow<Owner>, at: number): void {
    flow.lastAt = at;
    if (flow.endedAt < 0) flow.endedAt = at;
    this.#finish(keyOf(flow), flow);
  }

  advance(at: number): void {
    for (const [key, flow] of this.#fresh) {
      if (at - flow.startedAt < this.#limits.heldMs) break;
      this.#fresh.delete(key);
      this.#tell(flow);
      const isEndSeen = flow.outside !== null || (flow.protocol === protocols.tcp && flow.outcome === "established");
      if (!isEndSeen) continue;
      this.#standing.set(key, flow);
      if (this.#standing.size > this.#limits.standing) deleteFirst(this.#standing);
    }
    for (const [key, flow] of this.#closing) {
      if (at - flow.endedAt < closingMs) break;
      this.#finish(key, flow);
    }
  }

  /** The line turned out to be dead since then: what it left unanswered was its doing. */
  neutralise(since: number): void {
    for (const flow of this.#fresh.values()) {
      if (flow.startedAt < since || !flow.isBeyondLine) continue;
      if (flow.outcome === "pending" || flow.outcome === "unreachable") flow.outcome = "line-down";
    }
  }

  /** Tells all that was not told yet, as it is: the program ends. */
  close(): void {
    for (const flow of [...this.#closing.values(), ...this.#fresh.values()]) this.#tell(flow);
    for (const map of [this.#closing, this.#fresh, this.#standing]) map.clear();
  }

  #finish(key: string, flow: Flow<Owner>): void {
    const isNews = !this.#standing.has(key) || flow.endedAt >= 0;
    for (const map of [this.#fresh, this.#closing, this.#standing]) map.delete(key);
    if (isNews) this.#tell(flow);
  }

  #tellOldest(): void {
    for (const [key, flow] of this.#fresh) {
      this.#fresh.delete(key);
      // Too soon to call it silence.
      if (flow.outcome === "pending") flow.outcome = null;
      this.#tell(flow);
      return;
    }
  }
}

function deleteFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}

function keyOf({ protocol, caller, callerPort, called, calledPort }: FlowEnds): string {
  return `${protocol} ${callerPort} ${calledPort} ${caller} ${called}`;
}
