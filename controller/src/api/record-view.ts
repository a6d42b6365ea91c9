/** What the API shows of what a box has told in the past. */
import { Type, type Static } from "typebox";

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Milliseconds = Type.Number({ minimum: 0 });
const PortText = Type.Integer({ minimum: 0, maximum: 65_535 });

/** Rows on one page. Absent means {@link defaultLimit}. */
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 100 }));

/** A screen of rows. */
export const defaultLimit = 25;

/** Who was behind an outside port at a time: what a complaint from outside names. */
export const NatLogQuestion = Type.Object({
  outsidePort: PortText,
  /** By the box's clock. */
  at: Milliseconds,
  /** How wrong the time of the complaint may be, at most a day. Absent means a minute. */
  withinMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
  /** Absent: whichever it had. */
  outsideAddress: Type.Optional(Type.String({ maxLength: 45, pattern: "^[0-9a-fA-F.:]+$" })),
  protocol: Type.Optional(Type.Union([Type.Literal("tcp"), Type.Literal("udp")])),
  remoteAddress: Type.Optional(Type.String({ maxLength: 45, pattern: "^[0-9a-fA-F.:]+$" })),
  limit: Limit,
  /** Rows to leave out, of the page before. Absent means none. */
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
});
export type NatLogQuestion = Static<typeof NatLogQuestion>;

export const NatLogEntry = Type.Object({
  /** The machine; null where the box did not know it by its card. */
  host: OrNull(Type.String()),
  /** What people call it; null where the records do not know it. */
  name: OrNull(Type.String()),
  protocol: Type.String(),
  insideAddress: Type.String(),
  insidePort: OrNull(PortText),
  outsideAddress: Type.String(),
  outsidePort: OrNull(PortText),
  remoteAddress: Type.String(),
  remotePort: OrNull(PortText),
  /** Null: not told. */
  beganAt: OrNull(Milliseconds),
  endedAt: OrNull(Milliseconds),
});
export type NatLogEntry = Static<typeof NatLogEntry>;

export const NatLogAnswer = Type.Object({
  /** The newest first. */
  entries: Type.Array(NatLogEntry),
  hasMore: Type.Boolean(),
  /** Translated connections of which the box could tell nothing, around that time: one of these may be it. */
  lost: Type.Integer({ minimum: 0 }),
});
export type NatLogAnswer = Static<typeof NatLogAnswer>;

/** Where a page of changes goes on. */
export const ChangesQuestion = Type.Object({
  limit: Limit,
  /** The `next` of the page before. Absent: from the newest on. */
  before: Type.Optional(Type.String({ maxLength: 64, pattern: "^[0-9.]+-[0-9]+$" })),
});

/** Something that a box held came into force, ended or was refused. */
export const ChangeEntry = Type.Object({
  /** By the box's clock. */
  at: Milliseconds,
  /** Names it among all others. */
  id: Type.String(),
  containmentId: Type.String(),
  /** What it was for. */
  scope: Type.Union([Type.Literal("host"), Type.Literal("barrier"), Type.Literal("area"), Type.Literal("line")]),
  /** Of one host: which. */
  host: OrNull(Type.String()),
  name: OrNull(Type.String()),
  change: Type.Union([
    Type.Literal("in-force"),
    Type.Literal("released"),
    Type.Literal("expired"),
    Type.Literal("refused"),
  ]),
  text: Type.String(),
});
export type ChangeEntry = Static<typeof ChangeEntry>;

export const ChangesPage = Type.Object({
  /** The newest first. */
  entries: Type.Array(ChangeEntry),
  /** Null where there is no more. */
  next: OrNull(Type.String()),
});
export type ChangesPage = Static<typeof ChangesPage>;
