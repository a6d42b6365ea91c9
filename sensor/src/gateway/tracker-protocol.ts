import { Type, type Static } from "typebox";
import { parserOf } from "@cordon/contract";

const Port = Type.Union([Type.Integer({ minimum: 0, maximum: 65535 }), Type.Null()]);
const Bytes = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]);
const Address = Type.String({ minLength: 2, maxLength: 45 });

/** What the tracker tells the judge. */
export const TrackerMessage = Type.Union([
  Type.Object({
    kind: Type.Literal("connection"),
    change: Type.Union([Type.Literal("begun"), Type.Literal("ended")]),
    at: Type.Number(),
    protocol: Type.String({ maxLength: 16 }),
    insideAddress: Address,
    insidePort: Port,
    outsideAddress: Address,
    outsidePort: Port,
    remoteAddress: Address,
    remotePort: Port,
    kernelId: Type.Number(),
    protocolNumber: Type.Integer({ minimum: 0, maximum: 255 }),
    isAnswered: Type.Boolean(),
    bytesOut: Bytes,
    bytesIn: Bytes,
  }),
  /**
   * Connections that our table has translated since it was made, read after all that was told before: what is
   * beyond those that were told of is lost, or about to be told.
   */
  Type.Object({ kind: Type.Literal("count"), translated: Type.Integer({ minimum: 0 }) }),
  /** Connections that were told of by the kernel and did not reach the judge, because it was away too long. */
  Type.Object({ kind: Type.Literal("dropped"), begun: Type.Integer({ minimum: 0 }) }),
]);
export type TrackerMessage = Static<typeof TrackerMessage>;

export const maxTrackerMessageBytes = 4096;
export const parseTrackerMessage = parserOf(TrackerMessage, { maxBytes: maxTrackerMessageBytes });
