import { readMac, readUint16, readInt32 } from "./bytes.ts";
import type { Packet } from "./packet.ts";
import type { WeirdCounter } from "./weird.ts";

/** RFC 826. Only IPv4 over Ethernet has its fields filled. */
export function parseArp(offset: number, end: number, into: Packet, weird: WeirdCounter): void {
  const bytes = into.bytes;
  into.kind = "arp";
  if (end - offset < 8) {
    weird.count("truncated-arp");
    return;
  }
  const hardwareType = readUint16(bytes, offset);
  const isEthernet = hardwareType === 1 || hardwareType === 6;
  const isIpv4 = readUint16(bytes, offset + 2) === 0x0800;
  // Lengths of a MAC and of an IPv4 address, one byte each.
  if (!isEthernet || !isIpv4 || readUint16(bytes, offset + 4) !== 0x0604) return;
  if (end - offset < 28) {
    weird.count("truncated-arp");
    return;
  }
  into.arpOperation = readUint16(bytes, offset + 6);
  into.arpSenderMac = readMac(bytes, offset + 8);
  into.arpSender = readInt32(bytes, offset + 14);
  into.arpTarget = readInt32(bytes, offset + 24);
}
