import { Type, type Static } from "typebox";
import { Mac, Time } from "./words.ts";

/** Whose packets: everybody's on the site, or those from and to one machine. */
export const RecordingScope = Type.Union([
  Type.Object({ kind: Type.Literal("site") }),
  Type.Object({ kind: Type.Literal("host"), host: Mac }),
]);
export type RecordingScope = Static<typeof RecordingScope>;

/** A person's word, on record, that content may be kept. The sensor keeps none without one, and stamps it on what it gives out. */
export const RecordingAuthorisation = Type.Object({
  /** Given by the controller, never used again. */
  id: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,63}$" }),
  /** Who allows it, and as what: the client's manager, an officer, …. */
  by: Type.String({ minLength: 1, maxLength: 200 }),
  role: Type.String({ minLength: 1, maxLength: 200 }),
  /** When it was given. */
  date: Time,
  scope: RecordingScope,
  /** From then on nothing is recorded under it. */
  until: Time,
});
export type RecordingAuthorisation = Static<typeof RecordingAuthorisation>;

/** What of the traffic may be kept, and whether it is. */
export const RecordingWish = Type.Object({
  authorisations: Type.Array(RecordingAuthorisation, { maxItems: 16 }),
  /**
   * The ring of whole packets. Absent means off, and what was recorded is deleted. Without an authorisation that covers
   * its scope it is refused.
   */
  ring: Type.Optional(
    Type.Object({
      scope: RecordingScope,
      /** The most that it may take of the disk; the box has a bound of its own. Absent means 256 MiB. */
      maxBytes: Type.Optional(Type.Integer({ minimum: 1024 * 1024 })),
    }),
  ),
});
export type RecordingWish = Static<typeof RecordingWish>;

/** How the ring stands. */
export const ReportedRing = Type.Object({
  /** `refused`: no authorisation covers it; `ended`: the one that did has run out; `failed`: `text` says why. */
  state: Type.Union([
    Type.Literal("recording"),
    Type.Literal("refused"),
    Type.Literal("ended"),
    Type.Literal("failed"),
  ]),
  /** Under which authorisation; null where there is none. */
  authorisationId: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
  scope: RecordingScope,
  /** The oldest packet that it still holds; null while it is empty. */
  since: Type.Union([Time, Type.Null()]),
  sizeBytes: Type.Integer({ minimum: 0 }),
  text: Type.String({ maxLength: 400 }),
});
export type ReportedRing = Static<typeof ReportedRing>;

/** The kind of ask that is answered by packets of the ring, as an upload in pcapng. */
export const packetSliceKind = "packet-slice";

/** Which packets, by the box's clock. */
export const PacketSliceQuestion = Type.Object({
  from: Time,
  to: Time,
  /** Only those from and to this machine; absent: all that were recorded. */
  host: Type.Optional(Mac),
});
export type PacketSliceQuestion = Static<typeof PacketSliceQuestion>;
