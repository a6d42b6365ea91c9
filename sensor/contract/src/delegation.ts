import { Type, type Static } from "typebox";
import { sensorIdPattern } from "./topics.ts";
import { Mac, Time } from "./words.ts";

/**
 * What a box may be allowed to change by itself while it is its own centre. Words that a box does not know allow it nothing.
 * `contain` cuts single machines off and slows them down, `release` ends that and pardons, `barriers`, `areas` and `line` are
 * what is wished for more than one machine. There is no word for enrolment, recording, people, policies or anything else.
 */
export const delegable = ["contain", "release", "barriers", "areas", "line"] as const;
export type Delegable = (typeof delegable)[number];

/** The authority of a box to sign for itself: for one key, which it has made, and for a time. */
export const Delegation = Type.Object({
  version: Type.Integer(),
  sensor: Type.String({ pattern: sensorIdPattern }),
  site: Type.String({ minLength: 1, maxLength: 64 }),
  /** PEM (SPKI, Ed25519): whose documents are obeyed beside the controller's. */
  key: Type.String({ maxLength: 1024 }),
  /** See {@link delegable}; empty takes back what was given before. */
  may: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 }),
  /** Of two the newer counts. */
  issuedAt: Time,
  /**
   * No document of this key is taken after it, and what it cut holds no longer. An end that was given at the box stays one until the
   * controller has answered: whom a person has let go nobody cuts off again by not knowing of it.
   */
  notAfter: Time,
});
export type Delegation = Static<typeof Delegation>;

/** A delegation as it travels and as the box stores it. */
export const SignedDelegation = Type.Object({
  /** The exact JSON text of a {@link Delegation}. */
  delegation: Type.String({ maxLength: 8192 }),
  /** Ed25519 over {@link delegationBytes}, base64. */
  signature: Type.String({ maxLength: 128 }),
  /** Of the controller's key, as in a signed document. */
  keyId: Type.String({ pattern: "^[0-9a-f]{16}$" }),
});
export type SignedDelegation = Static<typeof SignedDelegation>;

/** What is signed of a delegation: no signature of one can stand under a document. */
export function delegationBytes(delegation: string): string {
  return `cordon delegation\n${delegation}`;
}

/** Names a document. */
export const DocumentName = Type.Object({
  epoch: Type.Integer({ minimum: 1 }),
  revision: Type.Integer({ minimum: 1 }),
  issuedAt: Time,
});
export type DocumentName = Static<typeof DocumentName>;

/** What a document of the box's own key goes on from. */
export const LocalMark = Type.Object({
  /** The controller's document that was in effect. */
  base: DocumentName,
  /** Ids of wishes in it that somebody at the box has ended. */
  ended: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 16_384 }),
});
export type LocalMark = Static<typeof LocalMark>;

/** Whose name stands for whoever knows the PIN on a box's label. */
export const pinAuthor = "PIN of the box";

/** What somebody did at the box, as its own log says it. */
export const Deed = Type.Object({
  author: Type.String({ minLength: 1, maxLength: 200 }),
  /** In kebab case: `containment-asked`. */
  action: Type.String({ minLength: 1, maxLength: 64 }),
  /** What it was done to; null where it is about the box. */
  subject: Type.Union([Type.String({ maxLength: 200 }), Type.Null()]),
  /** The machine, where it is about one. */
  host: Type.Union([Mac, Type.Null()]),
  detail: Type.String({ maxLength: 4000 }),
});
export type Deed = Static<typeof Deed>;

/** How `stored` names notices of deeds. */
export const takesDeeds = "deed";
