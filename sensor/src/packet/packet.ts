import type { Mark, Side } from "../capture/frame.ts";

/**
 * An address as a key of Maps: IPv4 as a 32-bit number with a sign, which the engine keeps as it is where it makes an
 * object of a larger one, IPv6 as the 16 bytes in a latin1 string. Cheap to make and to compare; `formatAddress` writes
 * it for people.
 */
export type AddressKey = number | string;

/** TCP flag bits (RFC 9293 3.1). */
export const tcpFlags = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20 } as const;

/** What frames of PPPoE's discovery say (RFC 2516 5): a router looks for a provider, asks one for a session, and has it. */
export const discoveryCodes = { initiation: 0x09, request: 0x19, confirmation: 0x65 } as const;

export const protocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 } as const;

/**
 * One packet, parsed in place: numbers and offsets into the frame's bytes. One object is reused
 * for all packets; whoever keeps a part of it copies that part. Offsets are -1 where the part is
 * absent or was not captured.
 */
export interface Packet {
  /** Epoch milliseconds. */
  at: number;
  side: Side;
  mark: Mark;
  /** The bytes that hold the frame. They may hold more before and behind it: only offsets lead into them. */
  bytes: Uint8Array;

  /** Source and destination MAC as 48-bit numbers; -1 where the link layer has none, or only zeros. */
  sourceMac: number;
  destinationMac: number;
  /** Outermost VLAN identifier; -1 where untagged. */
  vlan: number;
  /** Behind a second tag, or in a PPPoE session: there the kernel knows no protocols. */
  isWrapped: boolean;

  kind: "arp" | "ip" | "pppoe-discovery" | "other";
  /** 4 or 6; 0 where `kind` is not "ip". */
  family: 0 | 4 | 6;
  /** Offsets of the addresses: 4 or 16 bytes each. */
  sourceOffset: number;
  destinationOffset: number;
  /** Transport protocol after all extension headers; -1 where unknown. */
  protocol: number;
  /** True for every fragment but the first: it has no ports. */
  isLaterFragment: boolean;

  /** Of TCP, UDP and SCTP; -1 where absent, since 0 can be sent too. */
  sourcePort: number;
  destinationPort: number;
  /** TCP flags; 0 where the packet is no TCP. */
  flags: number;
  /** TCP sequence and acknowledgement numbers. */
  sequence: number;
  acknowledgement: number;
  window: number;
  /** ICMP or ICMPv6 type and code; -1 where the packet is none. */
  icmpType: number;
  icmpCode: number;

  /**
   * Where the payload behind the header of TCP, UDP or ICMP (its first 8 bytes) begins, and how much
   * of it was captured; padding of the frame is not counted.
   */
  payloadOffset: number;
  payloadLength: number;

  /** Of ARP for IPv4 over Ethernet: operation (1 request, 2 reply), else 0; addresses as AddressKey. */
  arpOperation: number;
  arpSenderMac: number;
  arpSender: number;
  arpTarget: number;

  /** What a frame of PPPoE's discovery says (RFC 2516 5); 0 where the packet is none. */
  discoveryCode: number;
}

/** An empty packet, to be filled by `parseFrame` again and again. */
export function createPacket(): Packet {
  return {
    at: 0,
    side: null,
    mark: "seen",
    bytes: new Uint8Array(0),
    sourceMac: -1,
    destinationMac: -1,
    vlan: -1,
    isWrapped: false,
    kind: "other",
    family: 0,
    sourceOffset: -1,
    destinationOffset: -1,
    protocol: -1,
    isLaterFragment: false,
    sourcePort: -1,
    destinationPort: -1,
    flags: 0,
    sequence: 0,
    acknowledgement: 0,
    window: 0,
    icmpType: -1,
    icmpCode: -1,
    payloadOffset: -1,
    payloadLength: 0,
    arpOperation: 0,
    arpSenderMac: -1,
    arpSender: 0,
    arpTarget: 0,
    discoveryCode: 0,
  };
}

/** Makes a used packet empty, so that nothing of the one before shows through. */
export function clearPacket(packet: Packet): void {
  packet.sourceMac = -1;
  packet.destinationMac = -1;
  packet.vlan = -1;
  packet.isWrapped = false;
  packet.kind = "other";
  packet.family = 0;
  packet.sourceOffset = -1;
  packet.destinationOffset = -1;
  packet.protocol = -1;
  packet.isLaterFragment = false;
  packet.sourcePort = -1;
  packet.destinationPort = -1;
  packet.flags = 0;
  packet.sequence = 0;
  packet.acknowledgement = 0;
  packet.window = 0;
  packet.icmpType = -1;
  packet.icmpCode = -1;
  packet.payloadOffset = -1;
  packet.payloadLength = 0;
  packet.arpOperation = 0;
  packet.arpSenderMac = -1;
  packet.arpSender = 0;
  packet.arpTarget = 0;
  packet.discoveryCode = 0;
}

/** Where the IP header of a packet of kind "ip" begins. */
export function networkOffset(packet: Packet): number {
  return packet.family === 4 ? packet.sourceOffset - 12 : packet.sourceOffset - 8;
}

/** How many more routers it may pass: TTL (RFC 791), hop limit (RFC 8200). Of a packet of kind "ip". */
export function hopsLeft(packet: Packet): number {
  return packet.bytes[networkOffset(packet) + (packet.family === 4 ? 8 : 7)] ?? 0;
}

/** Whether it is an ICMP or ICMPv6 message that reports an error and quotes a header (RFC 1122 3.2.2, RFC 4443 2.1). */
export function isIcmpError(packet: Packet): boolean {
  const type = packet.icmpType;
  if (packet.protocol === protocols.icmp) return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
  return packet.protocol === protocols.icmpv6 && type >= 1 && type <= 4;
}

/** Whether it asks by ICMP whether anybody is there, or answers that (RFC 792, RFC 950, RFC 4443 4). */
export function isPing(packet: Packet): boolean {
  return isPingQuestion(packet) || isPingAnswer(packet);
}

/** Echo, timestamp and address mask requests. */
export function isPingQuestion({ protocol, icmpType }: Packet): boolean {
  if (protocol === protocols.icmp) return icmpType === 8 || icmpType === 13 || icmpType === 17;
  return protocol === protocols.icmpv6 && icmpType === 128;
}

export function isPingAnswer({ protocol, icmpType }: Packet): boolean {
  if (protocol === protocols.icmp) return icmpType === 0 || icmpType === 14 || icmpType === 18;
  return protocol === protocols.icmpv6 && icmpType === 129;
}
