import { readByte } from "../packet/bytes.ts";
import { networkOffset, type Packet } from "../packet/packet.ts";

// Copies of one frame follow one another at once. The shortest time after which a machine says the same again by
// itself, identification and all, is the 200 ms of a TCP stack's least time-out.
const windowMs = 50;
// So many packets are handed up in the window at most, with room to spare.
const kept = 4096;

/**
 * Finds the second copy of a frame: a switch that mirrors both directions of two ports copies what goes from one to
 * the other twice. Link header and tag are not compared, for the two copies may differ in them. A third is a first
 * again: who sends the same thousands of times is not taken for one who has sent it once.
 */
export class DuplicateFilter {
  readonly #seenAt = new Map<number, number>();

  /** Whether this is the copy of what came just before; takes note of it where it is not. */
  isCopy(packet: Packet): boolean {
    const digest = digestOf(packet);
    if (digest === null) return false;
    const before = this.#seenAt.get(digest);
    this.#seenAt.delete(digest);
    if (before !== undefined && Math.abs(packet.at - before) <= windowMs) return true;
    this.#seenAt.set(digest, packet.at);
    if (this.#seenAt.size > kept)
      for (const oldest of this.#seenAt.keys()) {
        this.#seenAt.delete(oldest);
        break;
      }
    return false;
  }
}

// So many packets of a file tell how it was captured.
const beginning = 4096;
const mirroredShare = 0.1;

/**
 * Finds the second copies in a capture file that was made at a mirror, before anything is chosen from it: each would use up
 * what its machine may have judged. How a file was made shows at its beginning; one without copies is not looked at further.
 */
export class MirroredCapture {
  readonly #filter = new DuplicateFilter();
  #seen = 0;
  #copies = 0;
  #isMirrored = true;

  isCopy(packet: Packet): boolean {
    if (!this.#isMirrored) return false;
    const isCopy = this.#filter.isCopy(packet);
    this.#seen += 1;
    if (isCopy) this.#copies += 1;
    if (this.#seen === beginning) this.#isMirrored = this.#copies >= beginning * mirroredShare;
    return isCopy;
  }
}

/** FNV-1a over everything from the IP header on, or over what an ARP frame says; null where neither can be read. */
function digestOf(packet: Packet): number | null {
  if (packet.kind === "arp") {
    const { arpOperation, arpSender, arpTarget, arpSenderMac, destinationMac } = packet;
    return mixed([arpOperation, arpSender, arpTarget, arpSenderMac, destinationMac]);
  }
  if (packet.kind !== "ip" || packet.payloadOffset < 0) return null;
  let digest = 0x811c9dc5;
  const end = packet.payloadOffset + packet.payloadLength;
  for (let offset = networkOffset(packet); offset < end; offset += 1) {
    digest = Math.imul(digest ^ readByte(packet.bytes, offset), 0x0100_0193);
  }
  return digest;
}

function mixed(numbers: readonly number[]): number {
  let digest = 0x811c9dc5;
  for (const number of numbers) {
    // MACs have 48 bits.
    for (const half of [number / 0x1_0000_0000, number]) digest = Math.imul(digest ^ (half | 0), 0x0100_0193);
  }
  return digest;
}
