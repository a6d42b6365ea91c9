/** The most bytes that a photo may have, as it comes and as it is kept. */
export const maxPhotoBytes = 200 * 1024;

// More than any page shows, and little enough for a browser to open by the dozen.
const maxSide = 2048;

/**
 * A JPEG with nothing in it but its picture: no place, no time, no camera, no thumbnail of what was cut away, nothing
 * behind its end (ITU-T T.81 annex B). Null for whatever is no JPEG of baseline or progressive kind, or is larger than a
 * photo of a machine needs to be.
 */
export function cleanJpeg(bytes: Buffer): Buffer | null {
  if (bytes.length > maxPhotoBytes || bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  const kept: Buffer[] = [bytes.subarray(0, 2)];
  let at = 2;
  let hasFrame = false;
  let hasScan = false;
  while (at + 4 <= bytes.length || (hasScan && at + 2 <= bytes.length)) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      // A marker may stand behind fill bytes.
      at += 1;
      continue;
    }
    if (marker === end) return hasFrame && hasScan ? Buffer.concat([...kept, Buffer.from([0xff, end])]) : null;
    if (at + 4 > bytes.length) return null;
    const next = at + 2 + bytes.readUInt16BE(at + 2);
    if (next > bytes.length || next < at + 4) return null;
    if (frames.has(marker)) {
      if (hasFrame || !isModest(bytes.subarray(at, next))) return null;
      hasFrame = true;
    } else if (!tables.has(marker) && marker !== scan) {
      // Applications and comments say what is nobody's business; anything else is no photo.
      if (marker !== comment && (marker & 0xf0) !== applications) return null;
      at = next;
      continue;
    }
    const stop = marker === scan ? endOfScan(bytes, next) : next;
    if (marker === scan) {
      if (!hasFrame) return null;
      hasScan = true;
    }
    kept.push(bytes.subarray(at, stop));
    at = stop;
  }
  return null;
}

const end = 0xd9;
const scan = 0xda;
const comment = 0xfe;
const applications = 0xe0;
/** Baseline, extended sequential and progressive frames. */
const frames: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
/** Huffman and quantisation tables, restart intervals. */
const tables: ReadonlySet<number> = new Set([0xc4, 0xdb, 0xdd]);

function isModest(frame: Buffer): boolean {
  if (frame.length < 9) return false;
  const [height, width] = [frame.readUInt16BE(5), frame.readUInt16BE(7)];
  return height > 0 && width > 0 && height <= maxSide && width <= maxSide;
}

/** Where the next marker stands that belongs to no entropy-coded data. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = from; at + 1 < bytes.length; at += 1) {
    if (bytes[at] !== 0xff) continue;
    const marker = bytes[at + 1] ?? 0;
    const isStuffed = marker === 0x00 || (marker >= 0xd0 && marker <= 0xd7);
    if (!isStuffed && marker !== 0xff) return at;
  }
  return bytes.length;
}
