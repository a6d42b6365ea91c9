import { Type, type Static } from "typebox";
import { Mac, Time } from "./words.ts";

/** Work of a machine that looks like an infected one's: watching others, looking for weak spots, fetching backups, handing over mail. */
export const Duty = Type.Union([
  Type.Literal("monitoring"),
  Type.Literal("scanner"),
  Type.Literal("backup"),
  Type.Literal("mail"),
]);
export type Duty = Static<typeof Duty>;

/** A person's word on what a machine is for. It is not weighed then for what belongs to that, and for all else as any machine. */
export const DeclaredDuty = Type.Object({
  host: Mac,
  /** A {@link Duty}; a sensor that does not know the word goes on as if it were not there. */
  duty: Type.String({ minLength: 1, maxLength: 32 }),
  author: Type.String({ minLength: 1, maxLength: 200 }),
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  at: Time,
});
export type DeclaredDuty = Static<typeof DeclaredDuty>;
