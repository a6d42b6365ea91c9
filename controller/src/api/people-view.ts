import { Type, type Static } from "typebox";
import { Time } from "@cordon/contract";
import { roles } from "../account/rights.ts";
import { maxPasswordLength, minPasswordLength } from "../account/password.ts";

const Id = Type.String({ minLength: 1, maxLength: 64 });
const Name = Type.String({ minLength: 1, maxLength: 100 });
/** Ids; null is all. */
const Ids = Type.Union([Type.Array(Id, { maxItems: 200 }), Type.Null()]);
const Role = Type.Enum([...roles]);
export type Role = Static<typeof Role>;
const Secret = Type.String({ minLength: 1, maxLength: 128 });

/** Whose sites somebody sees, and which of them. */
const scope = { customers: Ids, sites: Ids } as const;

export const PersonWish = Type.Object({
  name: Name,
  role: Role,
  ...scope,
  /** Of a guest it has to be said. */
  expiresAt: Type.Union([Time, Type.Null()]),
});

export const PersonChange = Type.Object({
  role: Type.Optional(Role),
  customers: Type.Optional(Ids),
  sites: Type.Optional(Ids),
  expiresAt: Type.Optional(Type.Union([Time, Type.Null()])),
  isDisabled: Type.Optional(Type.Boolean()),
});

export const PersonView = Type.Object({
  id: Id,
  name: Name,
  role: Role,
  ...scope,
  /** Whether password and codes have been set. */
  isTaken: Type.Boolean(),
  createdAt: Time,
  expiresAt: Type.Union([Time, Type.Null()]),
  isDisabled: Type.Boolean(),
});
export type PersonView = Static<typeof PersonView>;

/** What a new link carries behind its `#`; told once. */
export const InvitedView = Type.Object({ person: PersonView, token: Secret, path: Type.String(), expiresAt: Time });

export const InvitationWish = Type.Object({ token: Secret });
export const InvitationView = Type.Object({
  name: Name,
  /** Base32, for whoever cannot scan. */
  secret: Type.String(),
  /** `otpauth://…`. */
  address: Type.String(),
  /** That address as a QR code: an SVG as `data:` URL. */
  picture: Type.String(),
  minPasswordLength: Type.Integer(),
  maxPasswordLength: Type.Integer(),
});
export const TakingWish = Type.Object({
  token: Secret,
  password: Type.String({ minLength: minPasswordLength, maxLength: maxPasswordLength }),
  code: Type.String({ pattern: "^\\d{6}$" }),
});

export const CustomerWish = Type.Object({ name: Name });
export const CustomerView = Type.Object({ id: Id, name: Name, createdAt: Time, sites: Type.Array(Id) });
export type CustomerView = Static<typeof CustomerView>;

/** Whose a site is; null is nobody's in particular. */
export const SiteOwnerWish = Type.Object({ customer: Type.Union([Id, Type.Null()]) });

export const TokenWish = Type.Object({
  name: Name,
  role: Type.Union([Type.Literal("technician"), Type.Literal("reader")]),
  ...scope,
  expiresAt: Time,
});
export const TokenView = Type.Object({
  id: Id,
  name: Name,
  role: Role,
  ...scope,
  author: Type.String(),
  createdAt: Time,
  expiresAt: Time,
  /** To the day. */
  lastUsedAt: Type.Union([Time, Type.Null()]),
});
export type TokenView = Static<typeof TokenView>;
/** With what a program calls, as `Authorization: Bearer …`; told once. */
export const CreatedToken = Type.Object({ token: TokenView, secret: Secret });
export type NewPerson = Static<typeof PersonWish>;
export type PersonChange = Static<typeof PersonChange>;
export type Invited = Static<typeof InvitedView>;
export type InvitationView = Static<typeof InvitationView>;
export type TakingWish = Static<typeof TakingWish>;
export type NewToken = Static<typeof TokenWish>;
