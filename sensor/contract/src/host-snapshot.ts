import { Type, type Static } from "typebox";
import { HostClass, Mac, Risk, Time, Vector, Verdict } from "./words.ts";

/** One line of a host's ledger: what speaks for or against its being infected. */
export const Evidence = Type.Object({
  /** The behaviour, in kebab case: `address-scan`, `mail-fan-out`, `line-down`, … */
  kind: Type.String({ maxLength: 64 }),
  /** True where it speaks for an infection, false where it speaks against one. */
  for: Type.Boolean(),
  /** Decimal logarithm of the likelihood ratio; negative where it speaks against. */
  weight: Type.Number(),
  /** How often it was seen. */
  count: Type.Integer({ minimum: 0 }),
  firstAt: Time,
  lastAt: Time,
  /** One sentence for a person. */
  text: Type.String({ maxLength: 400 }),
});
export type Evidence = Static<typeof Evidence>;

/** A machine on the site and its ledger, as it stood when the notice was written. */
export const HostSnapshot = Type.Object({
  /** The key: its MAC, or its address where MACs say nothing. */
  host: Type.String({ maxLength: 64 }),
  /** Null where the key is an address. */
  mac: Type.Union([Mac, Type.Null()]),
  /** Every address it had, newest first, bounded. */
  addresses: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 32 }),
  /** The name it gives itself (DHCP); null where it never said one. */
  name: Type.Union([Type.String({ maxLength: 253 }), Type.Null()]),
  /** `unknown` is a role. */
  role: Type.Object({
    name: Type.String({ maxLength: 32 }),
    /** One sentence: what the role rests on. */
    reason: Type.String({ maxLength: 200 }),
    /** True where a person vouched for it: no policy contains it by itself. Absent means no. */
    declared: Type.Optional(Type.Boolean()),
    /** True where it is a guess by what the machine says of itself or answers to; nothing is decided by it. Absent means no. */
    guessed: Type.Optional(Type.Boolean()),
  }),
  /** When it had which of its addresses, newest first, bounded; absent from sensors that do not remember. */
  addressTimes: Type.Optional(
    Type.Array(
      Type.Object({
        address: Type.String({ maxLength: 64 }),
        firstAt: Time,
        lastAt: Time,
        /** Key of the machine that had it before; absent where none is known. */
        from: Type.Optional(Type.String({ maxLength: 64 })),
      }),
      { maxItems: 32 },
    ),
  ),
  /**
   * Names that the machine gives itself, the latest of each source (`dhcp`, `mdns`, `netbios`, `llmnr`): for people's eyes,
   * nothing is decided by them. Absent from sensors that hear only what `name` says.
   */
  names: Type.Optional(
    Type.Array(
      Type.Object({ source: Type.String({ maxLength: 16 }), name: Type.String({ maxLength: 253 }), at: Time }),
      { maxItems: 8 },
    ),
  ),
  /** One sentence why several machines seem to speak by its card, so that a cut cuts all of them; absent where nothing says so. */
  several: Type.Optional(Type.String({ maxLength: 400 })),
  verdict: Verdict,
  /** Null while the verdict is `clear`. */
  class: Type.Union([HostClass, Type.Null()]),
  /** Null while the verdict is `clear`. */
  vector: Type.Union([Vector, Type.Null()]),
  /** Null while the verdict is `clear`. */
  risk: Type.Union([Risk, Type.Null()]),
  /** Sum of the ledger's weights: `watched` from 1, `suspect` from 3, `infected` from 6. */
  score: Type.Number(),
  firstSeenAt: Time,
  lastSeenAt: Time,
  /** When it first reached the verdict; null where it never did. */
  suspectAt: Type.Union([Time, Type.Null()]),
  infectedAt: Type.Union([Time, Type.Null()]),
  /** First contacts on the convicting vector before `suspect`; null where not reached. */
  contactsBeforeSuspect: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
  /** First contacts it made so far, on any port. */
  contacts: Type.Integer({ minimum: 0 }),
  evidence: Type.Array(Evidence, { maxItems: 64 }),
});
export type HostSnapshot = Static<typeof HostSnapshot>;

/** What is the matter with a line that is not just dead: it answers, but not as it should, or hardly, and why is known. */
export const LineTrouble = Type.Object({
  /** `walled`: a portal answers in everybody's name; `choked`: one machine of the site fills it. Others may come. */
  kind: Type.String({ maxLength: 32 }),
  since: Time,
  /** Whose doing it is, by its key; null where it is no machine of the site. */
  host: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
  /** One sentence: what it rests on. */
  text: Type.String({ maxLength: 400 }),
});
export type LineTrouble = Static<typeof LineTrouble>;

/** The line between router and provider, judged before any host is. */
export const LineState = Type.Object({
  /** `unknown` until enough hosts were heard; `degraded` between the two. */
  state: Type.Union([Type.Literal("unknown"), Type.Literal("healthy"), Type.Literal("degraded"), Type.Literal("dead")]),
  since: Time,
  /** One sentence: what it rests on. */
  text: Type.String({ maxLength: 400 }),
  /** Absent where nothing of the kind is known, and from a sensor that does not look for it. */
  trouble: Type.Optional(LineTrouble),
});
export type LineState = Static<typeof LineState>;
