import { linkTypes, type Frame } from "../capture/frame.ts";
import { parseArp } from "./arp.ts";
import { readByte, readMac, readUint16 } from "./bytes.ts";
import { parseIp, parseIpv4, parseIpv6 } from "./ip.ts";
import { clearPacket, discoveryCodes, type Packet } from "./packet.ts";
import type { WeirdCounter } from "./weird.ts";

const etherTypes = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ipv6: 0x86dd,
  pppoeDiscovery: 0x8863,
  pppoeSession: 0x8864,
  providerVlan: 0x88a8,
  oldProviderVlan: 0x9100,
} as const;

/** What a quiet office carries besides IP: known, and nothing to judge. */
const silentEtherTypes: ReadonlySet<number> = new Set([
  0x0842, // wake on LAN
  0x22f0, // audio and video transport
  0x6002, // DEC MOP
  0x8035, // reverse ARP
  0x809b, // AppleTalk
  0x80f3, // AppleTalk ARP
  0x8137, // IPX
  0x8808, // Ethernet flow control
  0x8809, // slow protocols: LACP
  0x8847, // MPLS
  0x8848, // MPLS multicast
  0x886d, // Intel teaming
  0x8874, // Realtek loop detection
  0x887b, // HomePlug
  0x888e, // 802.1X
  0x8892, // PROFINET
  0x8899, // Realtek remote control
  0x88cc, // LLDP
  0x88e1, // HomePlug AV
  0x88e5, // MACsec
  0x88f7, // precision time
  0x8912, // mediaxtream
  0x893a, // IEEE 1905
  0x9000, // configuration test
]);

/** Below this the field is a length: 802.3 with LLC (spanning tree, old protocols). */
const smallestEtherType = 0x0600;

/** What this many tags hide is no office's network; the kernel matches two. */
const maxVlanTags = 4;

/**
 * Parses a frame into a reused packet, in place and without allocation. False where there is nothing
 * to judge: a link type we do not read or a link-layer header that was not captured whole. All that is odd is counted.
 */
export function parseFrame(frame: Frame, into: Packet, weird: WeirdCounter): boolean {
  clearPacket(into);
  const bytes = frame.bytes;
  const start = frame.start ?? 0;
  const end = frame.end ?? bytes.length;
  into.at = frame.at;
  into.side = frame.side;
  into.mark = frame.mark;
  into.bytes = bytes;
  switch (frame.linkType) {
    case linkTypes.ethernet:
      if (end - start < 14) return weird.count("truncated-ethernet-header");
      into.destinationMac = readMac(bytes, start);
      into.sourceMac = readMac(bytes, start + 6);
      parseEtherType(readUint16(bytes, start + 12), start + 14, end, into, weird);
      return true;
    case linkTypes.raw:
    case linkTypes.rawBsd:
    case linkTypes.rawOpenBsd:
    case linkTypes.ipv4:
    case linkTypes.ipv6:
      if (end <= start) return weird.count("truncated-link-header");
      parseIp(start, end, into, weird);
      return true;
    case linkTypes.linuxSll:
      if (end - start < 16) return weird.count("truncated-link-header");
      into.sourceMac = cookedMac(bytes, start + 2, readUint16(bytes, start + 4), start + 6);
      parseEtherType(readUint16(bytes, start + 14), start + 16, end, into, weird);
      return true;
    case linkTypes.linuxSll2:
      if (end - start < 20) return weird.count("truncated-link-header");
      into.sourceMac = cookedMac(bytes, start + 8, readByte(bytes, start + 11), start + 12);
      parseEtherType(readUint16(bytes, start), start + 20, end, into, weird);
      return true;
    case linkTypes.null:
    case linkTypes.loop:
      return parseLoopback(start, end, into, weird);
    default:
      return weird.count("unknown-link-type");
  }
}

/** The sender's MAC in a Linux cooked header; -1 where the device's addresses are no MACs. */
function cookedMac(bytes: Uint8Array, deviceTypeOffset: number, addressLength: number, addressOffset: number): number {
  const arphrdEthernet = 1;
  if (readUint16(bytes, deviceTypeOffset) !== arphrdEthernet || addressLength !== 6) return -1;
  return readMac(bytes, addressOffset);
}

