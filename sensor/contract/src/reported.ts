import { Type, type Static } from "typebox";
import { Containment, Throttle } from "./desired.ts";
import { LineState } from "./host-snapshot.ts";
import { Level } from "./level.ts";
import { ReportedReflex } from "./reflex.ts";
import { BootId, Placement, Time } from "./words.ts";

/** A trouble a person must see, cleared when gone. */
export const Health = Type.Object({
  /** Stable, kebab case: `capture-down`, `executor-down`, `desired-refused`, … */
  code: Type.String({ maxLength: 64 }),
  severity: Type.Union([Type.Literal("info"), Type.Literal("warning"), Type.Literal("error")]),
  since: Time,
  text: Type.String({ maxLength: 400 }),
});
export type Health = Static<typeof Health>;

const measured = {
  level: Level,
  /** When the kernel was first seen to hold it; null while it does not. */
  inForceSince: Type.Union([Time, Type.Null()]),
  /** Packets of this host that the kernel stopped since then. */
  packetsStopped: Type.Integer({ minimum: 0 }),
  /** When the counter was last seen to grow; null while it never did. */
  lastStoppedAt: Type.Union([Time, Type.Null()]),
  /** Why it is not in force, for a person; null where it is, or is only on its way. */
  refusal: Type.Union([Type.String({ maxLength: 400 }), Type.Null()]),
};

/** What became of one containment, as measured in the kernel. */
export const ReportedContainment = Type.Object({ ...Containment.properties, ...measured });
export type ReportedContainment = Static<typeof ReportedContainment>;

/** What became of one throttle. `packetsStopped` were first packets to new targets beyond the limit. */
export const ReportedThrottle = Type.Object({ ...Throttle.properties, ...measured });
export type ReportedThrottle = Static<typeof ReportedThrottle>;

export type AnyReportedContainment = ReportedContainment | ReportedThrottle;

/** What a sensor reached of the desired document, and its troubles. */
export const Reported = Type.Object({
  version: Type.Integer(),
  bootId: BootId,
  at: Time,
  /** Of the newest document adopted; 0 where none was yet. */
  epoch: Type.Integer({ minimum: 0 }),
  revision: Type.Integer({ minimum: 0 }),
  placement: Placement,
  line: LineState,
  containments: Type.Array(ReportedContainment, { maxItems: 5000 }),
  /** Absent from a sensor that knows none. */
  throttles: Type.Optional(Type.Array(ReportedThrottle, { maxItems: 5000 })),
  /** Absent from a sensor that has none. */
  reflex: Type.Optional(ReportedReflex),
  health: Type.Array(Health, { maxItems: 64 }),
  /** Messages refused since start, by reason (`bad-signature`, `other-sensor`, `older-revision`, …). */
  refused: Type.Record(Type.String({ maxLength: 64 }), Type.Integer({ minimum: 0 })),
});
export type Reported = Static<typeof Reported>;
