import { maxBundleBytes, ReleaseVersion } from "@cordon/contract";
import { Type, type Static } from "typebox";
import { boxPhases, stageNames } from "../rollout/rollout-plan.ts";

const Time = Type.Number();
const maybe = <T extends ReturnType<typeof Type.String> | typeof Time>(of: T) => Type.Union([of, Type.Null()]);
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const Compatible = Type.String({ pattern: "^[\\x21-\\x7e]{1,64}$" });

/** Bytes of one part of a bundle at most. */
export const partBytesAtMost = 2 * 1024 * 1024;

/** Body of POST /api/v1/releases. */
export const ReleaseWish = Type.Object({ sizeBytes: Type.Integer({ minimum: 1, maximum: maxBundleBytes }) });

/** Body of POST /api/v1/releases/:releaseId/whole. */
export const ReleaseNaming = Type.Object({
  /** What the bundle is to be; absent: it is not held against anything. */
  sha256: Type.Optional(Sha256),
  /** Needed where the bundle does not say them. */
  version: Type.Optional(ReleaseVersion),
  compatible: Type.Optional(Compatible),
});

/** A release for boxes. */
export const ReleaseView = Type.Object({
  id: Type.String(),
  /** Empty while it is not whole. */
  version: Type.String(),
  /** For which kind of box it is, in the words of its manifest. */
  compatible: Type.String(),
  sizeBytes: Type.Integer(),
  /** How much of it is here: less than `sizeBytes` of one that is whole where its file was lost, as after a restore. */
  receivedBytes: Type.Integer(),
  /** Null while it is not whole. */
  sha256: maybe(Type.String()),
  author: Type.String(),
  createdAt: Time,
  isInUse: Type.Boolean(),
});
export type ReleaseView = Static<typeof ReleaseView>;

/** Hours of a day. */
const DayTime = Type.String({ pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" });

/** Within which hours a box may start anew; from and to the same are the whole day. */
export const WindowHours = Type.Object({
  from: DayTime,
  to: DayTime,
  /** IANA name. */
  timeZone: Type.String({ minLength: 1, maxLength: 64 }),
});

/** Body of POST /api/v1/rollouts. */
export const RolloutWish = Type.Object({
  releaseId: Type.String({ maxLength: 64 }),
  /** The box that gets it first. */
  firstBox: Type.String({ maxLength: 64 }),
  window: WindowHours,
  /** For how long silent boxes are waited for. */
  patienceHours: Type.Number({ minimum: 1, maximum: 720 }),
});
export type RolloutWish = Static<typeof RolloutWish>;

/** Body of PUT /api/v1/rollouts/:rolloutId/state. */
export const RolloutState = Type.Object({
  state: Type.Enum(["running", "paused", "aborted"]),
  /** What becomes of boxes that failed where it goes on: they get it once more, or have no part in it. Absent means the latter. */
  failed: Type.Optional(Type.Enum(["retry", "leave-out"])),
});

export type RolloutState = Static<typeof RolloutState>;

/** A release on its way to the fleet. */
export const RolloutView = Type.Object({
  id: Type.String(),
  version: Type.String(),
  compatible: Type.String(),
  state: Type.Enum(["running", "paused", "halted", "aborted", "done"]),
  /** The box at which it halted; null where it did not. */
  haltedAt: maybe(Type.String()),
  stage: Type.Enum([...stageNames]),
  window: WindowHours,
  patienceHours: Type.Number(),
  author: Type.String(),
  createdAt: Time,
  endedAt: maybe(Time),
  /** By stage, and within one by site. */
  boxes: Type.Array(
    Type.Object({
      sensorId: Type.String(),
      siteId: Type.String(),
      siteName: Type.String(),
      stage: Type.Enum([...stageNames]),
      phase: Type.Enum([...boxPhases]),
      /** What the box says of it; empty where it says nothing. */
      words: Type.String(),
      /** Since when it stands so. */
      at: Time,
      /** When it may start anew; null where it was not ordered. */
      notBefore: maybe(Time),
      notAfter: maybe(Time),
      /** Of the bundle, in percent; null where it fetches nothing. */
      fetchedPercent: Type.Union([Type.Integer(), Type.Null()]),
      isHeard: Type.Boolean(),
      /** The release that it runs; null where it has not said. */
      runs: maybe(Type.String()),
    }),
  ),
});
export type RolloutView = Static<typeof RolloutView>;
