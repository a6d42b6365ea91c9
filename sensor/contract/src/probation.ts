import { Type, type Static } from "typebox";
import { Mac, Time } from "./words.ts";

/**
 * While an incident is open, machines that were never seen before are on probation under the policies
 * `guard` and `contain`, and under `observe` while a person has somebody cut off: the kernel stops them at the tightest budget of the reflex and has a throttle for each on all other
 * ports, and those that are named stand among what the policy holds.
 */
export const ReportedProbation = Type.Object({
  /** When the incident was opened, by a machine that was infected or cut off. */
  since: Time,
  /** When it closes by itself if nothing more happens. */
  until: Time,
  /** Machines that were there before, or have shown that nothing is wrong with them: nothing changed for these. */
  known: Type.Integer({ minimum: 0 }),
  /** Those on probation, in the order in which they came; the first where there are more. */
  newcomers: Type.Array(Type.Object({ host: Mac, since: Time }), { maxItems: 64 }),
  /**
   * Packets of machines that are not known to new targets off the ways of spreading, stopped since the ruleset was loaded.
   * Absent where that is not known, and from a sensor that bounds these by name only.
   */
  stopped: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type ReportedProbation = Static<typeof ReportedProbation>;