function parseEtherType(first: number, from: number, end: number, into: Packet, weird: WeirdCounter): void {
  let etherType = first;
  let offset = from;
  for (let tags = 0; isVlanTag(etherType); tags += 1) {
    if (tags === maxVlanTags) {
      weird.count("too-many-vlan-tags");
      return;
    }
    if (end - offset < 4) {
      weird.count("truncated-vlan-tag");
      return;
    }
    if (tags === 1) into.isWrapped = true;
    if (tags === 0) into.vlan = readUint16(into.bytes, offset) & 0x0fff;
    etherType = readUint16(into.bytes, offset + 2);
    offset += 4;
  }
  switch (etherType) {
    case etherTypes.ipv4:
      parseIpv4(offset, end, into, weird);
      return;
    case etherTypes.ipv6:
      parseIpv6(offset, end, into, weird);
      return;
    case etherTypes.arp:
      parseArp(offset, end, into, weird);
      return;
    case etherTypes.pppoeSession:
      into.isWrapped = true;
      parsePppoe(offset, end, into, weird);
      return;
    case etherTypes.pppoeDiscovery:
      parseDiscovery(offset, end, into, weird);
      return;
    default:
      if (etherType >= smallestEtherType && !silentEtherTypes.has(etherType)) weird.count("unknown-ethertype");
  }
}

function isVlanTag(etherType: number): boolean {
  return (
    etherType === etherTypes.vlan || etherType === etherTypes.providerVlan || etherType === etherTypes.oldProviderVlan
  );
}

/** RFC 2516 section 5; its tags are of no concern. */
function parseDiscovery(offset: number, end: number, into: Packet, weird: WeirdCounter): void {
  if (end - offset < 6) {
    weird.count("truncated-pppoe-header");
    return;
  }
  if (readByte(into.bytes, offset) !== 0x11) {
    weird.count("bad-pppoe-header");
    return;
  }
  into.kind = "pppoe-discovery";
  const code = readByte(into.bytes, offset + 1);
  // A confirmation without a session is a refusal (RFC 2516 5.4).
  const isRefusal = code === discoveryCodes.confirmation && readUint16(into.bytes, offset + 2) === 0;
  into.discoveryCode = isRefusal ? 0 : code;
}

/** RFC 2516 section 4, then the PPP protocol field of RFC 1661 section 2. */
function parsePppoe(offset: number, end: number, into: Packet, weird: WeirdCounter): void {
  const bytes = into.bytes;
  if (end - offset < 8) {
    weird.count("truncated-pppoe-header");
    return;
  }
  if (readByte(bytes, offset) !== 0x11 || readByte(bytes, offset + 1) !== 0) {
    weird.count("bad-pppoe-header");
    return;
  }
  // A protocol field whose first byte is odd was compressed to that byte.
  const firstByte = readByte(bytes, offset + 6);
  const isCompressed = (firstByte & 1) === 1;
  const protocol = isCompressed ? firstByte : readUint16(bytes, offset + 6);
  const payload = offset + (isCompressed ? 7 : 8);
  const pppIpv4 = 0x0021;
  const pppIpv6 = 0x0057;
  if (protocol === pppIpv4) parseIpv4(payload, end, into, weird);
  else if (protocol === pppIpv6) parseIpv6(payload, end, into, weird);
}

/** Four bytes of address family in the byte order of the machine that captured, then IP. */
function parseLoopback(start: number, end: number, into: Packet, weird: WeirdCounter): boolean {
  if (end - start < 4) return weird.count("truncated-link-header");
  const high = readUint16(into.bytes, start);
  const low = readUint16(into.bytes, start + 2);
  // The family is a small number: whichever half is zero tells the byte order.
  const family = high === 0 ? low : low === 0 ? ((high & 0xff) << 8) | (high >> 8) : -1;
  switch (family) {
    case 2:
      parseIpv4(start + 4, end, into, weird);
      return true;
    // AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS.
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
      parseIpv6(start + 4, end, into, weird);
      return true;
    default:
      weird.count("unknown-link-family");
      return true;
  }
}
