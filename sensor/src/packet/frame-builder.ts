import { linkTypes, type Frame } from "../capture/frame.ts";
import { parseAddress } from "./address.ts";
import { protocols, tcpFlags } from "./packet.ts";

/**
 * Builds frames byte by byte for tests, benches, the lab and a box's look at itself: each function gives the bytes of one
 * layer around its payload. Check sums are left at zero, since nothing here reads them.
 */

type Bytes = readonly number[];

function uint16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}

function uint32(value: number): number[] {
  return [...uint16(value >>> 16), ...uint16(value & 0xffff)];
}

/** The bytes of a text of Latin-1 characters. */
export function text(value: string): number[] {
  return [...value].map((character) => character.charCodeAt(0));
}

/** The bytes of a MAC. */
export function mac(value: number): number[] {
  return [...uint16(Math.floor(value / 0x1_0000_0000)), ...uint32(value % 0x1_0000_0000)];
}

/** The bytes of an address written as text: 4 or 16. */
export function address(value: string): number[] {
  const key = parseAddress(value);
  return typeof key === "number" ? uint32(key) : text(key ?? "");
}

/** An Ethernet frame. */
export function ethernet(etherType: number, payload: Bytes, source = 0x0200_0000_0001, destination = 0x0200_0000_0002) {
  return Uint8Array.from([...mac(destination), ...mac(source), ...uint16(etherType), ...payload]);
}

/** A tag of 802.1Q with what follows it; the tag's own type belongs to the header before. */
export function tag(vlan: number, etherType: number, payload: Bytes): number[] {
  return [...uint16(vlan), ...uint16(etherType), ...payload];
}

/** A PPPoE session header. */
export function pppoe(protocol: number, payload: Bytes): number[] {
  return [0x11, 0, 0, 1, ...uint16(payload.length + 2), ...uint16(protocol), ...payload];
}

export interface Ipv4Fields {
  readonly source?: string;
  readonly destination?: string;
  readonly options?: Bytes;
  /** In units of 8 bytes. */
  readonly fragmentOffset?: number;
  readonly totalLength?: number;
  readonly ttl?: number;
}

export function ipv4(protocol: number, payload: Bytes, fields: Ipv4Fields = {}): number[] {
  const options = fields.options ?? [];
  const headerLength = 20 + options.length;
  return [
    0x40 | (headerLength >> 2),
    0,
    ...uint16(fields.totalLength ?? headerLength + payload.length),
    0,
    0,
    ...uint16(fields.fragmentOffset ?? 0),
    fields.ttl ?? 64,
    protocol,
    0,
    0,
    ...address(fields.source ?? "192.168.1.10"),
    ...address(fields.destination ?? "198.51.100.7"),
    ...options,
    ...payload,
  ];
}

export interface Ipv6Fields {
  readonly source?: string;
  readonly destination?: string;
  readonly payloadLength?: number;
  readonly hopLimit?: number;
}

export function ipv6(nextHeader: number, payload: Bytes, fields: Ipv6Fields = {}): number[] {
  return [
    0x60,
    0,
    0,
    0,
    ...uint16(fields.payloadLength ?? payload.length),
    nextHeader,
    fields.hopLimit ?? 64,
    ...address(fields.source ?? "fd00::10"),
    ...address(fields.destination ?? "2001:db8::7"),
    ...payload,
  ];
}

export interface TcpFields {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly flags?: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** In units of 4 bytes. */
  readonly headerWords?: number;
  readonly options?: Bytes;
}

export function tcp(fields: TcpFields = {}, payload: Bytes = []): number[] {
  const options = fields.options ?? [];
  return [
    ...uint16(fields.sourcePort ?? 49_152),
    ...uint16(fields.destinationPort ?? 445),
    ...uint32(fields.sequence ?? 1),
    ...uint32(fields.acknowledgement ?? 0),
    (fields.headerWords ?? 5 + options.length / 4) << 4,
    fields.flags ?? tcpFlags.syn,
    ...uint16(64_240),
    0,
    0,
    0,
    0,
    ...options,
    ...payload,
  ];
}

export function udp(sourcePort: number, destinationPort: number, payload: Bytes = [], length?: number): number[] {
  return [...uint16(sourcePort), ...uint16(destinationPort), ...uint16(length ?? payload.length + 8), 0, 0, ...payload];
}

export function icmp(type: number, code: number, payload: Bytes = []): number[] {
  return [type, code, 0, 0, 0, 0, 0, 0, ...payload];
}

export function arp(operation: number, senderMac: number, sender: string, target: string): number[] {
  return [0, 1, 8, 0, 6, 4, ...uint16(operation), ...mac(senderMac), ...address(sender), ...mac(0), ...address(target)];
}

export interface DhcpFields {
  /** 1 from the machine (default), 2 from the server. */
  readonly operation?: number;
  readonly client?: string;
  readonly assigned?: string;
  readonly options?: readonly number[];
}

/** A DHCPv4 message (RFC 2131 2). */
export function dhcp({ operation = 1, client, assigned, options = [] }: DhcpFields): number[] {
  return [
    ...[operation, 1, 6, 0, ...zeros(8)],
    ...[...address(client ?? "0.0.0.0"), ...address(assigned ?? "0.0.0.0"), ...zeros(8)],
    ...[...mac(0x0200_0000_0009), ...zeros(10 + 192)],
    ...[0x63, 0x82, 0x53, 0x63, ...options],
  ];
}

/** A name as NetBIOS writes it (RFC 1001 14.1). */
function netbiosName(name: string, suffix = 0): number[] {
  const bytes = [...text(name.padEnd(15)), suffix];
  return [32, ...bytes.flatMap((byte) => [0x41 + (byte >> 4), 0x41 + (byte & 0x0f)]), 0];
}

/** A registration of a NetBIOS name by broadcast (RFC 1002 4.2.2). */
export function netbiosRegistration(name: string, from: string, { suffix = 0, flags = 0 } = {}): number[] {
  return [
    ...[0, 7, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1],
    ...[...netbiosName(name, suffix), 0, 0x20, 0, 1],
    ...[0xc0, 12, 0, 0x20, 0, 1, 0, 0, 0, 0, 0, 6, ...uint16(flags), ...address(from)],
  ];
}

/** An answer for a node's status (RFC 1002 4.2.18): the first name is the machine's, the others are groups. */
export function netbiosStatus(names: readonly string[]): number[] {
  const listed = names.flatMap((name, index) => [
    ...text(name.padEnd(15)),
    0,
    ...uint16(index === 0 ? 0x0400 : 0x8400),
  ]);
  return [
    ...[0, 7, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0],
    ...[...netbiosName("*"), 0, 0x21, 0, 1, 0, 0, 0, 0, ...uint16(listed.length + 1)],
    ...[names.length, ...listed],
  ];
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

/** A frame of Ethernet around an IPv4 packet with TCP: what most tests want. */
export function tcpFrame(fields: TcpFields & Ipv4Fields = {}, payload: Bytes = []): Uint8Array {
  return ethernet(0x0800, ipv4(protocols.tcp, tcp(fields, payload), fields));
}

/** Bytes as a frame; Ethernet unless said otherwise. */
export function aFrame(bytes: Uint8Array, fields: Partial<Frame> = {}): Frame {
  return { at: 0, linkType: linkTypes.ethernet, side: null, mark: "seen", ...fields, bytes };
}
