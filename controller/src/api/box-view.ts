import { Type, type Static } from "typebox";
import { SitePlan } from "../../../provision/src/site/site-plan.ts";

export { SitePlan };

const Time = Type.Number();
const maybe = <T extends ReturnType<typeof Type.String> | typeof Time>(of: T) => Type.Union([of, Type.Null()]);

/** What is known of one box. */
export const BoxView = Type.Object({
  sensorId: Type.String(),
  siteId: Type.String(),
  siteName: Type.String(),
  placement: maybe(Type.String()),
  state: Type.Enum(["never-seen", "online", "offline", "revoked", "retired", "wiped"]),
  lastHeardAt: maybe(Time),
  enrolledAt: Time,
  certificateUntil: maybe(Time),
  software: maybe(Type.String()),
  running: Type.Union([
    Type.Object({ version: Type.String(), slot: Type.String(), compatible: maybe(Type.String()) }),
    Type.Null(),
  ]),
  token: Type.Object({
    state: Type.Enum(["open", "used", "expired", "void", "none"]),
    expiresAt: maybe(Time),
    usedAt: maybe(Time),
    usedFrom: maybe(Type.String()),
  }),
  wipe: Type.Union([
    Type.Object({ orderedAt: Time, wipedAt: maybe(Time), left: Type.Array(Type.String()) }),
    Type.Null(),
  ]),
});
export type BoxView = Static<typeof BoxView>;

/** An image that boxes are made of. */
export const BoxImage = Type.Object({
  name: Type.String(),
  /** What it starts on; null where nothing says so. */
  board: maybe(Type.String()),
  /** Whether boxes made of it take releases. */
  takesUpdates: Type.Boolean(),
});
export type BoxImage = Static<typeof BoxImage>;

/** Which image of a box is fetched. */
export const ImageChoice = Type.Object({ image: Type.Optional(Type.String({ maxLength: 255 })) });

/** In which language a label is fetched: a BCP 47 tag. */
export const LabelChoice = Type.Object({ language: Type.Optional(Type.String({ maxLength: 100 })) });

/** What boxes are made with here. */
export const BoxTerms = Type.Object({
  /** That this controller serves boxes on. */
  port: Type.Integer(),
  /** The second one; null where it serves on none. */
  fallbackPort: Type.Union([Type.Integer(), Type.Null()]),
});
export type BoxTerms = Static<typeof BoxTerms>;

/** A box that was made and waits to be fetched. Its PIN is said here and on its label, and nowhere else. */
export const MadeBox = Type.Object({
  id: Type.String(),
  sensorId: Type.String(),
  siteId: Type.String(),
  siteName: Type.String(),
  /** Eight digits; empty of a gateway, which has no pages of its own. */
  pin: Type.String(),
  /** Until when its files can be fetched, and its token used. */
  expiresAt: Time,
  tokenUntil: Time,
  /** What its image can be made of; empty where none can be made. */
  images: Type.Array(BoxImage),
  /** Why no image can be made here; null where one can. */
  whyNoImage: maybe(Type.String()),
  /** Where its profile is given instead: what makes the image of it. */
  command: Type.String(),
});
export type MadeBox = Static<typeof MadeBox>;

/** How far the image is. */
export const BoxProgress = Type.Object({
  state: Type.Enum(["waiting", "making", "sending", "sent", "failed"]),
  doneBytes: Type.Number(),
  allBytes: Type.Number(),
  text: Type.String(),
});
export type BoxProgress = Static<typeof BoxProgress>;

/** A new card for the box of a site. */
export const CardWish = Type.Object({
  /** Which socket is which, by its MAC; absent means by their places. */
  ports: SitePlan.properties.ports,
  /** Where people open the controller, for the code on the label, where nobody said it of the site. */
  url: Type.Optional(Type.String({ pattern: "^https?://[^\\s@]{1,200}$" })),
});

/** Why a box is to forget its site. */
export const WipeWish = Type.Object({ reason: Type.String({ pattern: "\\S", maxLength: 500 }) });
