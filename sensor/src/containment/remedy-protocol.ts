/**
 * What the judge may ask of the executor for quarantined machines: ways that stay open. Apart from the steps of
 * containments, since none of it is kept on disk, all but the site's own ends by itself, and nobody waits for a look
 * at the whole table.
 */
import { Type, type Static } from "typebox";
import { Mac } from "@cordon/contract";

const Port = Type.Integer({ minimum: 1, maximum: 65535 });
const Address = Type.String({ pattern: "^[0-9a-f:.]{2,45}$" });
/** The bounds of the answer's own time; the judge keeps to a minute at least. */
const Seconds = Type.Integer({ minimum: 1, maximum: 3600 });

export const RemedyChange = Type.Object({
  /** Takes the place of all before; absent leaves them. */
  resolvers: Type.Optional(Type.Array(Address, { maxItems: 16 })),
  /** For every quarantined machine. Takes the place of all before; absent leaves them. */
  addresses: Type.Optional(Type.Array(Type.Object({ address: Address, port: Port }), { maxItems: 512 })),
  /** Opened for so long from now, or kept open for longer. */
  remedies: Type.Array(
    Type.Object({ mac: Mac, address: Address, ports: Type.Array(Port, { maxItems: 16 }), seconds: Seconds }),
    { maxItems: 5000 },
  ),
  /** Addresses whose port 80 the page answers. */
  portals: Type.Array(Type.Object({ mac: Mac, address: Address, seconds: Seconds }), { maxItems: 5000 }),
});
export type RemedyChange = Static<typeof RemedyChange>;

/** What came of it. */
export const RemedyOutcome = Type.Object({
  /** Packets that went to addresses by remedies, by machine; of the last day. */
  used: Type.Array(Type.Object({ mac: Mac, address: Address, packets: Type.Integer() })),
  /** What was left out, in words, each once; none where all was done. */
  refused: Type.Array(Type.String()),
});
export type RemedyOutcome = Static<typeof RemedyOutcome>;

/** The executor as the judge sees it here. Rejects with a SensorError when it is not there. */
export interface RemedyExecutor {
  openRemedies(change: RemedyChange, signal: AbortSignal): Promise<RemedyOutcome>;
}
