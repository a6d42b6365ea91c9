import { Type, type Static } from "typebox";
import { Health } from "./reported.ts";
import { BootId, Placement, Time } from "./words.ts";

/** The kind of ask by which a box looks at itself; its question is empty. */
export const selfTestKind = "self-test";

/** One thing that was tried, and how it went. */
export const SelfCheck = Type.Object({
  /** Stable, kebab case: `disk`, `spool`, `capture`, `kernel-rules`, `kernel-features`, `clock`. */
  name: Type.String({ maxLength: 64 }),
  /** `unknown` where it cannot be told here, as in a capture that is played. */
  state: Type.Union([Type.Literal("ok"), Type.Literal("warning"), Type.Literal("failed"), Type.Literal("unknown")]),
  /** For a person. */
  text: Type.String({ maxLength: 400 }),
});
export type SelfCheck = Static<typeof SelfCheck>;

/** The body of an answer to a {@link selfTestKind}: what the box finds of itself. */
export const SelfTest = Type.Object({
  bootId: BootId,
  /** By the box's clock. */
  at: Time,
  software: Type.String({ maxLength: 64 }),
  kernel: Type.String({ maxLength: 128 }),
  placement: Placement,
  /** Since this judging process began, and since the machine did. */
  runningSeconds: Type.Number({ minimum: 0 }),
  uptimeSeconds: Type.Number({ minimum: 0 }),
  checks: Type.Array(SelfCheck, { maxItems: 32 }),
  /** The troubles that are there now, as in the report. */
  health: Type.Array(Health, { maxItems: 64 }),
  clock: Type.Object({
    /** The time that containments end by: never ahead of the truth, by much behind it where nobody has confirmed the clock. */
    trustedAt: Time,
    /** What is wrong with the clock; null where it is as good as can be told. */
    trouble: Type.Union([Type.String({ maxLength: 400 }), Type.Null()]),
  }),
  /** By name, as in the hello; empty where nothing was probed. */
  kernelFeatures: Type.Record(Type.String({ maxLength: 64 }), Type.Boolean()),
  spool: Type.Object({
    /** Notices that the controller has not committed, in bytes. */
    sizeBytes: Type.Integer({ minimum: 0 }),
    /** Notices given up since this process began. */
    lost: Type.Integer({ minimum: 0 }),
  }),
  /** Of the partition of the box's state. */
  disk: Type.Object({ sizeBytes: Type.Number({ minimum: 0 }), freeBytes: Type.Number({ minimum: 0 }) }),
  memory: Type.Object({
    /** Of the machine. */
    sizeBytes: Type.Number({ minimum: 0 }),
    freeBytes: Type.Number({ minimum: 0 }),
    /** Of this process. */
    residentBytes: Type.Number({ minimum: 0 }),
  }),
  /** Of the machine, over one minute. */
  load: Type.Number({ minimum: 0 }),
});
export type SelfTest = Static<typeof SelfTest>;
