import { Time } from "@cordon/contract";
import { Type, type Static } from "typebox";

/** Whether and how a backup is put back. */
export const RestoreStanding = Type.Object({
  /** From the page; otherwise at the terminal alone. */
  isOffered: Type.Boolean(),
  /** What does it at the terminal. */
  command: Type.String(),
  /** Of one part, at most. */
  partBytes: Type.Integer(),
  /** Why the last one changed nothing; null where none failed since this controller's start. */
  failed: Type.Union([Type.Object({ at: Time, text: Type.String() }), Type.Null()]),
});
export type RestoreStanding = Static<typeof RestoreStanding>;

/** What a backup would bring back. */
export const RestoreContent = Type.Object({
  createdAt: Time,
  /** The version that made it. */
  software: Type.String(),
  rows: Type.Integer(),
  sites: Type.Integer(),
  people: Type.Integer(),
});
export type RestoreContent = Static<typeof RestoreContent>;
