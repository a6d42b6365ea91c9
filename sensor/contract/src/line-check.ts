import { Type, type Static } from "typebox";
import { Time } from "./words.ts";

/**
 * One thing on the way from the machines to the Internet, as far as the site's own traffic shows whether it answers:
 * the box asks nobody. What is counted are questions and answers of the last two minutes, one open question of each
 * target at a time.
 */
export const LineCheck = Type.Object({
  /**
   * `link`: the cables of both ports; `router`: ARP for the router's address; `provider`: anything from beyond the
   * router; `names`: questions to name servers; `contacts`: first TCP contacts with the Internet that can be expected
   * to be answered. Others may come.
   */
  kind: Type.String({ maxLength: 32 }),
  /** `unseen`: nobody asked lately, so nothing is known. */
  state: Type.Union([Type.Literal("answers"), Type.Literal("silent"), Type.Literal("unseen")]),
  /** Questions that were answered, or waited for in vain; 0 where nothing is asked, as of a link. */
  asked: Type.Integer({ minimum: 0 }),
  answered: Type.Integer({ minimum: 0 }),
  /** Median milliseconds from question to answer at the box, by the kernel's times; null where none was measured. */
  roundTripMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  /** The last answer since the box started; null where there was none. */
  answeredAt: Type.Union([Time, Type.Null()]),
  /** The first question since then that was not answered; null unless it is silent. */
  silentSince: Type.Union([Time, Type.Null()]),
  /** The address that answered last. Absent where none is meant, or none did. */
  address: Type.Optional(Type.String({ maxLength: 64 })),
  /** The port whose cable leads nowhere. Absent where none is known to. */
  port: Type.Optional(Type.Union([Type.Literal("inside"), Type.Literal("outside"), Type.Literal("both")])),
  /** Of a link: how fast each port's cable is, in Mbit/s, as the port's driver says. Absent where it says nothing. */
  speeds: Type.Optional(
    Type.Object({
      inside: Type.Optional(Type.Integer({ minimum: 1 })),
      outside: Type.Optional(Type.Integer({ minimum: 1 })),
    }),
  ),
});
export type LineCheck = Static<typeof LineCheck>;
