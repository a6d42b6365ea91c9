import { Type, type Static } from "typebox";
import { Time } from "@cordon/contract";

/** Where this program runs. */
export const PlaceView = Type.Union([
  Type.Object({ kind: Type.Literal("centre") }),
  Type.Object({
    kind: Type.Literal("box"),
    siteId: Type.String(),
    siteName: Type.String(),
    /**
     * Whether the box knows whom to call. Who that is stands in the site's view alone, behind the PIN: anybody on this network asks
     * here, and could pose as one of these people. Who stands at the box has them on its label.
     */
    isSomebodyNamed: Type.Boolean(),
    /** Since when the box has had no centre; null while it has one. */
    awaySince: Type.Union([Time, Type.Null()]),
    /** Until when what is asked for here may hold; null where nothing may be. */
    actsUntil: Type.Union([Time, Type.Null()]),
  }),
]);
export type PlaceView = Static<typeof PlaceView>;

/** One matter of which people at the box and people at the centre said different things. */
export const TwoWordsView = Type.Object({
  id: Type.String(),
  /** The machine; null where it is about more than one. */
  host: Type.Union([Type.String(), Type.Null()]),
  /** A barrier's way, an area's id or null for the whole site; `line` alone. JSON, or a machine's MAC. */
  about: Type.String(),
  /** When the two places met. */
  at: Time,
  atBox: Type.Union([Type.Literal("wished"), Type.Literal("ended")]),
  atCentre: Type.Union([Type.Literal("wished"), Type.Literal("ended")]),
});
export type TwoWordsView = Static<typeof TwoWordsView>;

/** What somebody did at the box. */
export const DeedView = Type.Object({
  at: Time,
  author: Type.String(),
  action: Type.String(),
  host: Type.Union([Type.String(), Type.Null()]),
  detail: Type.String(),
});
export type DeedView = Static<typeof DeedView>;

/** What a box may do by itself, and what was done there. */
export const AtBoxView = Type.Object({
  /** Until when it may; null where that was taken back, or never given. */
  delegatedUntil: Type.Union([Time, Type.Null()]),
  /** Whether a person has taken it back. */
  isWithheld: Type.Boolean(),
  /** Whether the document that it follows was signed at the box and is not taken up yet. */
  isLocal: Type.Boolean(),
  /** Newest first; of 30 days, 50 at most. */
  deeds: Type.Array(DeedView),
  /** Until a person decides; newest first. */
  twoWords: Type.Array(TwoWordsView),
});
export type AtBoxView = Static<typeof AtBoxView>;

/** Body of PUT /api/v1/sites/:siteId/delegation. */
export const DelegationSetting = Type.Object({
  isAllowed: Type.Boolean(),
  reason: Type.String({ minLength: 1, maxLength: 500 }),
});
export type DelegationSetting = Static<typeof DelegationSetting>;
