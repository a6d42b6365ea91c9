import { Type, type Static } from "typebox";
import { ReportedAreaCut } from "./area.ts";
import { ReportedAutomatic } from "./automatic.ts";
import { ReportedBarrier } from "./barrier.ts";
import { Containment, Pardon, SweepBlock, Throttle } from "./desired.ts";
import { DeclaredDuty } from "./duty.ts";
import { LineState } from "./host-snapshot.ts";
import { LineCheck } from "./line-check.ts";
import { ReportedLineCut } from "./line-cut.ts";
import { measured } from "./measured.ts";
import { ReportedProbation } from "./probation.ts";
import { LocalMark } from "./delegation.ts";
import { RecordingWish } from "./recording.ts";
import { ReportedRecord } from "./reported-record.ts";
import { ReportedReflex } from "./reflex.ts";
import { ReportedRemedies } from "./remedies.ts";
import { ReportedUpdate } from "./update.ts";
import { ReportedWipe } from "./wipe.ts";
import { BootId, Placement, Policy, Time } from "./words.ts";

/** A trouble a person must see, cleared when gone. */
export const Health = Type.Object({
  /** Stable, kebab case: `capture-down`, `executor-down`, `desired-refused`, … */
  code: Type.String({ maxLength: 64 }),
  severity: Type.Union([Type.Literal("info"), Type.Literal("warning"), Type.Literal("error")]),
  since: Time,
  text: Type.String({ maxLength: 400 }),
});
export type Health = Static<typeof Health>;

/** What became of one containment, as measured in the kernel. */
export const ReportedContainment = Type.Object({ ...Containment.properties, ...measured });
export type ReportedContainment = Static<typeof ReportedContainment>;

/** What became of one throttle. `packetsStopped` were first packets to new targets beyond the limit. */
export const ReportedThrottle = Type.Object({ ...Throttle.properties, ...measured });
export type ReportedThrottle = Static<typeof ReportedThrottle>;

/** What became of one block of a sweep. */
export const ReportedSweep = Type.Object({ ...SweepBlock.properties, ...measured });
export type ReportedSweep = Static<typeof ReportedSweep>;

export type AnyReportedContainment = ReportedContainment | ReportedThrottle | ReportedSweep;

/** Whether something contained is so by policy, and by nobody's wish. */
export function isAutomatic(of: AnyReportedContainment | ReportedAutomatic): of is ReportedAutomatic {
  return "evidence" in of;
}

/** The other way round. */
export function isWished(of: AnyReportedContainment | ReportedAutomatic): of is AnyReportedContainment {
  return !isAutomatic(of);
}

/**
 * How far the box had come by when, as it noted while it started: milliseconds of the kernel's own clock, which begins once the
 * firmware has done. Each is absent where the box has not noted it.
 */
export const ReportedBoot = Type.Object({
  /** The line was carried; of a gateway, the repair network was. */
  forwardingMs: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Copies of the line were received; of a mirror alone. */
  listeningMs: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Packets were first judged: seen within a second, and the first time alone, if the sensor was started again. */
  judgingMs: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type ReportedBoot = Static<typeof ReportedBoot>;

/** What a sensor reached of the desired document, and its troubles. */
export const Reported = Type.Object({
  version: Type.Integer(),
  bootId: BootId,
  at: Time,
  /** Of the newest document adopted; 0 where none was yet. */
  epoch: Type.Integer({ minimum: 0 }),
  revision: Type.Integer({ minimum: 0 }),
  /**
   * The same document's `issuedAt`: a controller put back to a backup issues revisions anew, and by this it tells those from
   * the ones that it has forgotten. Absent where no document was adopted yet, and from a sensor that does not say it.
   */
  issuedAt: Type.Optional(Time),
  /** The document's own wish to record, as far as it has one. Only told with {@link issuedAt}: absent beside it means none. */
  recording: Type.Optional(RecordingWish),
  /** Of the same document, where the box's own key has signed it. Absent of the controller's, and from a sensor that has none. */
  local: Type.Optional(LocalMark),
  placement: Placement,
  line: LineState,
  /** What answers on the way to the Internet, from the box outward. Absent from a sensor that does not look. */
  lineChecks: Type.Optional(Type.Array(LineCheck, { maxItems: 16 })),
  containments: Type.Array(ReportedContainment, { maxItems: 5000 }),
  /**
   * Packets that are to be stopped, of contained machines or of a line that is cut, and had come past every rule since the
   * ruleset was loaded: they were stopped at the outside port all the same. Absent where nobody counts them.
   */
  pastRules: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Absent from a sensor that knows none. */
  throttles: Type.Optional(Type.Array(ReportedThrottle, { maxItems: 5000 })),
  /** Absent while there are none, and from a sensor that knows none. */
  sweeps: Type.Optional(Type.Array(ReportedSweep, { maxItems: 5000 })),
  /**
   * Ids of those above that the document wishes for no longer: nobody has seen them end yet. Absent while there are none, and
   * from a sensor that does not tell them apart.
   */
  ending: Type.Optional(Type.Array(Containment.properties.id, { maxItems: 15_000 })),
  /** What the site's policy contains by itself. Absent from a sensor that does not. */
  automatic: Type.Optional(Type.Array(ReportedAutomatic, { maxItems: 256 })),
  /** The policy that holds, and whom it leaves alone. Absent from a sensor that does nothing by itself. */
  policy: Type.Optional(Policy),
  pardons: Type.Optional(Type.Array(Pardon, { maxItems: 1000 })),
  /** The duties of the desired document that are followed. Absent while there are none, and from a sensor that knows none. */
  duties: Type.Optional(Type.Array(DeclaredDuty, { maxItems: 256 })),
  /** Absent from a sensor that has none. */
  reflex: Type.Optional(ReportedReflex),
  /** What quarantined hosts still reach. Absent from a sensor that opens nothing for them. */
  remedies: Type.Optional(ReportedRemedies),
  /** Probation of machines never seen before. Absent while nobody is on it, and from a sensor that knows none. */
  probation: Type.Optional(ReportedProbation),
  /** Absent from a sensor that knows none of these. */
  barriers: Type.Optional(Type.Array(ReportedBarrier, { maxItems: 256 })),
  areaCuts: Type.Optional(Type.Array(ReportedAreaCut, { maxItems: 64 })),
  /** Absent from a sensor that knows none, and where none is wished for. */
  lineCut: Type.Optional(ReportedLineCut),
  /** Of the start of the box. Absent from a sensor that has no notes of one. */
  boot: Type.Optional(ReportedBoot),
  /** How far back the box's own records reach. Absent from a sensor that keeps none. */
  record: Type.Optional(ReportedRecord),
  /** That the box has forgotten its site, as it was ordered. Absent while it has not. */
  wiped: Type.Optional(ReportedWipe),
  /** What runs, and how an order for another release stands. Absent from a sensor that follows none. */
  update: Type.Optional(ReportedUpdate),
  health: Type.Array(Health, { maxItems: 64 }),
  /** Messages refused since start, by reason (`bad-signature`, `other-sensor`, `older-revision`, …). */
  refused: Type.Record(Type.String({ maxLength: 64 }), Type.Integer({ minimum: 0 })),
});
export type Reported = Static<typeof Reported>;
