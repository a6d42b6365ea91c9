import { linkTypes, type Frame, type Mark, type Side } from "./frame.ts";

/** A frame from the kernel's log, with the rule that chose it. Reused like every {@link Frame}. */
export interface NflogFrame extends Frame {
  /** Name of the selection rule in the log prefix. */
  rule: string;
  /** Index of the port of the bridge it entered by; 0 where the record does not say. */
  interfaceIndex: number;
}

/** The log prefix of a rule's copies; the space ends it where people read it in the kernel's own log. */
export function logPrefixOf(mark: Mark, rule: string): string {
  return `cordon:${mark}:${rule} `;
}

const prefixPattern = /^cordon:(seen|stopped|flooded):([a-z0-9-]{1,32}) ?\0*$/;

// Attribute types of nfnetlink_log (linux/netfilter/nfnetlink_log.h), of which only these matter.
const attributes = {
  timestamp: 3,
  indev: 4,
  physindev: 6,
  payload: 9,
  prefix: 10,
  hwHeader: 16,
  vlan: 20,
  l2Header: 21,
} as const;
const vlanAttributes = { protocol: 1, tci: 2 } as const;

// The top bits say "nested" and "network byte order" and are no part of the type (linux/netlink.h).
const typeMask = 0x7fff;
const fileHeaderBytes = 4;
const attributeHeaderBytes = 4;
const macBytes = 12;
const ethernetHeaderBytes = 14;
const maxFrameBytes = 65_535 + 64;

// A clock that was set wrong must not throw the judge's time about: outside this window the time of receipt counts.
const maxClockGapMs = 60_000;

export interface NflogDecoderOptions {
  /** The side of the port with that interface index. */
  readonly sideOf: (interfaceIndex: number) => Side;
}

/**
 * Turns records of link type NFLOG into Ethernet frames: link header, re-inserted VLAN tag and
 * payload in one buffer. Families bridge (7) and netdev (5) both fit.
 */
export class NflogDecoder {
  /** Records that could not be used, by reason. */
  readonly weird = new Map<string, number>();
  readonly #sideOf: (interfaceIndex: number) => Side;
  readonly #buffer = Buffer.alloc(maxFrameBytes);
  readonly #frame: NflogFrame;
  // Prefixes are few; a cache spares a string per record. It stays small because foreign ones are not kept.
  readonly #prefixes = new Map<string, { readonly mark: Mark; readonly rule: string }>();

