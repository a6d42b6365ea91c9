import { ImageError } from "./errors.ts";

/** Where a partition lies on its disk. */
export interface Extent {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

const sectorBytes = 512;

/** So much of a disk's beginning holds its table of partitions. */
export const tableBytes = 1 << 20;

/** The partitions of a disk by their names, read from its first {@link tableBytes}. Throws `disk-unreadable`. */
export function partitionsOf(start: Buffer): ReadonlyMap<string, Extent> {
  // UEFI specification, "GUID Partition Table Disk Layout".
  const header = start.subarray(sectorBytes);
  if (header.length < sectorBytes || header.toString("latin1", 0, 8) !== "EFI PART") {
    throw new ImageError("disk-unreadable", "the disk holds no GPT");
  }
  const entriesAt = Number(header.readBigUInt64LE(72)) * sectorBytes;
  const count = header.readUInt32LE(80);
  const entryBytes = header.readUInt32LE(84);
  if (entryBytes < 128 || entriesAt + count * entryBytes > start.length) {
    throw new ImageError("disk-unreadable", "the disk's GPT is damaged");
  }
  const partitions = new Map<string, Extent>();
  for (let index = 0; index < count; index++) {
    const entry = start.subarray(entriesAt + index * entryBytes, entriesAt + (index + 1) * entryBytes);
    const first = Number(entry.readBigUInt64LE(32));
    if (first === 0) continue;
    const last = Number(entry.readBigUInt64LE(40));
    const name = entry.toString("utf16le", 56, 128).replace(/\0.*$/, "");
    partitions.set(name, { offsetBytes: first * sectorBytes, sizeBytes: (last - first + 1) * sectorBytes });
  }
  return partitions;
}
