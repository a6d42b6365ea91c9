import { Type, type Static } from "typebox";
import { Time, Verdict } from "./words.ts";

const Address = Type.String({ minLength: 2, maxLength: 45 });
const Port = Type.Integer({ minimum: 0, maximum: 65535 });
/** Of a TCP sequence space or a kernel's counter; null where neither told, never 0 for "not known". */
const Bytes = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]);

/** The kind of ask that is answered from a box's log of connections: a {@link LookUpQuestion}, a {@link LookUpAnswer}. */
export const lookUpKind = "look-up";

/** How far from the asked time a look-up may go at most, milliseconds: half a day either way. */
export const maxLookUpErrorMs = 12 * 3_600_000;

/** How many connections one answer may carry. */
export const maxLookUpFlows = 500;

/** How many it carries where nothing is said of that. */
export const defaultLookUpFlows = 100;

/**
 * What became of a connection: answered, refused by its target, unreachable, never answered, or stopped by our own
 * rules, by a gateway or by a dead line, which says nothing of the machine.
 */
export const FlowOutcome = Type.Union([
  Type.Literal("established"),
  Type.Literal("refused"),
  Type.Literal("unreachable"),
  Type.Literal("silent"),
  Type.Literal("refused-by-us"),
  Type.Literal("refused-by-gateway"),
  Type.Literal("line-down"),
]);
export type FlowOutcome = Static<typeof FlowOutcome>;

/** Asks a box who had which connection. All parts but the time may be left out; the more there are, the fewer fit. */
export const LookUpQuestion = Type.Object({
  /** When it was, by the clock of whoever saw it. */
  at: Time,
  /** How far that clock, or the person's memory, may be wrong either way, milliseconds. */
  errorMs: Type.Integer({ minimum: 0, maximum: maxLookUpErrorMs }),
  /** The other end, as the site's machine called it or was called from. */
  remoteAddress: Type.Optional(Address),
  remotePort: Type.Optional(Port),
  /** The site's port as the Internet saw it. */
  ourPort: Type.Optional(Port),
  /**
   * The site's machine, by its key: its connections alone. A box that does not know the word leaves nobody out by it: whoever
   * asks looks at {@link LoggedFlow.host} as well.
   */
  host: Type.Optional(Type.String({ minLength: 2, maxLength: 64 })),
  /** The most connections to tell; absent: {@link defaultLookUpFlows}. */
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxLookUpFlows })),
});
export type LookUpQuestion = Static<typeof LookUpQuestion>;

/** One connection, or one minute of a conversation that has no connection (questions to a resolver, pings). */
export const LoggedFlow = Type.Object({
  /** The first packet that was seen of it. */
  startedAt: Time,
  /** The last packet that was seen of it; after the first few of a connection only its end is looked at. */
  lastAt: Time,
  /** Null where its end was not seen, or is not over. */
  endedAt: Type.Union([Time, Type.Null()]),
  /** `tcp`, `udp`, `icmp`, `icmpv6`, or the number of another protocol. */
  protocol: Type.String({ maxLength: 16 }),
  /** Whether the other end began it. */
  isInbound: Type.Boolean(),
  /** The site's machine: its MAC, or its address where MACs say nothing; null where nobody was known by the address. */
  host: Type.Union([Type.String({ maxLength: 45 }), Type.Null()]),
  /** What this box held of the machine when the line was written; null where the machine is not known. */
  verdict: Type.Union([Verdict, Type.Null()]),
  insideAddress: Address,
  /** Ports are null where the protocol has none, and of conversations whose port changes with every question. */
  insidePort: Type.Union([Port, Type.Null()]),
  /** As the Internet saw it, where this box translated it; else null. */
  outsideAddress: Type.Union([Address, Type.Null()]),
  outsidePort: Type.Union([Port, Type.Null()]),
  remoteAddress: Address,
  remotePort: Type.Union([Port, Type.Null()]),
  /** The name by which the other end had been looked up; null where none is known. */
  name: Type.Union([Type.String({ maxLength: 255 }), Type.Null()]),
  /** Null where it could not be seen. */
  outcome: Type.Union([FlowOutcome, Type.Null()]),
  /** First packets of it that were handed up: repeats, or questions. */
  attempts: Type.Integer({ minimum: 0 }),
  /** From the site's machine to the other end. */
  bytesOut: Bytes,
  bytesIn: Bytes,
  /**
   * By how much the clock that its times are of may have been wrong, milliseconds; null where nothing confirmed that clock.
   * Absent from boxes that do not tell it line by line.
   */
  clockErrorMs: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])),
});
export type LoggedFlow = Static<typeof LoggedFlow>;

/** A time of which the log lacks something. */
export const FlowLoss = Type.Object({
  from: Time,
  to: Time,
  /**
   * `not-running`: nobody watched; `disk`: they could not be written; `rate`: more at once than are listed;
   * `held-back`: copies of packets beyond the limits of the capture, most of them repeats of what is listed.
   */
  reason: Type.Union([
    Type.Literal("not-running"),
    Type.Literal("disk"),
    Type.Literal("rate"),
    Type.Literal("held-back"),
  ]),
  /** Connections, or copies of packets where they were held back; null where that cannot be known. */
  count: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
});
export type FlowLoss = Static<typeof FlowLoss>;

/** The box's clock was set. */
export const ClockStep = Type.Object({
  /** By the new time. */
  at: Time,
  /** How far, milliseconds; below 0 it was set back. */
  byMs: Type.Integer(),
  /** Whether what was told by the clock before has been put right by it; else the times before are the old clock's. */
  isCorrected: Type.Boolean(),
});
export type ClockStep = Static<typeof ClockStep>;

/** What the box found, and how far that can be relied on. */
export const LookUpAnswer = Type.Object({
  /** Newest first; those that have the asked port of ours before all others. */
  flows: Type.Array(LoggedFlow, { maxItems: maxLookUpFlows }),
  /** There were more than were asked for. */
  hasMore: Type.Boolean(),
  /** What was searched: the asked time with its error and the box's own. */
  from: Time,
  to: Time,
  /** By how much the box's clock was assumed to be wrong when these lines were written, milliseconds: the most of any of them. */
  clockErrorMs: Type.Integer({ minimum: 0 }),
  /**
   * False where some of the searched lines are of a clock that nothing had confirmed: how wrong it was is not known, and
   * an hour was assumed. Absent from boxes that do not tell.
   */
  isClockKnown: Type.Optional(Type.Boolean()),
  /** When the clock was set in the searched time, and in the day around it. Absent from boxes that do not tell. */
  clockSteps: Type.Optional(Type.Array(ClockStep, { maxItems: 100 })),
  /**
   * Whether {@link LookUpQuestion.ourPort} left others out. False where another box translates between this one and the
   * Internet: there the port may have been changed, and connections from any port are told.
   */
  isPortDecisive: Type.Boolean(),
  /** The oldest time of which the log still holds anything; null while it is empty. */
  since: Type.Union([Time, Type.Null()]),
  /** Connections that began after this may still be missing. */
  completeUntil: Time,
  /** Of the whole log: lines that are not on the disk yet, and would not survive a power cut. */
  unwritten: Type.Integer({ minimum: 0 }),
  /** What is missing of the searched time. */
  lost: Type.Array(FlowLoss, { maxItems: 100 }),
});
export type LookUpAnswer = Static<typeof LookUpAnswer>;
