import { networkOffset, protocols, tcpFlags, type Packet } from "../packet/packet.ts";
import { readUint16 } from "../packet/bytes.ts";
import { internetChecksum } from "./internet-checksum.ts";
import type { PortalPage, PortalPages } from "./portal-page.ts";
import { wantedLanguage } from "./portal-words.ts";

/**
 * The far end of a connection that there is none of: answers the packets of a quarantined machine to port 80 of an
 * address, in that address's name, without remembering anything. A sequence number that follows from the connection's
 * addresses and ports by a secret (RFC 4987 3.6) tells whom the SYN-ACK was for.
 *
 * One request is answered by one segment that ends the connection. What follows of a longer request is
 * acknowledged when the machine shows that it has the answer; until then it would repeat what was lost. Everything else
 * is reset.
 */

const windowBytes = 8192;
const maxSegmentBytes = 1400;
const hopLimit = 64;
const tcpHeaderBytes = 20;

export interface PortalOptions {
  readonly pages: PortalPages;
  /** 32 bits that nobody else can tell, of addresses and ports. */
  readonly cookieOf: (connection: Uint8Array) => number;
}

export interface PortalAnswer {
  readonly frame: Uint8Array;
  /** Whether it answers a request; else it belongs to what is around one. */
  readonly isPage: boolean;
}

interface Reply {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly options?: Uint8Array;
  readonly payload?: Uint8Array;
}

const none = new Uint8Array(0);
const { fin, syn, rst, psh, ack } = tcpFlags;

/**
 * The frame that answers a frame, or null where none does. `linkStart` is where in the packet's bytes its link header
 * begins; plain and tagged Ethernet are answered.
 */
export function portalAnswer(packet: Packet, linkStart: number, options: PortalOptions): PortalAnswer | null {
  if (packet.kind !== "ip" || packet.protocol !== protocols.tcp || packet.isLaterFragment) return null;
  if (packet.destinationPort !== 80 || packet.payloadOffset < 0) return null;
  const linkBytes = networkOffset(packet) - linkStart;
  if (linkBytes !== 14 && linkBytes !== 18) return null;
  const cookie = options.cookieOf(connectionOf(packet)) >>> 0;
  const reply = replyTo(packet, cookie, options.pages);
  if (reply === null) return null;
  return { frame: frameOf(packet, linkStart, linkBytes, reply), isPage: reply.payload !== undefined };
}

function replyTo(packet: Packet, cookie: number, pages: PortalPages): Reply | null {
  const { flags, sequence, acknowledgement } = packet;
  // RFC 9293 3.5.2: a reset is never answered.
  if ((flags & rst) !== 0) return null;
  if ((flags & syn) !== 0) {
    if ((flags & (ack | fin)) !== 0) return null;
    const options = Uint8Array.from([2, 4, maxSegmentBytes >> 8, maxSegmentBytes & 0xff]);
    return { flags: syn | ack, sequence: cookie, acknowledgement: (sequence + 1) >>> 0, options };
  }
  if ((flags & ack) === 0) return null;
  const segmentBytes = segmentBytesOf(packet);
  const isEnd = (flags & fin) !== 0;
  const after = (sequence + segmentBytes + (isEnd ? 1 : 0)) >>> 0;
  const reset: Reply = { flags: rst, sequence: acknowledgement, acknowledgement: 0 };
  const received = (acknowledgement - cookie - 1) >>> 0;
  if (received === 0) {
    if (segmentBytes === 0) return isEnd ? reset : null;
    const method = methodOf(packet);
    if (method === "other") return reset;
    // A later part of a request, which says nothing by itself.
    if (method === null) return null;
    const page = pageFor(packet, pages);
    const payload = method === "GET" ? page.get : page.head;
    return { flags: ack | psh | fin, sequence: acknowledgement, acknowledgement: after, payload };
  }
  // With and without the end that came behind it.
  const isAnswer = [...pages.byLanguage.values()].some(({ get, head }) =>
    [get, head].some(({ length }) => received === length || received === length + 1),
  );
  if (!isAnswer) return reset;
  if (segmentBytes === 0 && !isEnd) return null;
  return { flags: ack, sequence: acknowledgement, acknowledgement: after };
}

/** Of the segment as it was sent, of which the copy may hold a part. */
function segmentBytesOf(packet: Packet): number {
  const network = networkOffset(packet);
  const end =
    packet.family === 4
      ? network + readUint16(packet.bytes, network + 2)
      : network + 40 + readUint16(packet.bytes, network + 4);
  return Math.max(0, end - packet.payloadOffset);
}

