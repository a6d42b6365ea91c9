import type { Mark, Side } from "../capture/frame.ts";

/**
 * An address as a key of Maps: IPv4 as an unsigned 32-bit number, IPv6 as the 16 bytes in a
 * latin1 string. Cheap to make and to compare; `formatAddress` writes it for people.
 */
export type AddressKey = number | string;

/** TCP flag bits (RFC 9293 3.1). */
export const tcpFlags = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20 } as const;

export const protocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

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
  /** The frame's bytes, from the link-layer header on. */
  bytes: Uint8Array;

  /** Source and destination MAC as 48-bit numbers; -1 where the link layer has none. */
  sourceMac: number;
  destinationMac: number;
  /** Outermost VLAN identifier; -1 where untagged. */
  vlan: number;

  kind: "arp" | "ip" | "other";
  /** 4 or 6; 0 where `kind` is not "ip". */
  family: 0 | 4 | 6;
  /** Offsets of the addresses: 4 or 16 bytes each. */
  sourceOffset: number;
  destinationOffset: number;
  /** Transport protocol after all extension headers; -1 where unknown. */
  protocol: number;
  /** True for every fragment but the first: it has no ports. */
  isLaterFragment: boolean;

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

  /** Where the payload of TCP, UDP or ICMP begins, and how much of it was captured. */
  payloadOffset: number;
  payloadLength: number;

  /** Of ARP for IPv4 over Ethernet: operation (1 request, 2 reply), else 0; addresses as AddressKey. */
  arpOperation: number;
  arpSenderMac: number;
  arpSender: number;
  arpTarget: number;
}
