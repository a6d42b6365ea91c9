import type { FileHandle } from "node:fs/promises";
import { ImageError } from "./errors.ts";
import { mbrPartitionsOf } from "./mbr-partitions.ts";

/** Where a partition lies on its disk. */
export interface Extent {
  /** As Linux counts it. */
  readonly number: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

const sectorBytes = 512;

/** So much of a disk's beginning holds its table of partitions. */
const tableBytes = 1 << 20;

/** A PC's disk has one; what starts a Pi 3 reads none. */
export async function hasGuidTable(disk: FileHandle): Promise<boolean> {
  const header = Buffer.alloc(8);
  await disk.read(header, 0, header.length, sectorBytes);
  return header.toString("latin1") === "EFI PART";
}

/** The partitions of a disk with a GPT or of a box's card, by their names. Throws `disk-unreadable`. */
export async function readPartitions(disk: FileHandle): Promise<ReadonlyMap<string, Extent>> {
  if (await hasGuidTable(disk)) {
    const start = Buffer.alloc(tableBytes);
    const { bytesRead } = await disk.read(start, 0, tableBytes, 0);
    return guidPartitionsOf(start.subarray(0, bytesRead));
  }
  return mbrPartitionsOf(async (number) => {
    const sector = Buffer.alloc(sectorBytes);
    const read = await disk.read(sector, 0, sectorBytes, number * sectorBytes);
    return sector.subarray(0, read.bytesRead);
  });
}

function guidPartitionsOf(start: Buffer): ReadonlyMap<string, Extent> {
  // UEFI specification, "GUID Partition Table Disk Layout".
  const header = start.subarray(sectorBytes);
  if (header.length < sectorBytes) throw new ImageError("disk-unreadable", "the disk is cut short");
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
    partitions.set(name, {
      number: index + 1,
      offsetBytes: first * sectorBytes,
      sizeBytes: (last - first + 1) * sectorBytes,
    });
  }
  return partitions;
}
