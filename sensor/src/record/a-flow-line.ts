import type { FlowLine } from "../connection/flow.ts";
import { protocols } from "../packet/packet.ts";

/** A line for tests: a page that a machine of the office called, and that answered. */
export function aFlowLine(fields: Partial<FlowLine> = {}): FlowLine {
  const startedAt = fields.startedAt ?? 1_790_000_000_000;
  return {
    ...{ protocol: protocols.tcp, isInbound: false, host: "02:00:00:00:00:0a", verdict: "clear" },
    ...{ inside: 0x0a00_000a, insidePort: 50_000, outside: null, outsidePort: -1 },
    ...{ remote: 0xcb00_7101 | 0, remotePort: 443, startedAt, lastAt: startedAt + 1500, isEnded: true },
    ...{ outcome: "established", name: "www.example.net", attempts: 1, bytesOut: 700, bytesIn: 5_000_000_000 },
    ...fields,
  };
}
