import { Type, type Static } from "typebox";
import { ReportedRing } from "./recording.ts";
import { Time } from "./words.ts";

/** What all of the box's programs have written to its disk, as the kernel counts it; a card's own doings within are not in it. */
export const ReportedDiskWrites = Type.Object({
  /** Bytes since the box was switched on. */
  bytes: Type.Integer({ minimum: 0 }),
  /** Of the last hour, or of as much as has passed since the sensor began; null before ten minutes have. */
  bytesPerHour: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
});
export type ReportedDiskWrites = Static<typeof ReportedDiskWrites>;

/** How far back the box's own records reach, and what they take. */
export const ReportedRecord = Type.Object({
  /** The log of connections; absent from a sensor that keeps none. */
  flows: Type.Optional(
    Type.Object({
      /** The oldest time of which it holds anything; null while it is empty. */
      since: Type.Union([Time, Type.Null()]),
      lines: Type.Integer({ minimum: 0 }),
      sizeBytes: Type.Integer({ minimum: 0 }),
      /** Lines that a power cut would take. */
      unwritten: Type.Integer({ minimum: 0 }),
    }),
  ),
  /** The ring of whole packets; absent while nobody wishes for it, and from a sensor that knows none. */
  packets: Type.Optional(ReportedRing),
  /** Absent from a sensor that does not count them. */
  disk: Type.Optional(ReportedDiskWrites),
});
export type ReportedRecord = Static<typeof ReportedRecord>;
