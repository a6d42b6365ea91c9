import { Barrier, BarrierMode, BarrierWay, Policy, ReflexBudget, ReflexMode, Time } from "@cordon/contract";
import { Type, type Static } from "typebox";
import { PolicyEffect } from "./view.ts";

export const PresetId = Type.Union([
  Type.Literal("watch"),
  Type.Literal("ask"),
  Type.Literal("mailers"),
  Type.Literal("contain"),
  Type.Literal("outbreak"),
]);

const reflex = Type.Object({ mode: ReflexMode, budget: ReflexBudget });
const Met = Type.Object({
  /** Packets that went beyond or through, since it has been counting. */
  packets: Type.Integer({ minimum: 0 }),
  /** Machines that sent some within the last day. */
  hosts: Type.Integer({ minimum: 0 }),
});
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

/** What a preset would change of one site; null or empty is what stays. */
export const PresetPlan = Type.Object({
  siteId: Type.String(),
  siteName: Type.String(),
  preset: PresetId,
  /** Of the settings that this was said of; is given back with the change. */
  basis: Type.String(),
  policy: orNull(Type.Object({ from: Policy, to: Policy, effect: orNull(PolicyEffect) })),
  reflex: orNull(
    Type.Object({
      from: reflex,
      to: reflex,
      /** What the kernel has counted beyond the budget of now; null where it has not said. */
      met: orNull(Met),
    }),
  ),
  barriers: Type.Array(
    Type.Object({
      way: BarrierWay,
      /** Null is open. */
      from: orNull(BarrierMode),
      /** When the one there is now would end; null where it would not, or there is none. */
      until: orNull(Time),
      to: BarrierMode,
      exceptions: Barrier.properties.exceptions,
      /** What the one there is has met; null where there is none, or its box has not said. */
      met: orNull(Met),
    }),
  ),
  /** What the box cannot do from where it stands. */
  cannot: Type.Array(Type.Object({ way: BarrierWay, why: Type.String() })),
});
export type PresetPlan = Static<typeof PresetPlan>;

/** Body of PUT /api/v1/presets/:presetId. */
export const PresetWish = Type.Object({
  sites: Type.Array(Type.Object({ siteId: Type.String(), basis: Type.String({ maxLength: 64 }) }), {
    minItems: 1,
    maxItems: 200,
  }),
  reason: Type.String({ minLength: 1, maxLength: 500 }),
});
export type PresetWish = Static<typeof PresetWish>;

/** What became of a site: each is changed as a whole or not at all. */
export const PresetOutcome = Type.Object({
  siteId: Type.String(),
  /** `already`: nothing was left to change. */
  outcome: Type.Union([Type.Literal("set"), Type.Literal("already"), Type.Literal("refused")]),
  /** A problem's code and words where it was refused; null otherwise. */
  code: orNull(Type.String()),
  text: orNull(Type.String()),
});
export type PresetOutcome = Static<typeof PresetOutcome>;
