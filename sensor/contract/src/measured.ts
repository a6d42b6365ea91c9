import { Type } from "typebox";
import { Level } from "./level.ts";
import { Time } from "./words.ts";

/** What is measured of anything contained. */
export const measured = {
  level: Level,
  /** When the kernel was first seen to hold it; null while it does not. */
  inForceSince: Type.Union([Time, Type.Null()]),
  /** Packets of this host that the kernel stopped since then. */
  packetsStopped: Type.Integer({ minimum: 0 }),
  /**
   * Frames of this host that the kernel stopped since then, beside `packetsStopped`, because they hide their port: on which
   * way they were nobody can tell, so all that is contained of one host by ports shares them. Absent where it is not by
   * ports, and from a sensor that does not count them.
   */
  hiddenStopped: Type.Optional(Type.Integer({ minimum: 0 })),
  /** When a counter was last seen to grow; null while none did. */
  lastStoppedAt: Type.Union([Time, Type.Null()]),
  /** Why it is not in force, for a person; null where it is, or is only on its way. */
  refusal: Type.Union([Type.String({ maxLength: 400 }), Type.Null()]),
};
