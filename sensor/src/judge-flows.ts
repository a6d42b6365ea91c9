import type { FlowOutcome } from "@cordon/contract";
import type { Outcome } from "./connection/contact.ts";
import type { Flow, FlowEnds, FlowLine, TranslatedFlow } from "./connection/flow.ts";
import { FlowTable } from "./connection/flow-table.ts";
import type { Host } from "./host/host.ts";
import type { JudgeOptions } from "./judge-options.ts";
import type { JudgeSite } from "./judge-site.ts";
import { addressKey } from "./packet/address.ts";
import { readUint16 } from "./packet/bytes.ts";
import { networkOffset, protocols, type AddressKey, type Packet } from "./packet/packet.ts";

const dnsPort = 53;

/** Protocols of which an answer would be handed up. */
const answered: ReadonlySet<number> = new Set([protocols.tcp, protocols.udp, protocols.icmp, protocols.icmpv6]);

/**
 * Every connection that the judge is handed packets of, for the flow log: what the readers make of a packet goes into a
 * table of single connections. Where no log is kept it does nothing.
 */
export class FlowReader {
  readonly #site: JudgeSite;
  readonly #table: FlowTable<Host> | null;

  constructor(site: JudgeSite, { flowSeen, flowHeldMs: heldMs }: Pick<JudgeOptions, "flowSeen" | "flowHeldMs">) {
    this.#site = site;
    const limits = heldMs === undefined ? {} : { heldMs };
    this.#table = flowSeen === undefined ? null : new FlowTable<Host>((flow) => flowSeen(this.#lineOf(flow)), limits);
  }

  /** Connections looked at. */
  get size(): number {
    return this.#table?.size ?? 0;
  }

