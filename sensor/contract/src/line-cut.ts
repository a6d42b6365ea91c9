import { Type, type Static } from "typebox";
import { wished } from "./barrier.ts";
import { Time } from "./words.ts";

/**
 * The line cut for everybody: nothing passes the outside port either way but what keeps addresses and the link
 * itself alive. The box's own way to the controller stays.
 */
export const LineCut = Type.Object({ ...wished });
export type LineCut = Static<typeof LineCut>;

/** How far the line's cut really reaches. */
export const LineLevel = Type.Union([
  Type.Literal("none"),
  Type.Literal("unconfirmed"),
  Type.Literal("simulated"),
  Type.Literal("line-cut"),
]);
export type LineLevel = Static<typeof LineLevel>;

/** What became of it, as measured in the kernel. */
export const ReportedLineCut = Type.Object({
  ...LineCut.properties,
  level: LineLevel,
  /** When the kernel was first seen to hold it; null while it does not. */
  inForceSince: Type.Union([Time, Type.Null()]),
  /** Packets stopped since then, both ways. */
  packetsStopped: Type.Integer({ minimum: 0 }),
  /** Why it is not in force, for a person; null where it is, or is only on its way. */
  refusal: Type.Union([Type.String({ maxLength: 400 }), Type.Null()]),
});
export type ReportedLineCut = Static<typeof ReportedLineCut>;
