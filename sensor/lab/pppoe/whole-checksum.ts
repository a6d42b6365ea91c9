import { protocols } from "../../src/packet/packet.ts";
import { internetChecksum } from "../../src/remedy/internet-checksum.ts";

/**
 * Writes the checksum of TCP or UDP into an IPv4 packet. A kernel leaves it to the last device, and a cable between two
 * namespaces is none: whoever takes a packet off it finds half a sum. What is a fragment was summed up before it was cut.
 */
export function completeChecksum(packet: Buffer): void {
  if (packet.length < 20 || packet.readUInt8(0) >> 4 !== 4) return;
  const headerBytes = (packet.readUInt8(0) & 0x0f) * 4;
  const protocol = packet.readUInt8(9);
  const isFragment = (packet.readUInt16BE(6) & 0x3fff) !== 0;
  const place = protocol === protocols.tcp ? 16 : protocol === protocols.udp ? 6 : null;
  const segment = packet.subarray(headerBytes, packet.readUInt16BE(2));
  if (isFragment || place === null || segment.length < place + 2) return;
  segment.writeUInt16BE(0, place);
  let pseudoHeader = protocol + segment.length;
  for (let at = 12; at < 20; at += 2) pseudoHeader += packet.readUInt16BE(at);
  const sum = internetChecksum(segment, pseudoHeader);
  // In UDP zero says that there is none (RFC 768).
  segment.writeUInt16BE(sum === 0 && protocol === protocols.udp ? 0xffff : sum, place);
}
