import { readByte, readUint16 } from "./bytes.ts";
import type { Packet } from "./packet.ts";
import { parseTransport } from "./transport.ts";
import type { WeirdCounter } from "./weird.ts";

/** Extension headers that carry others (RFC 8200 section 4, RFC 4302). */
const extensions = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, destinationOptions: 60 } as const;

/** RFC 8200 recommends each but one at most once; honest packets stay far below. */
const maxExtensionHeaders = 8;

/** Parses whichever IP version the first byte says. */
export function parseIp(offset: number, end: number, into: Packet, weird: WeirdCounter): void {
  const version = readByte(into.bytes, offset) >> 4;
  if (version === 4) parseIpv4(offset, end, into, weird);
  else if (version === 6) parseIpv6(offset, end, into, weird);
  else weird.count("bad-ip-version");
}

/** RFC 791. */
export function parseIpv4(offset: number, end: number, into: Packet, weird: WeirdCounter): void {
  const bytes = into.bytes;
  const captured = end - offset;
  if (captured < 20) {
    weird.count("truncated-ipv4-header");
    return;
  }
  const first = readByte(bytes, offset);
  if (first >> 4 !== 4) {
    weird.count("bad-ip-version");
    return;
  }
  into.kind = "ip";
  into.family = 4;
  into.sourceOffset = offset + 12;
  into.destinationOffset = offset + 16;
  const headerLength = (first & 0x0f) << 2;
  if (headerLength < 20) {
    weird.count("bad-ipv4-header-length");
    return;
  }
  const protocol = readByte(bytes, offset + 9);
  const fragmentOffset = readUint16(bytes, offset + 6) & 0x1fff;
  // A length of zero is a segment that the network card cuts up only after the capture.
  const statedLength = readUint16(bytes, offset + 2);
  const totalLength = statedLength === 0 ? captured : statedLength;
  if (totalLength < headerLength) {
    weird.count("bad-ipv4-length");
    return;
  }
  if (captured < headerLength) {
    weird.count("truncated-ipv4-header");
    return;
  }
  into.protocol = protocol;
  if (fragmentOffset > 0) {
    into.isLaterFragment = true;
    return;
  }
  const packetEnd = offset + totalLength;
  parseTransport(offset + headerLength, packetEnd < end ? packetEnd : end, packetEnd, into, weird);
}

/** RFC 8200. */
export function parseIpv6(offset: number, end: number, into: Packet, weird: WeirdCounter): void {
  const bytes = into.bytes;
  if (end - offset < 40) {
    weird.count("truncated-ipv6-header");
    return;
  }
  if (readByte(bytes, offset) >> 4 !== 6) {
    weird.count("bad-ip-version");
    return;
  }
  into.kind = "ip";
  into.family = 6;
  into.sourceOffset = offset + 8;
  into.destinationOffset = offset + 24;
  const statedLength = readUint16(bytes, offset + 4);
  // A length of zero is a jumbogram (RFC 2675) or a segment not yet cut up.
  const packetEnd = statedLength === 0 ? end : offset + 40 + statedLength;
  const capturedEnd = packetEnd < end ? packetEnd : end;

  let next = readByte(bytes, offset + 6);
  let at = offset + 40;
  for (let count = 0; isExtension(next); count += 1) {
    if (count === maxExtensionHeaders) {
      weird.count("too-many-extension-headers");
      return;
    }
    if (capturedEnd - at < 8) {
      weird.count("truncated-ipv6-extension-header");
      return;
    }
    const kind = next;
    next = readByte(bytes, at);
    if (kind === extensions.fragment) {
      if (readUint16(bytes, at + 2) >> 3 > 0) {
        into.protocol = next;
        into.isLaterFragment = true;
        return;
      }
      at += 8;
    } else if (kind === extensions.authentication) {
      at += (readByte(bytes, at + 1) + 2) << 2;
    } else {
      at += (readByte(bytes, at + 1) + 1) << 3;
    }
  }
  into.protocol = next;
  if (at > capturedEnd) {
    weird.count("truncated-ipv6-extension-header");
    into.protocol = -1;
    return;
  }
  parseTransport(at, capturedEnd, packetEnd, into, weird);
}

function isExtension(protocol: number): boolean {
  return (
    protocol === extensions.hopByHop ||
    protocol === extensions.routing ||
    protocol === extensions.fragment ||
    protocol === extensions.destinationOptions ||
    protocol === extensions.authentication
  );
}
