import { Type, type Static } from "typebox";
import { Deed } from "./delegation.ts";
import { HostSnapshot, LineState } from "./host-snapshot.ts";
import { maxTranslations, Translation } from "./translation.ts";
import { BootId, Placement, Time } from "./words.ts";

/** Retained, and the last will: whether the sensor is there. */
export const Presence = Type.Object({
  version: Type.Integer(),
  state: Type.Union([Type.Literal("online"), Type.Literal("offline")]),
  bootId: BootId,
  /** When the connection was made; a last will carries that time too, not the time of the loss. */
  at: Time,
});
export type Presence = Static<typeof Presence>;

/** Retained: what the sensor is and where it stands. */
export const Hello = Type.Object({
  version: Type.Integer(),
  bootId: BootId,
  at: Time,
  /** Version of the sensor's program; on a box that of the release which it is part of. */
  software: Type.String({ maxLength: 64 }),
  kernel: Type.String({ maxLength: 128 }),
  placement: Type.Object({
    kind: Placement,
    /** Sentences: what it was found by. */
    reasons: Type.Array(Type.String({ maxLength: 200 }), { maxItems: 16 }),
    /** Sentences: what cannot be seen from here. */
    blindSpots: Type.Array(Type.String({ maxLength: 200 }), { maxItems: 16 }),
  }),
  interfaces: Type.Array(
    Type.Object({
      name: Type.String({ maxLength: 32 }),
      role: Type.Union([Type.Literal("inside"), Type.Literal("outside"), Type.Literal("management")]),
      mac: Type.Union([Type.String({ maxLength: 32 }), Type.Null()]),
    }),
    { maxItems: 16 },
  ),
  /** Kernel features by name, as probed; empty where nothing was probed. */
  kernelFeatures: Type.Record(Type.String({ maxLength: 64 }), Type.Boolean()),
  /** False where a capture file is judged and nothing can be stopped. */
  canContain: Type.Boolean(),
  /** What the sensor takes beside plain messages (`packed-desired`); absent means nothing else. */
  takes: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 32 })),
  /** Names of the keys whose desired documents it obeys (`keyId` of a signed one); absent from a sensor that does not say. */
  obeys: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 8 })),
  /**
   * Of this boot and those before that the sensor knows of, oldest first: the lowest sequence that may still come, as
   * `oldest` of {@link Notices}. By it a controller knows what is missing of a boot of which nothing comes any more.
   * Absent from a sensor that does not say.
   */
  spooled: Type.Optional(
    Type.Array(Type.Object({ bootId: BootId, oldest: Type.Integer({ minimum: 1 }) }), { maxItems: 64 }),
  ),
  /**
   * The desired document that it holds, said before it has been seen what came of that: a controller put back to a backup sends
   * it no other until the report has told what it says. Absent where it holds none, and from a sensor that does not say.
   */
  holds: Type.Optional(
    Type.Object({ epoch: Type.Integer({ minimum: 1 }), revision: Type.Integer({ minimum: 0 }), issuedAt: Time }),
  ),
  /**
   * PEM of a key (SPKI, Ed25519) that the box has made to be its own centre with, once it is allowed to (`Delegation`). Absent
   * where it is never to be one, and from a sensor that cannot.
   */
  ownKey: Type.Optional(Type.String({ maxLength: 1024 })),
});
export type Hello = Static<typeof Hello>;

const noticeFields = {
  /** Counts from 1 within a boot id, without gaps. */
  sequence: Type.Integer({ minimum: 1 }),
  at: Time,
};

/** One thing that happened and must not be lost. */
export const Notice = Type.Union([
  /** A host was first seen, or its verdict, ledger, name or addresses changed. */
  Type.Object({ ...noticeFields, kind: Type.Literal("host"), host: HostSnapshot }),
  Type.Object({ ...noticeFields, kind: Type.Literal("line"), line: LineState }),
  /** A containment came into force, ended, or was refused. */
  Type.Object({
    ...noticeFields,
    kind: Type.Literal("containment"),
    containmentId: Type.String({ maxLength: 64 }),
    /** Empty where `scope` is there. */
    host: Type.String({ maxLength: 64 }),
    /** Of a wish for more than one host: a barrier, an area's or the line's cut. Absent means that it is for `host`. */
    scope: Type.Optional(Type.Union([Type.Literal("barrier"), Type.Literal("area"), Type.Literal("line")])),
    change: Type.Union([
      Type.Literal("in-force"),
      Type.Literal("released"),
      Type.Literal("expired"),
      Type.Literal("refused"),
    ]),
    text: Type.String({ maxLength: 400 }),
  }),
  /**
   * What a gateway translated. Only for a controller that {@link Stored} says takes it: one that does not know it
   * would refuse the whole batch.
   */
  Type.Object({
    ...noticeFields,
    kind: Type.Literal("nat"),
    translations: Type.Array(Translation, { maxItems: maxTranslations }),
    /** Translated connections of which the kernel told nothing, since the notice of this kind before. */
    lost: Type.Integer({ minimum: 0 }),
  }),
  /** What somebody did at the box. Only from a sensor to which a controller has delegated, which takes it. */
  Type.Object({ ...noticeFields, kind: Type.Literal("deed"), deed: Deed }),
]);
export type Notice = Static<typeof Notice>;

/** A batch from the sensor's spool. */
export const Notices = Type.Object({
  version: Type.Integer(),
  bootId: BootId,
  /** The lowest sequence of this boot that the spool still holds: what lies below and was not stored is lost. */
  oldest: Type.Integer({ minimum: 1 }),
  notices: Type.Array(Notice, { maxItems: 500 }),
});
export type Notices = Static<typeof Notices>;

/** What the controller's store has committed; the sensor deletes up to there. */
export const Stored = Type.Object({
  version: Type.Integer(),
  bootId: BootId,
  /** Highest contiguous sequence committed. */
  sequence: Type.Integer({ minimum: 0 }),
  /** Kinds of notices that the controller takes beside hosts, lines and containments; absent means no others. */
  takes: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 32 })),
});
export type Stored = Static<typeof Stored>;

/** Live figures for the screen; may be lost. */
export const Pulse = Type.Object({
  version: Type.Integer(),
  bootId: BootId,
  at: Time,
  /** First contacts of all hosts since start. */
  contacts: Type.Integer({ minimum: 0 }),
  /** Packets our rules stopped since the ruleset was loaded. */
  packetsStopped: Type.Integer({ minimum: 0 }),
  /** Packets handed up for judging since start. */
  packetsSeen: Type.Integer({ minimum: 0 }),
  /** Packets that would have been handed up but were held back by a limit: the capture loss. */
  packetsLimited: Type.Integer({ minimum: 0 }),
});
export type Pulse = Static<typeof Pulse>;
