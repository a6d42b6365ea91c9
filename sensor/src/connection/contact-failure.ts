import { protocols, type Packet } from "../packet/packet.ts";

/** What an ICMP error says of the packet it quotes; null where nothing failed (too big, redirected). */
export function contactFailureOf(packet: Packet): "unreachable" | "forbidden" | null {
  const { icmpType, icmpCode } = packet;
  if (packet.protocol === protocols.icmp) {
    if (icmpType === 11) return "unreachable";
    if (icmpType !== 3 || icmpCode === 4) return null;
    // RFC 1812 5.2.7.1: 9, 10 and 13 are prohibitions.
    return icmpCode === 9 || icmpCode === 10 || icmpCode === 13 ? "forbidden" : "unreachable";
  }
  if (icmpType === 3) return "unreachable";
  if (icmpType !== 1) return null;
  // RFC 4443 3.1: 1, 5 and 6 are policies.
  return icmpCode === 1 || icmpCode === 5 || icmpCode === 6 ? "forbidden" : "unreachable";
}
