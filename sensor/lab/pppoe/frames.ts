/*
 * Frames of PPPoE (RFC 2516 4 and 5) and packets of PPP's own protocols (RFC 1661 5), as bytes. MACs are twelve
 * hexadecimal digits.
 */

/** The types of Ethernet frames that find a session and that are one. */
export const etherTypes = { discovery: 0x8863, session: 0x8864 } as const;

/** RFC 2516 appendix A and 4. */
export const codes = {
  session: 0x00,
  offer: 0x07,
  initiation: 0x09,
  request: 0x19,
  confirmation: 0x65,
  termination: 0xa7,
} as const;

export const broadcast = "ffffffffffff";

export interface PppoeFrame {
  readonly destination: string;
  readonly source: string;
  readonly code: number;
  readonly sessionId: number;
  readonly payload: Buffer;
}

const ethernetBytes = 14;
const headerBytes = 6;
const versionAndType = 0x11;

export function encodeFrame({ destination, source, code, sessionId, payload }: PppoeFrame): Buffer {
  const header = Buffer.alloc(ethernetBytes + headerBytes);
  header.write(destination + source, "hex");
  header.writeUInt16BE(code === codes.session ? etherTypes.session : etherTypes.discovery, 12);
  header.writeUInt8(versionAndType, 14);
  header.writeUInt8(code, 15);
  header.writeUInt16BE(sessionId, 16);
  header.writeUInt16BE(payload.length, 18);
  return Buffer.concat([header, payload]);
}

/** Null for what is no frame of PPPoE. The payload is a part of `bytes`, and ends where its length says. */
export function decodeFrame(bytes: Buffer): PppoeFrame | null {
  const begin = ethernetBytes + headerBytes;
  if (bytes.length < begin || bytes[14] !== versionAndType) return null;
  const type = bytes.readUInt16BE(12);
  const code = bytes.readUInt8(15);
  if (type !== (code === codes.session ? etherTypes.session : etherTypes.discovery)) return null;
  const end = begin + bytes.readUInt16BE(18);
  if (end > bytes.length) return null;
  return {
    destination: bytes.toString("hex", 0, 6),
    source: bytes.toString("hex", 6, 12),
    code,
    sessionId: bytes.readUInt16BE(16),
    payload: bytes.subarray(begin, end),
  };
}

/** RFC 2516 appendix A. */
export const tagTypes = { serviceName: 0x0101, concentratorName: 0x0102, hostUnique: 0x0103, cookie: 0x0104 } as const;

/** What a frame of the discovery says, by type. */
export type Tags = ReadonlyMap<number, Buffer>;

export function encodeTags(tags: Tags): Buffer {
  return Buffer.concat(
    [...tags].map(([type, value]) => {
      const header = Buffer.alloc(4);
      header.writeUInt16BE(type, 0);
      header.writeUInt16BE(value.length, 2);
      return Buffer.concat([header, value]);
    }),
  );
}

export function decodeTags(payload: Buffer): Tags {
  const tags = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= payload.length;) {
    const end = at + 4 + payload.readUInt16BE(at + 2);
    // A copy: what it was read from is written over by the next frame.
    tags.set(payload.readUInt16BE(at), Buffer.from(payload.subarray(at + 4, end)));
    at = end;
  }
  return tags;
}

/** Protocols inside a session: IPv4, and what keeps the link (RFC 1661, RFC 1334, RFC 1332). */
export const pppProtocols = { ip: 0x0021, ipcp: 0x8021, lcp: 0xc021, pap: 0xc023 } as const;

/** A packet of PPP's own protocols. */
export interface ControlPacket {
  readonly code: number;
  readonly id: number;
  readonly data: Buffer;
}

export function encodeControl({ code, id, data }: ControlPacket): Buffer {
  const header = Buffer.from([code, id, 0, 0]);
  header.writeUInt16BE(header.length + data.length, 2);
  return Buffer.concat([header, data]);
}

export function decodeControl(bytes: Buffer): ControlPacket | null {
  if (bytes.length < 4 || bytes.readUInt16BE(2) > bytes.length) return null;
  return { code: bytes.readUInt8(0), id: bytes.readUInt8(1), data: bytes.subarray(4, bytes.readUInt16BE(2)) };
}
