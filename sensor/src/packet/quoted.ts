import { parseIp } from "./ip.ts";
import { clearPacket, isIcmpError, type Packet } from "./packet.ts";
import { WeirdCounter } from "./weird.ts";

/**
 * Parses the header that an ICMP error quotes into a second packet: addresses, protocol and ports of
 * the packet that failed. False where there is none to read. The quotation is cut short by design
 * (RFC 792: 8 bytes behind the IP header), so flags and sequence are mostly absent, and nothing
 * about it counts as weird.
 */
export function parseQuoted(error: Packet, into: Packet): boolean {
  if (!isIcmpError(error) || error.payloadOffset < 0) return false;
  clearPacket(into);
  into.at = error.at;
  into.side = error.side;
  into.mark = error.mark;
  into.bytes = error.bytes;
  parseIp(error.payloadOffset, error.payloadOffset + error.payloadLength, into, new WeirdCounter());
  return into.kind === "ip";
}