/** The method that a segment begins with; null where it begins with none. */
function methodOf(packet: Packet): "GET" | "HEAD" | "other" | null {
  const { bytes, payloadOffset, payloadLength } = packet;
  const begin = Buffer.from(bytes.subarray(payloadOffset, payloadOffset + Math.min(payloadLength, 10))).toString(
    "latin1",
  );
  if (begin.startsWith("GET ")) return "GET";
  if (begin.startsWith("HEAD ")) return "HEAD";
  return /^(POST|PUT|OPTIONS|CONNECT|DELETE|PATCH|TRACE|PROPFIND|PRI) /.test(begin) ? "other" : null;
}

/**
 * The page in the language that the browser asks for, where that stands in the copy: its headers come behind some hundred bytes,
 * and a system's own probe names none.
 */
function pageFor({ bytes, payloadOffset, payloadLength }: Packet, { byLanguage, otherwise }: PortalPages): PortalPage {
  const request = Buffer.from(bytes.buffer, bytes.byteOffset + payloadOffset, payloadLength).toString("latin1");
  const [, said = ""] = /\r\naccept-language:([^\r\n]*)/i.exec(request) ?? [];
  return byLanguage.get(wantedLanguage(said) ?? "") ?? otherwise;
}

function connectionOf(packet: Packet): Uint8Array {
  const size = packet.family === 4 ? 8 : 32;
  const key = new Uint8Array(size + 2);
  // Both addresses lie one behind the other.
  key.set(packet.bytes.subarray(packet.sourceOffset, packet.sourceOffset + size));
  key[size] = packet.sourcePort >> 8;
  key[size + 1] = packet.sourcePort & 0xff;
  return key;
}

function frameOf(packet: Packet, linkStart: number, linkBytes: number, reply: Reply): Uint8Array {
  const { bytes } = packet;
  const options = reply.options ?? none;
  const payload = reply.payload ?? none;
  const tcpBytes = tcpHeaderBytes + options.length + payload.length;
  const networkBytes = packet.family === 4 ? 20 : 40;
  const frame = new Uint8Array(linkBytes + networkBytes + tcpBytes);
  const view = new DataView(frame.buffer);
  frame.set(bytes.subarray(linkStart, linkStart + linkBytes));
  frame.set(bytes.subarray(linkStart + 6, linkStart + 12), 0);
  frame.set(bytes.subarray(linkStart, linkStart + 6), 6);

  const addressBytes = packet.family === 4 ? 4 : 16;
  const addressesAt = linkBytes + (packet.family === 4 ? 12 : 8);
  frame.set(bytes.subarray(packet.destinationOffset, packet.destinationOffset + addressBytes), addressesAt);
  frame.set(bytes.subarray(packet.sourceOffset, packet.sourceOffset + addressBytes), addressesAt + addressBytes);
  if (packet.family === 4) {
    view.setUint16(linkBytes, 0x4500);
    view.setUint16(linkBytes + 2, networkBytes + tcpBytes);
    // Do not fragment: it fits.
    view.setUint16(linkBytes + 6, 0x4000);
    view.setUint16(linkBytes + 8, (hopLimit << 8) | protocols.tcp);
    view.setUint16(linkBytes + 10, internetChecksum(frame.subarray(linkBytes, linkBytes + networkBytes)));
  } else {
    view.setUint32(linkBytes, 0x6000_0000);
    view.setUint16(linkBytes + 4, tcpBytes);
    view.setUint16(linkBytes + 6, (protocols.tcp << 8) | hopLimit);
  }

  const at = linkBytes + networkBytes;
  view.setUint16(at, packet.destinationPort);
  view.setUint16(at + 2, packet.sourcePort);
  view.setUint32(at + 4, reply.sequence);
  view.setUint32(at + 8, reply.acknowledgement);
  view.setUint16(at + 12, (((tcpHeaderBytes + options.length) / 4) << 12) | reply.flags);
  view.setUint16(at + 14, (reply.flags & rst) === 0 ? windowBytes : 0);
  frame.set(options, at + tcpHeaderBytes);
  frame.set(payload, at + tcpHeaderBytes + options.length);
  // RFC 9293 3.1, RFC 8200 8.1: over both addresses, length, protocol and the segment, which begins at an even byte.
  view.setUint16(at + 16, internetChecksum(frame.subarray(addressesAt), protocols.tcp + tcpBytes));
  return frame;
}
