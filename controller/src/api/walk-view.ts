import { Time, WalkFinding, WalkMachine } from "@cordon/contract";
import { Type, type Static } from "typebox";
import { walkObstacles } from "../fleet/walk-offer.ts";

/** One thing that was found; its times are the controller's. */
export const WalkFindingView = Type.Object({
  ...WalkFinding.properties,
  /** When it was first heard of here. */
  toldAt: Time,
});
export type WalkFindingView = Static<typeof WalkFindingView>;

/** A walk of a site: the one that goes on, or the last. */
export const WalkStandingView = Type.Object({
  id: Type.String(),
  author: Type.String(),
  armedAt: Time,
  /** False until the box knows who answers: it names nobody yet. */
  isArmed: Type.Boolean(),
  /** When it ends at the latest; null before the box's first word. */
  endsAt: Type.Union([Time, Type.Null()]),
  /** When the box last said anything of it; null before that. It says something every second. */
  heardAt: Type.Union([Time, Type.Null()]),
  machines: Type.Array(WalkMachine),
  /** Machines beyond these, that are not asked. */
  others: Type.Integer(),
  /** The newest last. One that comes again under its id replaces what was told under it before. */
  findings: Type.Array(WalkFindingView),
  /** Null while it goes on. */
  over: Type.Union([
    Type.Object({
      /**
       * `time`: ten minutes; `stopped`: by a person; `page-closed`: nobody watched; `controller-lost`: the box could tell
       * nobody; `replaced`, `box-restarted`: the box began anew; `failed`: it could not be done, `text` says why.
       */
      why: Type.Union([
        Type.Literal("time"),
        Type.Literal("controller-lost"),
        Type.Literal("replaced"),
        Type.Literal("stopped"),
        Type.Literal("page-closed"),
        Type.Literal("box-restarted"),
        Type.Literal("failed"),
      ]),
      at: Time,
      /** Who stopped it; null where nobody did. */
      by: Type.Union([Type.String(), Type.Null()]),
      text: Type.String(),
    }),
    Type.Null(),
  ]),
});
export type WalkStandingView = Static<typeof WalkStandingView>;

/** Whether a walk can be begun on a site, and how its walk stands. */
export const WalkView = Type.Object({
  /** Why it cannot; null where it can. */
  obstacle: Type.Union([Type.Enum([...walkObstacles]), Type.Null()]),
  /** Null where there was none within the last hour. */
  walk: Type.Union([WalkStandingView, Type.Null()]),
});
export type WalkView = Static<typeof WalkView>;
