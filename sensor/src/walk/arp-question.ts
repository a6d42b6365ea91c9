import { readInt32 } from "../packet/bytes.ts";

/**
 * Questions by ARP to one machine (RFC 826), as frames, and their answers. They go to that machine alone, as when a stack makes sure
 * of an entry of its cache (RFC 1122 2.3.2.1): nobody else is woken by them, and nobody's cache learns from them.
 */

/** A frame without its check sum has at least so many bytes; some drivers send no shorter one. */
const leastFrameBytes = 60;
const arpBytes = 42;

export interface ArpQuestion {
  /** 48-bit numbers. */
  readonly sourceMac: number;
  readonly targetMac: number;
  /**
   * The box's own address, or 0: then it is an ARP Probe (RFC 5227 2.1.1), which says nothing of who asks. A machine that has just
   * been plugged in makes sure of its address by probes, and takes another's for a conflict; so probes are for those alone who
   * answer already.
   */
  readonly sourceAddress: number;
  readonly targetAddress: number;
}

/** The frame of a question. */
export function arpQuestion({ sourceMac, targetMac, sourceAddress, targetAddress }: ArpQuestion): Uint8Array {
  const frame = new Uint8Array(leastFrameBytes);
  const view = new DataView(frame.buffer);
  putMac(view, 0, targetMac);
  putMac(view, 6, sourceMac);
  view.setUint16(12, 0x0806);
  // Ethernet, IPv4, lengths of their addresses, request.
  frame.set([0, 1, 0x08, 0, 6, 4, 0, 1], 14);
  putMac(view, 22, sourceMac);
  view.setInt32(28, sourceAddress);
  // The target's hardware address is what is asked for, and ignored.
  view.setInt32(38, targetAddress);
  return frame;
}

/**
 * Whether a frame is a question by ARP to one machine, in its sender's own name, from no address or from one of `own`: nothing
 * else is ever to be sent, whoever asks for it.
 */
export function isArpQuestion(frame: Uint8Array, own: (address: number) => boolean): boolean {
  if (!isArp(frame, 1) || frame.length > leastFrameBytes || ((frame[0] ?? 1) & 1) !== 0) return false;
  for (let index = 0; index < 6; index += 1) if (frame[6 + index] !== frame[22 + index]) return false;
  const source = readInt32(frame, 28);
  return source === 0 || own(source);
}

/** The hardware address that gives an answer, as a 48-bit number; null where a frame is none, or is in another's name. */
export function arpAnswerer(frame: Uint8Array): number | null {
  if (!isArp(frame, 2)) return null;
  const sender = macAt(frame, 6);
  return sender === macAt(frame, 22) ? sender : null;
}

function isArp(frame: Uint8Array, operation: number): boolean {
  if (frame.length < arpBytes) return false;
  const expected = [0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, operation];
  return expected.every((byte, index) => frame[12 + index] === byte);
}

function macAt(frame: Uint8Array, offset: number): number {
  let mac = 0;
  for (let index = offset; index < offset + 6; index += 1) mac = mac * 256 + (frame[index] ?? 0);
  return mac;
}

function putMac(view: DataView, offset: number, mac: number): void {
  view.setUint16(offset, Math.floor(mac / 0x1_0000_0000));
  view.setUint32(offset + 2, mac % 0x1_0000_0000);
}