  /** A machine of the site sent a first packet. */
  called(packet: Packet, host: Host, at: number): void {
    if (this.#table === null) return;
    const ends = endsOf(packet);
    this.#begin(packet, ends, host, { isInbound: false, other: ends.called }, at);
  }

  /** Somebody of whom no host is made did. */
  calledFromOutside(packet: Packet, at: number): void {
    if (this.#table === null) return;
    const ends = endsOf(packet);
    const host = this.#site.hosts.byAddress(ends.called) ?? null;
    // The box's own connections are nobody's, and what merely passes by is not the site's.
    if (host === null && !this.#site.localNets.contains(ends.called)) return;
    if (this.#site.localNets.contains(ends.caller)) return;
    if (this.#site.isExcluded(ends.caller) || this.#site.isExcluded(ends.called)) return;
    this.#begin(packet, ends, host, { isInbound: true, other: ends.caller }, at);
  }

  /** A packet that goes back to whoever called. */
  answered(packet: Packet, outcome: "established" | "refused", at: number): void {
    const flow = this.#table?.find(reversed(endsOf(packet)));
    if (flow === undefined) return;
    if (outcome === "established" && packet.protocol === protocols.tcp && flow.calledSequence < 0) {
      flow.calledSequence = packet.sequence;
    }
    this.#table?.settle(flow, outcome, at);
  }

  /** An ICMP error quotes one of its packets. */
  failed(quoted: Packet, outcome: Outcome, at: number): void {
    const flow = this.#table?.find(endsOf(quoted));
    if (flow !== undefined && outcome !== "pending") this.#table?.settle(flow, outcome, at);
  }

  /** One end closes a TCP connection: how much it has sent stands in its sequence numbers, modulo 2^32 (RFC 9293 3.4). */
  closes(packet: Packet, at: number): void {
    if (this.#table === null) return;
    const ends = endsOf(packet);
    const byCaller = this.#table.find(ends);
    const flow = byCaller ?? this.#table.find(reversed(ends));
    if (flow === undefined) return;
    const beganAt = byCaller === undefined ? flow.calledSequence : flow.callerSequence;
    if (beganAt >= 0) {
      // The SYN took one number.
      const sent = (packet.sequence + segmentLength(packet) - beganAt - 1) >>> 0;
      if (byCaller === undefined) flow.bytesFromCalled ??= sent;
      else flow.bytesFromCaller ??= sent;
    }
    this.#table.closes(flow, at);
  }

  /** What connection tracking tells goes beside what was seen; without that it is a connection all the same. */
  translated(event: TranslatedFlow): void {
    if (this.#table === null) return;
    const { protocol, inside, insidePort, remote, remotePort, at } = event;
    const ends = withoutNumbers({
      ...{ protocol, caller: inside, callerPort: insidePort, called: remote, calledPort: remotePort },
    });
    let flow = this.#table.find(ends);
    if (flow === undefined) {
      if (event.change === "ended") return;
      flow = this.#table.called(
        {
          ...ends,
          ...{ owner: this.#site.hosts.byAddress(inside) ?? null, isInbound: false, isBeyondLine: true },
          ...{ name: this.#site.names.nameOf(remote, at), isInOutage: this.#site.line.isDead },
          ...{ outcome: null, callerSequence: -1 },
        },
        at,
      );
      flow.attempts = 0;
    }
    flow.outside = event.outside;
    if (flow.callerPort < 0) return;
    flow.outsidePort = event.outsidePort;
    if (event.change === "begun") return;
    flow.bytesFromCaller = event.bytesOut ?? flow.bytesFromCaller;
    flow.bytesFromCalled = event.bytesIn ?? flow.bytesFromCalled;
    if (event.isAnswered === true) this.#table.settle(flow, "established", at);
    this.#table.ended(flow, at);
  }

  advance(at: number): void {
    this.#table?.advance(at);
  }

  neutralise(since: number): void {
    this.#table?.neutralise(since);
  }

  close(): void {
    this.#table?.close();
  }

  #begin(
    packet: Packet,
    ends: FlowEnds,
    owner: Host | null,
    { isInbound, other }: { readonly isInbound: boolean; readonly other: AddressKey },
    at: number,
  ): void {
    const { line, localNets, names } = this.#site;
    const stopped = packet.mark === "stopped";
    const awaited = answered.has(packet.protocol) ? "pending" : null;
    this.#table?.called(
      {
        ...ends,
        ...{ owner, isInbound, isBeyondLine: !localNets.contains(other) },
        ...{ name: names.nameOf(other, at), isInOutage: line.isDead },
        outcome: stopped ? "refused-by-us" : awaited,
        callerSequence: packet.protocol === protocols.tcp ? packet.sequence : -1,
      },
      at,
    );
  }

  #lineOf(flow: Flow<Host>): FlowLine {
    const { isInbound, protocol, startedAt, lastAt, name, attempts, outside, outsidePort } = flow;
    const caller = [flow.caller, flow.callerPort, flow.bytesFromCaller] as const;
    const called = [flow.called, flow.calledPort, flow.bytesFromCalled] as const;
    const [[inside, insidePort, bytesOut], [remote, remotePort, bytesIn]] = isInbound
      ? [called, caller]
      : [caller, called];
    // Whom a first packet reached may be known only once he answers.
    const owner = flow.owner ?? this.#site.hosts.byAddress(inside) ?? null;
    return {
      ...{ protocol, isInbound, host: owner?.key ?? null },
      verdict: owner === null ? null : this.#site.cases.verdictOf(owner),
      ...{ inside, insidePort, outside, outsidePort, remote, remotePort },
      ...{ startedAt, lastAt, isEnded: flow.endedAt >= 0, outcome: this.#outcomeOf(flow), name, attempts },
      ...{ bytesOut, bytesIn },
    };
  }

  /** What was not answered until it is told is silence, if nobody but its target is known to be the reason. */
  #outcomeOf({ outcome, isBeyondLine, isInOutage }: Flow<Host>): FlowOutcome | null {
    if (outcome !== "pending") return outcome;
    return isBeyondLine && (isInOutage || this.#site.line.isDead) ? "line-down" : "silent";
  }
}

function endsOf(packet: Packet): FlowEnds {
  return withoutNumbers({
    protocol: packet.protocol,
    caller: addressKey(packet, "source"),
    callerPort: packet.sourcePort,
    called: addressKey(packet, "destination"),
    calledPort: packet.destinationPort,
  });
}

/** Each question to a resolver comes from another port: what is asked of it within a minute is one conversation. */
function withoutNumbers(ends: FlowEnds): FlowEnds {
  const { protocol, callerPort, calledPort } = ends;
  if (protocol === protocols.udp && calledPort === dnsPort) return { ...ends, callerPort: -1 };
  if (protocol === protocols.udp && callerPort === dnsPort) return { ...ends, calledPort: -1 };
  // Of pings the number of the question stands where ports are.
  if (protocol === protocols.icmp || protocol === protocols.icmpv6) return { ...ends, callerPort: -1, calledPort: -1 };
  return ends;
}

function reversed({ protocol, caller, callerPort, called, calledPort }: FlowEnds): FlowEnds {
  return { protocol, caller: called, callerPort: calledPort, called: caller, calledPort: callerPort };
}

/** Bytes of payload as sent, which may be more than was captured: the IP header knows. */
function segmentLength(packet: Packet): number {
  const start = networkOffset(packet);
  const length = packet.family === 4 ? readUint16(packet.bytes, start + 2) : readUint16(packet.bytes, start + 4) + 40;
  return packet.payloadOffset < 0 ? 0 : Math.max(0, length - (packet.payloadOffset - start));
}
