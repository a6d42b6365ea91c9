import { readByte, readMac, readUint16, readInt32 } from "./bytes.ts";
import { maxNameLength, nameText } from "./name-text.ts";
import type { WeirdCounter } from "./weird.ts";

/** What a DHCPv4 message tells of a machine (RFC 2131, RFC 2132). */
export interface DhcpMessage {
  /** From the machine (true) or from the server. */
  readonly isRequest: boolean;
  /** RFC 2132 9.6: 1 discover, 2 offer, 3 request, 5 acknowledge, 7 release, 8 inform; 0 where absent (BOOTP). */
  readonly messageType: number;
  readonly clientMac: number;
  /** The name the machine gives itself (RFC 2132 3.14, else RFC 4702); null where it says none. */
  readonly hostname: string | null;
  /** What make of program it says it is (RFC 2132 9.13); null where it says nothing. */
  readonly vendorClass: string | null;
  /** The options that it asks for, in its order, with commas between (RFC 2132 9.8): each system has its own list. "" for none. */
  readonly wanted: string;
  /** A relay carried it: it does not come from the machine's own card (RFC 2131 4.1). */
  readonly isRelayed: boolean;
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
  parameterList: 55,
  vendorClass: 60,
  clientName: 81,
  end: 255,
} as const;

/** Reads a DHCPv4 message; null, counted as weird, where it is none. Options cut off are absent. */
export function parseDhcp(bytes: Uint8Array, offset: number, length: number, weird: WeirdCounter): DhcpMessage | null {
  const end = offset + length;
  const operation = length < optionsOffset ? 0 : readByte(bytes, offset);
  const isEthernet = readUint16(bytes, offset + 1) === 0x0106;
  if ((operation !== 1 && operation !== 2) || !isEthernet || readInt32(bytes, offset + 236) !== magicCookie) {
    weird.count("malformed-dhcp");
    return null;
  }
  let messageType = 0;
  let hostname: string | null = null;
  let clientName: string | null = null;
  let vendorClass: string | null = null;
  let wanted = "";
  let requested = readInt32(bytes, offset + 12);
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
    else if (code === options.requestedAddress && size === 4) requested = readInt32(bytes, value);
    else if (code === options.routers) routers = readAddresses(bytes, value, size);
    else if (code === options.resolvers) resolvers = readAddresses(bytes, value, size);
    else if (code === options.hostname) hostname = readHostname(bytes, value, size);
    else if (code === options.clientName) clientName = readClientName(bytes, value, size);
    else if (code === options.vendorClass) vendorClass = nameText(readLatin1(bytes, value, size));
    else if (code === options.parameterList)
      wanted = bytes.subarray(value, value + Math.min(size, maxWanted)).join(",");
    at = value + size;
  }
  return {
    isRequest: operation === 1,
    messageType,
    clientMac: readMac(bytes, offset + 28),
    hostname: hostname ?? clientName,
    vendorClass,
    wanted,
    isRelayed: readInt32(bytes, offset + 24) !== 0,
    requested,
    assigned: operation === 2 ? readInt32(bytes, offset + 16) : 0,
    routers: operation === 2 ? routers : [],
    resolvers: operation === 2 ? resolvers : [],
  };
}

const maxAddresses = 8;
/** Twice what the most curious systems ask for. */
const maxWanted = 64;

function readAddresses(bytes: Uint8Array, offset: number, size: number): number[] {
  const count = Math.min(Math.floor(size / 4), maxAddresses);
  return Array.from({ length: count }, (_, index) => readInt32(bytes, offset + 4 * index));
}

/** Printable ASCII only: the name is shown to people and is whatever the machine chose to send. */
function readHostname(bytes: Uint8Array, offset: number, size: number): string | null {
  let name = "";
  for (let index = offset; index < offset + Math.min(size, maxNameLength); index += 1) {
    const code = readByte(bytes, index);
    if (code === 0) break;
    name += code > 0x20 && code < 0x7f ? String.fromCharCode(code) : "?";
  }
  return name === "" ? null : name;
}

/** The machine's part of a full name (RFC 4702 2): behind three bytes, in DNS's form where the flag says so, else as text. */
function readClientName(bytes: Uint8Array, offset: number, size: number): string | null {
  if (size < 4) return null;
  const isEncoded = (readByte(bytes, offset) & 0x04) !== 0;
  const from = offset + 3;
  const label = isEncoded ? readLatin1(bytes, from + 1, Math.min(readByte(bytes, from), size - 4)) : null;
  return nameText((label ?? readLatin1(bytes, from, size - 3)).replace(/[.\0].*$/s, ""));
}

function readLatin1(bytes: Uint8Array, offset: number, size: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + size));
}
