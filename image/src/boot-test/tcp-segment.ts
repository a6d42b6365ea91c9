import { ethernet, ipv4, ipv6, tag, tcp } from "../../../sensor/src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../../../sensor/src/packet/packet.ts";

/** A TCP segment on the wire, as far as the boot test is concerned. */
export interface Segment {
  readonly sourceMac: number;
  readonly destinationMac: number;
  /** Tags of 802.1Q, the outermost first. */
  readonly vlans: readonly number[];
  /** Texts; of one family. */
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly options: readonly number[];
  readonly payload: readonly number[];
}

/** MSS, SACK, timestamps, window scale: what a client's SYN carries, which makes it longer than Ethernet's least. */
export const usualOptions: readonly number[] = [...[2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7]];

/** The frame with right checksums: a bad one is dropped without an answer. */
export function frameOf(segment: Segment, window = 64_240): Uint8Array {
  const { source, destination, vlans } = segment;
  const isV6 = source.includes(":");
  const bytes = tcp(segment, segment.payload);
  bytes.splice(14, 2, window >> 8, window & 0xff);
  const packet = isV6
    ? ipv6(protocols.tcp, bytes, { source, destination })
    : ipv4(protocols.tcp, bytes, { source, destination });
  const start = packet.length - bytes.length;
  const addresses = packet.slice(isV6 ? 8 : 12, start);
  put(packet, start + 16, checksum([...addresses, 0, protocols.tcp, bytes.length >> 8, bytes.length & 0xff, ...bytes]));
  if (!isV6) put(packet, 10, checksum(packet.slice(0, 20)));
  const etherType = isV6 ? 0x86dd : 0x0800;
  const types = [...vlans.map(() => 0x8100), etherType];
  const payload = vlans.reduceRight((inner, vlan, at) => tag(vlan, types[at + 1] ?? etherType, inner), packet);
  return ethernet(types[0] ?? etherType, payload, segment.sourceMac, segment.destinationMac);
}

/** Whether a frame is the reset that RFC 9293 (3.10.7.1) asks for in answer to a segment, and sound. */
export function isResetFor(segment: Segment, frame: Uint8Array): boolean {
  const { flags, sequence, acknowledgement, payload } = segment;
  const length = payload.length + ((flags & tcpFlags.syn) === 0 ? 0 : 1);
  const numbers =
    (flags & tcpFlags.ack) === 0
      ? { flags: tcpFlags.rst | tcpFlags.ack, sequence: 0, acknowledgement: sequence + length }
      : { flags: tcpFlags.rst, sequence: acknowledgement, acknowledgement: 0 };
  const expected = frameOf(
    {
      ...numbers,
      sourceMac: segment.destinationMac,
      destinationMac: segment.sourceMac,
      vlans: segment.vlans,
      source: segment.destination,
      destination: segment.source,
      sourcePort: segment.destinationPort,
      destinationPort: segment.sourcePort,
      options: [],
      payload: [],
    },
    0,
  );
  const network = 14 + 4 * segment.vlans.length;
  // Identification, fragmentation, time to live and the sum over them are the sender's own.
  const own = segment.source.includes(":") ? [1, 2, 3, 7] : [1, 4, 5, 6, 7, 8, 10, 11];
  return expected.every((byte, at) => frame[at] === byte || own.includes(at - network));
}

function put(bytes: number[], at: number, value: number): void {
  bytes.splice(at, 2, value >> 8, value & 0xff);
}

/** RFC 1071. */
function checksum(bytes: readonly number[]): number {
  const sum = bytes.reduce((total, byte, at) => total + (at % 2 === 0 ? byte * 256 : byte), 0);
  const folded = (sum % 0x1_0000) + Math.floor(sum / 0x1_0000);
  return ~((folded % 0x1_0000) + Math.floor(folded / 0x1_0000)) & 0xffff;
}
