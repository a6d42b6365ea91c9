import type { TranslatedFlow } from "../connection/flow.ts";
import { parseAddress } from "../packet/address.ts";
import type { ConnectionEvent } from "./connection-event.ts";

/** What connection tracking told, for the flow log; null of addresses that are none. */
export function translatedFlow(event: ConnectionEvent): TranslatedFlow | null {
  const inside = parseAddress(event.insideAddress);
  const outside = parseAddress(event.outsideAddress);
  const remote = parseAddress(event.remoteAddress);
  if (inside === null || outside === null || remote === null) return null;
  const { change, at, protocolNumber: protocol, isAnswered, bytesOut, bytesIn } = event;
  return {
    ...{ change, at, protocol, inside, outside, remote, isAnswered, bytesOut, bytesIn },
    insidePort: event.insidePort ?? -1,
    outsidePort: event.outsidePort ?? -1,
    remotePort: event.remotePort ?? -1,
  };
}
