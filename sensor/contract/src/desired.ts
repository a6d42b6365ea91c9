import { Type, type Static } from "typebox";
import { Area, AreaCut } from "./area.ts";
import { Barrier } from "./barrier.ts";
import { DeclaredDuty } from "./duty.ts";
import { DocumentName, LocalMark } from "./delegation.ts";
import { LineCut } from "./line-cut.ts";
import { RecordingWish } from "./recording.ts";
import { ReflexWish } from "./reflex.ts";
import { PortalWish, RemediesWish } from "./remedies.ts";
import { sensorIdPattern } from "./topics.ts";
import { UpdateOrder } from "./update.ts";
import { WipeOrder } from "./wipe.ts";
import { isSweep, Mac, Policy, Sweep, Time, Vector } from "./words.ts";

/** One containment somebody wishes for: of one host, least harm first. */
export const Containment = Type.Object({
  /** Given by the controller, never used again. */
  id: Type.String({ minLength: 1, maxLength: 64 }),
  /** `vector` stops one way of spreading, `quarantine` is the strongest cut of this placement. */
  kind: Type.Union([Type.Literal("vector"), Type.Literal("quarantine")]),
  host: Mac,
  /** Set for `vector`, null for `quarantine`. */
  vector: Type.Union([Vector, Type.Null()]),
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  /** Who asked, as the controller knows him. */
  author: Type.String({ minLength: 1, maxLength: 200 }),
  startsAt: Time,
  /** The sensor ends it then by itself; null holds until released. */
  expiresAt: Type.Union([Time, Type.Null()]),
});
export type Containment = Static<typeof Containment>;

/**
 * A limit on new contacts of one host, which leaves what is established alone. Apart from
 * {@link Containment}: a sensor that does not know it would refuse the whole document for one.
 */
export const Throttle = Type.Object({
  ...Containment.properties,
  kind: Type.Literal("throttle"),
  /** Null limits all its new contacts. */
  vector: Type.Union([Vector, Type.Null()]),
});
export type Throttle = Static<typeof Throttle>;

/**
 * A block of a vector that has no ports. Pings are stopped; questions for neighbours are bounded, since without them nobody
 * reaches the gateway. Apart from {@link Containment} as a {@link Throttle} is.
 */
export const SweepBlock = Type.Object({
  ...Containment.properties,
  kind: Type.Literal("vector"),
  vector: Sweep,
});
export type SweepBlock = Static<typeof SweepBlock>;

/** Whatever may be wished for one host. */
export type AnyContainment = Containment | Throttle | SweepBlock;

/** Whether it is a block of what has no ports. */
export function isSweepBlock<T extends { readonly vector: Vector | Sweep | null }>(
  of: T,
): of is T & { readonly kind: "vector"; readonly vector: Sweep } {
  return isSweep(of.vector);
}

/** A person's word that the policy leaves a host alone; what a person wishes for the host holds all the same. */
export const Pardon = Type.Object({
  host: Mac,
  author: Type.String({ minLength: 1, maxLength: 200 }),
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  at: Time,
  /** The sensor ends it then by itself; null holds until withdrawn. */
  until: Type.Union([Time, Type.Null()]),
});
export type Pardon = Static<typeof Pardon>;

