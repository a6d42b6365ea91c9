import { ImageError } from "./errors.ts";

// Devicetree Specification 0.4, chapter 5, "Flattened Devicetree (DTB) Format".
const magic = 0xd00d_feed;
const tokens = { beginNode: 1, endNode: 2, property: 3, nothing: 4, end: 9 } as const;

/** What the nodes of a flattened device tree are compatible with, switched off or not. Throws `device-tree-unreadable`. */
export function compatiblesIn(blob: Uint8Array): ReadonlySet<string> {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (bytes.length < 40 || bytes.readUInt32BE(0) !== magic) {
    throw new ImageError("device-tree-unreadable", "this is no flattened device tree");
  }
  const stringsAt = bytes.readUInt32BE(12);
  const textAt = (at: number) => bytes.toString("latin1", at, bytes.indexOf(0, at));
  const found = new Set<string>();
  for (let at = bytes.readUInt32BE(8); ;) {
    const token = bytes.readUInt32BE(at);
    at += 4;
    if (token === tokens.end) return found;
    if (token === tokens.beginNode) at = aligned(bytes.indexOf(0, at) + 1);
    if (token !== tokens.property) continue;
    const length = bytes.readUInt32BE(at);
    const name = textAt(stringsAt + bytes.readUInt32BE(at + 4));
    const value = bytes.toString("latin1", at + 8, at + 8 + length);
    if (name === "compatible") for (const each of value.split("\0")) if (each !== "") found.add(each);
    at = aligned(at + 8 + length);
  }
}

function aligned(at: number): number {
  return Math.ceil(at / 4) * 4;
}
