import { Type, type Static } from "typebox";
import { Time } from "./words.ts";

/**
 * A new release of a box's system. The controller orders it in the desired document ({@link UpdateOrder}); the judging process
 * fetches the bundle and lays a request beside it ({@link UpdateRequest}), with the signed document; what runs as root installs it into
 * the slot that does not run, starts the box from there within the window, and says how far it is ({@link UpdateStatus}). The bundle is
 * signed by itself: neither the controller nor the judging process can have anything installed that the box's own key ring does not
 * take. That this release is meant, an older one, and when, is the controller's word alone: it is verified anew by whoever installs.
 */

/** How `hello` says that a sensor follows an {@link UpdateOrder}. */
export const takesUpdate = "update";

/** Bytes of a bundle: several times a root of today. */
export const maxBundleBytes = 1024 * 1024 * 1024;

/** Where a box gets the bundle that its order names, by HTTPS from the port of the broker (ALPN `http/1.1`), with `Range`. */
export function bundlePath(sha256: string): string {
  return `/v1/bundles/${sha256}`;
}

/** A release's version as its bundle's manifest says it. */
export const ReleaseVersion = Type.String({ pattern: "^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$" });

const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });

const orderFields = {
  /** Given by the controller, never used again; the same order may come again with another window. */
  id: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,63}$" }),
  version: ReleaseVersion,
  /** From when and until when the box may start anew for it. */
  notBefore: Time,
  notAfter: Time,
  /** Of the bundle. */
  sha256: Sha256,
  /** Of the bundle, in bytes. */
  size: Type.Integer({ minimum: 1, maximum: maxBundleBytes }),
  /** Whether a release older than the one that runs is meant; absent: no, and such a one is refused. */
  isOlderMeant: Type.Optional(Type.Boolean()),
};

/** A wish for a release. A box that runs it already has nothing to do. */
export const UpdateOrder = Type.Object({
  ...orderFields,
  author: Type.String({ minLength: 1, maxLength: 200 }),
});
export type UpdateOrder = Static<typeof UpdateOrder>;

/**
 * `request.json` in the folder `update` of the judge's state, written by rename, once `bundle.raucb` beside it is whole and its
 * digest was found right; whoever installs it looks again. One of the same `id` may come with another window. Taken away it is
 * wanted no longer: the box is not started anew for it. The bundle goes once an end of it is told (`good`, `fell-back`,
 * `refused`), the request when its order is over; that end is kept by both sides.
 *
 * Before the request `order.json` is laid: the message with the signed document that orders it, as {@link parseDesiredMessage} reads it
 * (not packed). On a box nothing is begun without, and what the request says counts for nothing beside it; a release before reads the
 * request alone.
 */
export const UpdateRequest = Type.Object(orderFields);
export type UpdateRequest = Static<typeof UpdateRequest>;

/** Names of files in the folder `update` of the judge's state. */
export const updateFiles = { request: "request.json", bundle: "bundle.raucb", order: "order.json" } as const;

/** What whoever installs says of a request. */
export const UpdatePhase = Type.Enum([
  /** The request was read. */
  "received",
  /** Digest, signature, and that it is for this kind of box were found right. */
  "verified",
  /** It is in the other slot, and waits for the window. */
  "installed",
  /** The box was started from it, and looks whether all that it is for works. */
  "trying",
  /** It works, and stays. */
  "good",
  /** It did not work: the box came back to what ran before. */
  "fell-back",
  /** It was not installed: damaged, not signed by whom the box trusts, for another kind of box, no room. */
  "refused",
]);
export type UpdatePhase = Static<typeof UpdatePhase>;

/** The release that runs, and in which of the two slots. */
export const RunningRelease = Type.Object({
  version: ReleaseVersion,
  slot: Type.Enum(["a", "b"]),
  /** For which kind of box it is, in the words of a bundle's manifest (`compatible`); absent where that is not told. */
  compatible: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
});
export type RunningRelease = Static<typeof RunningRelease>;

/** The name of {@link UpdateStatus} in the folder where root tells it (on the box `/run/cordon/update`). */
export const updateStatusName = "status.json";

/** Written by root, by rename, whenever it changes; after a start of the box it says again what holds. */
export const UpdateStatus = Type.Object({
  /** Of the request; null where there was none. Such a file only says what runs, and its phase is `good`. */
  id: Type.Union([UpdateRequest.properties.id, Type.Null()]),
  phase: UpdatePhase,
  /** A sentence for a person. */
  words: Type.String({ maxLength: 400 }),
  at: Time,
  /** Absent where it cannot be told. */
  running: Type.Optional(RunningRelease),
});
export type UpdateStatus = Static<typeof UpdateStatus>;

/** Whether nothing more comes of it. */
export function isUpdateOver({ phase }: Pick<UpdateStatus, "phase">): boolean {
  return phase === "good" || phase === "fell-back" || phase === "refused";
}

/** How an order stands, as the box reports it. */
export const ReportedUpdate = Type.Object({
  /** Absent where nobody has told it what runs. */
  running: Type.Optional(RunningRelease),
  /** Absent while there is no order. */
  order: Type.Optional(
    Type.Object({
      id: UpdateOrder.properties.id,
      version: ReleaseVersion,
      /** `waiting` has not begun, for the reason that `words` gives; `fetching` is on its way. */
      phase: Type.Union([Type.Literal("waiting"), Type.Literal("fetching"), UpdatePhase]),
      words: Type.String({ maxLength: 400 }),
      at: Time,
      /** Bytes of the bundle that are there; absent once all of them are. */
      fetchedBytes: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
  ),
});
export type ReportedUpdate = Static<typeof ReportedUpdate>;