/** The whole wish for one sensor. What is absent is to be removed. */
export const DesiredDocument = Type.Object({
  version: Type.Integer(),
  sensor: Type.String({ pattern: sensorIdPattern }),
  site: Type.String({ minLength: 1, maxLength: 64 }),
  /** Grows when a controller starts its revisions anew; compared before `revision`. */
  epoch: Type.Integer({ minimum: 1 }),
  /** Grows with every change within an epoch. */
  revision: Type.Integer({ minimum: 1 }),
  issuedAt: Time,
  /** A sensor does not adopt the document after this; one adopted earlier stays in force. */
  notAfter: Time,
  policy: Policy,
  containments: Type.Array(Containment, { maxItems: 5000 }),
  /** Absent means none. Their ids are none of {@link containments}. */
  throttles: Type.Optional(Type.Array(Throttle, { maxItems: 5000 })),
  /** Absent means none. Their ids are none of {@link containments} and {@link throttles}. */
  sweeps: Type.Optional(Type.Array(SweepBlock, { maxItems: 5000 })),
  /** Absent means {@link defaultReflex}. */
  reflex: Type.Optional(ReflexWish),
  /** Hosts that {@link policy} leaves alone; absent means none. */
  pardons: Type.Optional(Type.Array(Pardon, { maxItems: 1000 })),
  /** What machines are for, beside what the site profile says; it goes before that. Absent means that nobody said more. */
  duties: Type.Optional(Type.Array(DeclaredDuty, { maxItems: 256 })),
  /** What quarantined hosts still reach; absent means {@link defaultRemedies}, the shipped names. */
  remedies: Type.Optional(RemediesWish),
  /** The page for their users; absent means {@link defaultPortal}, a page without a contact. */
  portal: Type.Optional(PortalWish),
  /** Parts of the site that {@link barriers} and {@link areaCuts} may name; absent means none. */
  areas: Type.Optional(Type.Array(Area, { maxItems: 64 })),
  /** Absent means none, and every way is open. */
  barriers: Type.Optional(Type.Array(Barrier, { maxItems: 256 })),
  /** Absent means none. */
  areaCuts: Type.Optional(Type.Array(AreaCut, { maxItems: 64 })),
  /** Absent means that the line is not to be cut. */
  lineCut: Type.Optional(LineCut),
  /** Whether whole packets are recorded, and who has allowed that. Absent means that none are. */
  recording: Type.Optional(RecordingWish),
  /** Addresses that a barrier of `dns` leaves open, of either family; absent means none. */
  resolvers: Type.Optional(Type.Array(Type.String({ maxLength: 45 }), { maxItems: 32 })),
  /** The end of this box's work for the site; absent means that it goes on. Only to sensors whose `hello` takes {@link takesWipe}. */
  wipe: Type.Optional(WipeOrder),
  /** The release that is to run; absent means that what runs stays. Only to sensors whose `hello` takes {@link takesUpdate}. */
  update: Type.Optional(UpdateOrder),
  /** Where the box's own key has signed it. Absent of the controller's. */
  local: Type.Optional(LocalMark),
  /**
   * The last document of the box's own key that the controller has taken into what it wishes: a box that holds one gives it
   * up for a document that names it. Absent where there was none.
   */
  answers: Type.Optional(DocumentName),
});
export type DesiredDocument = Static<typeof DesiredDocument>;

/** A signed document as it travels and as the sensor stores it. */
export const SignedDesired = Type.Object({
  /** The exact JSON text of a {@link DesiredDocument}; the signature covers these bytes. */
  document: Type.String({ maxLength: 4_000_000 }),
  /** Ed25519 (RFC 8032), base64. */
  signature: Type.String({ maxLength: 128 }),
  /** The first 16 hex digits of the SHA-256 of the signer's public key (SPKI, DER). */
  keyId: Type.String({ pattern: "^[0-9a-f]{16}$" }),
});
export type SignedDesired = Static<typeof SignedDesired>;

/**
 * A signed document as it travels to a sensor whose `hello` says that it takes it (`takes` names
 * {@link packedDesired}); to any other it travels as {@link SignedDesired}. Both mean the same.
 */
export const PackedDesired = Type.Object({
  /** The document's text in UTF-8, gzip (RFC 1952), base64. */
  packed: Type.String({ maxLength: 1_000_000 }),
  /** Ed25519 over the gzip bytes, base64: what is not the signer's need not be inflated to be refused. */
  seal: Type.String({ maxLength: 128 }),
  /** As in {@link SignedDesired}, and by the same key; with it the sensor stores the document. */
  signature: SignedDesired.properties.signature,
  keyId: SignedDesired.properties.keyId,
});
export type PackedDesired = Static<typeof PackedDesired>;

/** How `hello` names {@link PackedDesired}. */
export const packedDesired = "packed-desired";

/** A message on the channel `desired`. */
export const DesiredMessage = Type.Union([SignedDesired, PackedDesired]);
export type DesiredMessage = Static<typeof DesiredMessage>;

/** Bytes of a {@link SignedDesired} as JSON; of one that came packed too, since the sensor stores it so. */
export const maxSignedDesiredBytes = 1024 * 1024;

/** Bytes of a {@link PackedDesired} as JSON: a thousand contained hosts take a quarter of it. */
export const maxPackedDesiredBytes = 256 * 1024;

/** Cuts, throttles and blocks of sweeps together, as wished or as reported. */
export function everyContainment<C, T, S>(of: {
  readonly containments: readonly C[];
  readonly throttles?: readonly T[] | undefined;
  readonly sweeps?: readonly S[] | undefined;
}): (C | T | S)[] {
  return [...of.containments, ...(of.throttles ?? []), ...(of.sweeps ?? [])];
}

/** Whether the first document is newer than the second: by epoch, then by revision. */
export function isNewer(
  a: { readonly epoch: number; readonly revision: number },
  b: { readonly epoch: number; readonly revision: number },
): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.revision > b.revision);
}

/** Ids of all in a document that has one. */
export function wishIds(document: DesiredDocument): ReadonlySet<string> {
  const { barriers = [], areaCuts = [], lineCut } = document;
  const wishes = [...everyContainment(document), ...barriers, ...areaCuts, ...(lineCut === undefined ? [] : [lineCut])];
  return new Set(wishes.map(({ id }) => id));
}
