/** What the API takes as, and shows of, the recording of whole packets. */
import { RecordingAuthorisation, RecordingWish, ReportedRecord, Time } from "@cordon/contract";
import { Type, type Static } from "typebox";

/** Whose word allows it. Who was signed in stands in the audit log. */
export const RecordingSetting = Type.Object({
  by: RecordingAuthorisation.properties.by,
  role: RecordingAuthorisation.properties.role,
  scope: RecordingAuthorisation.properties.scope,
  until: Time,
  /** Absent means the box's default. */
  maxBytes: Type.Optional(Type.Integer({ minimum: 1024 * 1024 })),
});

export type RecordingSetting = Static<typeof RecordingSetting>;

/** What is asked of the box, and what it says that it keeps. */
export const RecordingView = Type.Object({
  /** Null where nothing is to be recorded. */
  wish: Type.Union([RecordingWish, Type.Null()]),
  /** Of its last report; null before the first, and from a box that keeps nothing. */
  record: Type.Union([ReportedRecord, Type.Null()]),
});
export type RecordingView = Static<typeof RecordingView>;

/** Somebody's word that packets of a site are recorded; of one that is over while the box still gives out what it has. */
export const AuthorisationView = Type.Object({
  siteId: Type.String(),
  siteName: Type.String(),
  authorisation: RecordingAuthorisation,
  /** What the one machine is called that it is for; null where it is for the whole site. */
  machine: Type.Union([Type.String(), Type.Null()]),
});
export type AuthorisationView = Static<typeof AuthorisationView>;
