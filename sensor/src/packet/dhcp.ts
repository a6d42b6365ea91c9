import { readByte, readMac, readUint16, readUint32 } from "./bytes.ts";
import type { WeirdCounter } from "./weird.ts";

/** What a DHCPv4 message tells of a machine (RFC 2131, RFC 2132). */
export interface DhcpMessage {
  /** From the machine (true) or from the server. */
  readonly isRequest: boolean;
  /** RFC 2132 9.6: 1 discover, 2 offer, 3 request, 5 acknowledge, 7 release, 8 inform; 0 where absent (BOOTP). */
  readonly messageType: number;
  readonly clientMac: number;
  /** The name the machine gives itself; null where it says none. */
  readonly hostname: string | null;
  /** The address the machine asks for, or already has; 0 where it says none. */
  readonly requested: number;
  /** The address the server gives; 0 in what the machine sends. */
  readonly assigned: number;
  /** Routers and name servers that the server names, in its order (RFC 2132 3.5, 3.8); none in what the machine sends. */
  readonly routers: readonly number[];
  readonly resolvers: readonly number[];
}

const magicCookie = 0x6382_5363;
const optionsOffset = 240;
const options = {
  pad: 0,
  routers: 3,
  resolvers: 6,
  hostname: 12,
  requestedAddress: 50,
  messageType: 53,
  end: 255,
} as const;

/** RFC 1035 2.3.4 bounds a name at 255; a host name of more than 63 is no name. */
const maxHostnameLength = 63;

/** Reads a DHCPv4 message; null, counted as weird, where it is none. Options cut off are absent. */
export function parseDhcp(bytes: Uint8Array, offset: number, length: number, weird: WeirdCounter): DhcpMessage | null {
  const end = offset + length;
  const operation = length < optionsOffset ? 0 : readByte(bytes, offset);
  const isEthernet = readUint16(bytes, offset + 1) === 0x0106;
  if ((operation !== 1 && operation !== 2) || !isEthernet || readUint32(bytes, offset + 236) !== magicCookie) {
    weird.count("malformed-dhcp");
    return null;
  }
  let messageType = 0;
  let hostname: string | null = null;
  let requested = readUint32(bytes, offset + 12);
  let routers: readonly number[] = [];
  let resolvers: readonly number[] = [];
  let at = offset + optionsOffset;
  while (at < end) {
    const code = readByte(bytes, at);
    if (code === options.end) break;
    if (code === options.pad) {
      at += 1;
      continue;
    }
    const size = readByte(bytes, at + 1);
    const value = at + 2;
    if (value > end || value + size > end) break;
    if (code === options.messageType && size === 1) messageType = readByte(bytes, value);
    else if (code === options.requestedAddress && size === 4) requested = readUint32(bytes, value);
    else if (code === options.routers) routers = readAddresses(bytes, value, size);
    else if (code === options.resolvers) resolvers = readAddresses(bytes, value, size);
    else if (code === options.hostname) hostname = readHostname(bytes, value, size);
    at = value + size;
  }
  return {
    isRequest: operation === 1,
    messageType,
    clientMac: readMac(bytes, offset + 28),
    hostname,
    requested,
    assigned: operation === 2 ? readUint32(bytes, offset + 16) : 0,
    routers: operation === 2 ? routers : [],
    resolvers: operation === 2 ? resolvers : [],
  };
}

const maxAddresses = 8;

function readAddresses(bytes: Uint8Array, offset: number, size: number): number[] {
  const count = Math.min(Math.floor(size / 4), maxAddresses);
  return Array.from({ length: count }, (_, index) => readUint32(bytes, offset + 4 * index));
}

/** Printable ASCII only: the name is shown to people and is whatever the machine chose to send. */
function readHostname(bytes: Uint8Array, offset: number, size: number): string | null {
  let name = "";
  for (let index = offset; index < offset + Math.min(size, maxHostnameLength); index += 1) {
    const code = readByte(bytes, index);
    if (code === 0) break;
    name += code > 0x20 && code < 0x7f ? String.fromCharCode(code) : "?";
  }
  return name === "" ? null : name;
}
