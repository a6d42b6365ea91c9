import { Type, type Static } from "typebox";
import { Time } from "./words.ts";

/** How `hello` says that a sensor follows a {@link WipeOrder}. */
export const takesWipe = "wipe";

/**
 * An order to forget the site for good: at the end of a job, or where a box is lost. The document that carries it wishes for nothing
 * else, so that what is cut off is let go first; then the box destroys its keys and all that it has kept, says so, and does nothing any
 * more but carry the line. It is in the signed document, and like all of it obeyed once.
 */
export const WipeOrder = Type.Object({
  /** Given by the controller, never used again. */
  id: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,63}$" }),
  author: Type.String({ minLength: 1, maxLength: 200 }),
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  at: Time,
});
export type WipeOrder = Static<typeof WipeOrder>;

/** What the box found of itself and did at the end, signed by the key that it destroyed. */
export const WipeIntegrity = Type.Object({
  /** JSON of a {@link WipeStatement}; these bytes are signed. */
  statement: Type.String({ maxLength: 16_384 }),
  /** ECDSA with SHA-256 (DER, base64). */
  signature: Type.String({ maxLength: 512, contentEncoding: "base64" }),
  /** PEM: whose key that was. */
  certificate: Type.String({ maxLength: 8192 }),
});
export type WipeIntegrity = Static<typeof WipeIntegrity>;

/** What a box states of itself when it has forgotten its site. */
export interface WipeStatement {
  readonly sensor: string;
  readonly site: string;
  readonly orderId: string;
  /** Epoch milliseconds, by the box's clock. */
  readonly at: number;
  /** Version of the sensor's program; on a box that of the release which it is part of. */
  readonly software: string;
  /** Root with slot and hash, whether each of its blocks is verified when it is read, kernel; empty where the system did not say. */
  readonly runs: readonly string[];
  readonly destroyed: readonly string[];
  readonly left: readonly string[];
}

/** What became of it, told by the key that is gone from the disk already and lives in memory until the controller takes it no longer. */
export const ReportedWipe = Type.Object({
  orderId: WipeOrder.properties.id,
  at: Time,
  /** Keys and files that are no more. */
  destroyed: Type.Integer({ minimum: 0 }),
  /** What is still there and holds something of the site, for a person; empty where nothing is. */
  left: Type.Array(Type.String({ maxLength: 200 }), { maxItems: 16 }),
  /** Absent from a sensor that signs none, and where the box had no key any more. */
  integrity: Type.Optional(WipeIntegrity),
});
export type ReportedWipe = Static<typeof ReportedWipe>;
