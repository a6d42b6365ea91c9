import { readByte, readUint16, readUint32 } from "./bytes.ts";
import { protocols, type Packet } from "./packet.ts";
import type { WeirdCounter } from "./weird.ts";

/**
 * Parses the header behind IP. `end` is where the captured bytes end, `packetEnd` where the packet
 * ended on the wire: what lies between was cut by the capture and is not odd.
 */
export function parseTransport(
  offset: number,
  end: number,
  packetEnd: number,
  into: Packet,
  weird: WeirdCounter,
): void {
  switch (into.protocol) {
    case protocols.tcp:
      parseTcp(offset, end, packetEnd, into, weird);
      return;
    case protocols.udp:
      parseUdp(offset, end, packetEnd, into, weird);
      return;
    case protocols.icmp:
    case protocols.icmpv6:
      parseIcmp(offset, end, into, weird);
      return;
    case protocols.sctp:
      parseSctp(offset, end, into);
      return;
    default:
  }
}

/** RFC 9293 section 3.1. */
function parseTcp(offset: number, end: number, packetEnd: number, into: Packet, weird: WeirdCounter): void {
  const bytes = into.bytes;
  if (end - offset >= 4) {
    into.sourcePort = readUint16(bytes, offset);
    into.destinationPort = readUint16(bytes, offset + 2);
  }
  if (end - offset < 20) {
    weird.count("truncated-tcp-header");
    return;
  }
  into.sequence = readUint32(bytes, offset + 4);
  into.acknowledgement = readUint32(bytes, offset + 8);
  into.flags = readByte(bytes, offset + 13) & 0x3f;
  into.window = readUint16(bytes, offset + 14);
  const headerLength = (readByte(bytes, offset + 12) >> 4) << 2;
  if (headerLength < 20 || offset + headerLength > packetEnd) {
    weird.count("bad-tcp-offset");
    return;
  }
  if (offset + headerLength > end) return;
  into.payloadOffset = offset + headerLength;
  into.payloadLength = end - into.payloadOffset;
}

/** RFC 768. */
function parseUdp(offset: number, end: number, packetEnd: number, into: Packet, weird: WeirdCounter): void {
  const bytes = into.bytes;
  if (end - offset >= 4) {
    into.sourcePort = readUint16(bytes, offset);
    into.destinationPort = readUint16(bytes, offset + 2);
  }
  if (end - offset < 8) {
    weird.count("truncated-udp-header");
    return;
  }
  // Zero is a jumbogram, or a first fragment of a card that fills the length in later. A length
  // beyond the packet is what the first fragment of a larger datagram says.
  const length = readUint16(bytes, offset + 4);
  if (length !== 0 && length < 8) {
    weird.count("bad-udp-length");
    return;
  }
  const datagramEnd = length === 0 || offset + length > packetEnd ? packetEnd : offset + length;
  into.payloadOffset = offset + 8;
  into.payloadLength = (datagramEnd < end ? datagramEnd : end) - into.payloadOffset;
}

/** RFC 9260 section 3: ports stand where those of TCP and UDP do. */
function parseSctp(offset: number, end: number, into: Packet): void {
  if (end - offset < 4) return;
  into.sourcePort = readUint16(into.bytes, offset);
  into.destinationPort = readUint16(into.bytes, offset + 2);
}

/** RFC 792 and RFC 4443: type, code, checksum, four bytes that depend on the type. */
function parseIcmp(offset: number, end: number, into: Packet, weird: WeirdCounter): void {
  if (end - offset >= 2) {
    into.icmpType = readByte(into.bytes, offset);
    into.icmpCode = readByte(into.bytes, offset + 1);
  }
  if (end - offset < 8) {
    weird.count("truncated-icmp-header");
    return;
  }
  into.payloadOffset = offset + 8;
  into.payloadLength = end - into.payloadOffset;
}
