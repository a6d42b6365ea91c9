import { readInt32 } from "./bytes.ts";
import type { AddressKey, Packet } from "./packet.ts";

/**
 * The key of one of a packet's addresses. Of ARP: the sender's and the target's address. Of a packet
 * with neither: 0, which no host has.
 */
export function addressKey(packet: Packet, end: "source" | "destination"): AddressKey {
  if (packet.kind === "arp") return end === "source" ? packet.arpSender : packet.arpTarget;
  if (packet.kind !== "ip") return 0;
  const offset = end === "source" ? packet.sourceOffset : packet.destinationOffset;
  return packet.family === 4 ? readInt32(packet.bytes, offset) : ipv6Key(packet.bytes, offset);
}

/** The key of 16 bytes of IPv6 address. */
export function ipv6Key(bytes: Uint8Array, offset: number): string {
  let key = "";
  for (let index = offset; index < offset + 16; index += 1) key += String.fromCharCode(bytes[index] ?? 0);
  return key;
}

/** Writes an address as people read it; IPv6 by RFC 5952. */
export function formatAddress(key: AddressKey): string {
  if (typeof key === "number") return formatIpv4(key);
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) groups.push((key.charCodeAt(index) << 8) | key.charCodeAt(index + 1));
  // RFC 5952 section 5: an IPv4-mapped address keeps its IPv4 part readable.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(((groups[6] ?? 0) << 16) | (groups[7] ?? 0))}`;
  }
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(":");
  return `${hex.slice(0, run.start).join(":")}::${hex.slice(run.start + run.length).join(":")}`;
}

function formatIpv4(key: number): string {
  return `${key >>> 24}.${(key >>> 16) & 0xff}.${(key >>> 8) & 0xff}.${key & 0xff}`;
}

/** The first of the longest runs of zeros, as RFC 5952 section 4.2 asks. */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index - start + 1 > best.length) best = { start, length: index - start + 1 };
  });
  return best;
}

/** The key of an address written by a person or a program; null where it is none. */
export function parseAddress(text: string): AddressKey | null {
  return text.includes(":") ? parseIpv6Text(text) : parseIpv4Text(text);
}

function parseIpv4Text(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  let key = 0;
  for (const part of match.slice(1)) {
    const value = Number(part);
    // A leading zero reads as octal elsewhere: ambiguous, so refused.
    if (value > 255 || String(value) !== part) return null;
    key = (key << 8) | value;
  }
  return key;
}

function parseIpv6Text(text: string): string | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = parseGroups(halves[1] ?? "", true);
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return groups.map((group) => String.fromCharCode(group >> 8, group & 0xff)).join("");
}

/** Groups of hex digits; the last may be an IPv4 address where the text ends with it. */
function parseGroups(text: string, isLast: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (isLast && index === parts.length - 1 && part.includes(".")) {
      const ipv4 = parseIpv4Text(part);
      if (ipv4 === null) return null;
      groups.push(ipv4 >>> 16, ipv4 & 0xffff);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}

/** Writes a MAC in lower case with colons. */
export function formatMac(mac: number): string {
  const hex = Math.max(0, mac).toString(16).padStart(12, "0");
  return hex.replace(/(..)(?=.)/g, "$1:");
}

/** The number of a MAC written with colons or hyphens; null where it is none. */
export function parseMac(text: string): number | null {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) return null;
  return Number.parseInt(text.replaceAll(/[:-]/g, ""), 16);
}

/** Whether a frame to this MAC goes to many: multicast and broadcast (the group bit). */
export function isGroupMac(mac: number): boolean {
  return mac !== -1 && (Math.floor(mac / 0x100_0000_0000) & 1) === 1;
}