  constructor(options: NflogDecoderOptions) {
    this.#sideOf = options.sideOf;
    this.#frame = {
      at: 0,
      linkType: linkTypes.ethernet,
      bytes: this.#buffer,
      side: null,
      mark: "seen",
      rule: "",
      interfaceIndex: 0,
    };
  }

  /** The frame of a record, valid until the next call; null (and counted) where it has none. */
  decode(record: Buffer, receivedAt: number): NflogFrame | null {
    if (record.byteLength < fileHeaderBytes) return this.#odd("nflog-short");
    if (record[1] !== 0) return this.#odd("nflog-version");
    let at = receivedAt;
    let indev = 0;
    let physindev = 0;
    let header: Buffer | null = null;
    let hwHeader: Buffer | null = null;
    let payload: Buffer | null = null;
    let prefix: Buffer | null = null;
    let vlan: Buffer | null = null;

    for (let offset = fileHeaderBytes; offset < record.byteLength;) {
      if (record.byteLength - offset < attributeHeaderBytes) return this.#odd("nflog-truncated");
      // Length and type are in the byte order of the machine: little endian on all we run on.
      const length = record.readUInt16LE(offset);
      const type = record.readUInt16LE(offset + 2) & typeMask;
      if (length < attributeHeaderBytes || offset + length > record.byteLength) return this.#odd("nflog-truncated");
      const value = record.subarray(offset + attributeHeaderBytes, offset + length);
      if (type === attributes.timestamp && value.byteLength >= 16) at = timeOf(value, receivedAt);
      else if (type === attributes.indev && value.byteLength >= 4) indev = value.readUInt32BE(0);
      else if (type === attributes.physindev && value.byteLength >= 4) physindev = value.readUInt32BE(0);
      else if (type === attributes.payload) payload = value;
      else if (type === attributes.prefix) prefix = value;
      else if (type === attributes.hwHeader) hwHeader = value;
      else if (type === attributes.vlan) vlan = value;
      else if (type === attributes.l2Header) header = value;
      offset += (length + 3) & ~3;
    }

    const origin = prefix === null ? undefined : this.#originOf(prefix);
    if (origin === undefined) return this.#odd("nflog-foreign-prefix");
    const link = header ?? hwHeader;
    if (link === null || link.byteLength < ethernetHeaderBytes) return this.#odd("nflog-no-link-header");
    if (payload === null) return this.#odd("nflog-no-payload");
    const sizeBytes = this.#assemble(link, vlan, payload);
    if (sizeBytes === 0) return this.#odd("nflog-oversized");

    const frame = this.#frame;
    frame.at = at;
    frame.bytes = this.#buffer.subarray(0, sizeBytes);
    // In family bridge `indev` is the bridge itself and the port stands in `physindev`.
    frame.interfaceIndex = physindev === 0 ? indev : physindev;
    frame.side = this.#sideOf(frame.interfaceIndex);
    frame.mark = origin.mark;
    frame.rule = origin.rule;
    return frame;
  }

  /** Writes the frame into the buffer; its size, or 0 where it does not fit. */
  #assemble(link: Buffer, vlan: Buffer | null, payload: Buffer): number {
    const tag = vlan === null ? null : tagOf(vlan);
    if (link.byteLength + payload.byteLength + (tag === null ? 0 : 4) > maxFrameBytes) return 0;
    const buffer = this.#buffer;
    if (tag === null) {
      buffer.set(link, 0);
      buffer.set(payload, link.byteLength);
      return link.byteLength + payload.byteLength;
    }
    // The kernel takes the outermost tag out of the frame (skb->vlan_tci); it goes back behind the addresses.
    buffer.set(link.subarray(0, macBytes), 0);
    buffer.writeUInt16BE(tag.protocol, macBytes);
    buffer.writeUInt16BE(tag.tci, macBytes + 2);
    buffer.set(link.subarray(macBytes), macBytes + 4);
    buffer.set(payload, link.byteLength + 4);
    return link.byteLength + 4 + payload.byteLength;
  }

  #originOf(value: Buffer): { readonly mark: Mark; readonly rule: string } | undefined {
    const text = value.toString("latin1");
    const known = this.#prefixes.get(text);
    if (known !== undefined) return known;
    const match = prefixPattern.exec(text);
    if (match === null) return undefined;
    const origin = { mark: match[1] as Mark, rule: match[2] as string };
    if (this.#prefixes.size < 256) this.#prefixes.set(text, origin);
    return origin;
  }

  #odd(reason: string): null {
    this.weird.set(reason, (this.weird.get(reason) ?? 0) + 1);
    return null;
  }
}

/** Two 64-bit words, seconds and microseconds, big endian. */
function timeOf(value: Buffer, receivedAt: number): number {
  const seconds = value.readUInt32BE(0) * 2 ** 32 + value.readUInt32BE(4);
  const micros = value.readUInt32BE(8) * 2 ** 32 + value.readUInt32BE(12);
  const at = seconds * 1000 + micros / 1000;
  return Math.abs(at - receivedAt) <= maxClockGapMs ? at : receivedAt;
}

/** The tag in a nested VLAN attribute; null where it is incomplete. */
function tagOf(nested: Buffer): { readonly protocol: number; readonly tci: number } | null {
  let protocol = -1;
  let tci = -1;
  for (let offset = 0; nested.byteLength - offset >= attributeHeaderBytes;) {
    const length = nested.readUInt16LE(offset);
    const type = nested.readUInt16LE(offset + 2) & typeMask;
    if (length < attributeHeaderBytes || offset + length > nested.byteLength) return null;
    if (length >= attributeHeaderBytes + 2) {
      const value = nested.readUInt16BE(offset + attributeHeaderBytes);
      if (type === vlanAttributes.protocol) protocol = value;
      else if (type === vlanAttributes.tci) tci = value;
    }
    offset += (length + 3) & ~3;
  }
  return protocol === -1 || tci === -1 ? null : { protocol, tci };
}
