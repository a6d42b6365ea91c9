/**
 * The boot partition of an image, seen from outside: by mtools at its offset, nothing is mounted. The
 * files of provision lie in its folder `cordon`.
 */
import { open, type FileHandle } from "node:fs/promises";
import { sourceDateEpoch } from "./build-context.ts";
import { runCommand } from "./command.ts";
import { ImageError } from "./errors.ts";
import { hasGuidTable, readPartitions, type Extent } from "./disk-partitions.ts";

export { ImageError } from "./errors.ts";

const folder = "::/cordon";

/** The names in the folder of provision. Throws `no-box-image` for a file that is no image of a box. */
export async function bootFilesOf(image: string): Promise<ReadonlySet<string>> {
  const disk = await opened(image, "r");
  try {
    return await namesIn(image, await bootExtent(image, disk));
  } finally {
    await disk.close();
  }
}

/** A file in the folder of provision; null where there is none. Throws `no-box-image`. */
export async function readBootFile(image: string, name: string): Promise<string | null> {
  const disk = await opened(image, "r");
  try {
    const boot = await bootExtent(image, disk);
    return (await namesIn(image, boot)).has(name) ? await mtools("mtype", image, boot, [`${folder}/${name}`]) : null;
  } finally {
    await disk.close();
  }
}

/** Whether it is a Raspberry Pi's, by its table of partitions. Throws `image-unreadable`. */
export async function isCard(image: string): Promise<boolean> {
  const disk = await opened(image, "r");
  try {
    return !(await hasGuidTable(disk));
  } finally {
    await disk.close();
  }
}

/** Where the boot partition lies. Throws `no-box-image`. */
export async function bootExtentOf(image: string): Promise<Extent> {
  const disk = await opened(image, "r");
  try {
    return await bootExtent(image, disk);
  } finally {
    await disk.close();
  }
}

/**
 * Writes files into the folder of provision, by their names; null takes one away. Where a file stood
 * before, its blocks are overwritten first: it may have held the key of another box.
 */
export async function writeBootFiles(image: string, files: Readonly<Record<string, string | null>>): Promise<void> {
  const disk = await opened(image, "r+");
  try {
    const boot = await bootExtent(image, disk);
    const before = await namesIn(image, boot);
    for (const [name, text] of Object.entries(files)) {
      const path = `${folder}/${name}`;
      if (before.has(name)) {
        await wipe(disk, boot, await mtools("mshowfat", image, boot, [path]));
        await mtools("mdel", image, boot, [path]);
      }
      if (text !== null) await mtools("mcopy", image, boot, ["-", path], text);
    }
    await disk.sync();
  } finally {
    await disk.close();
  }
}

function noBoxImage(image: string, why: string, cause?: unknown): ImageError {
  return new ImageError("no-box-image", `${image} is no image of a box: ${why}`, { cause });
}

async function opened(image: string, flags: "r" | "r+"): Promise<FileHandle> {
  try {
    return await open(image, flags);
  } catch (cause) {
    throw new ImageError("image-unreadable", `cannot open the image: ${(cause as Error).message}`, { cause });
  }
}

async function bootExtent(image: string, disk: FileHandle): Promise<Extent> {
  const status = await disk.stat();
  // Of a disk or a card `stat` knows no size; it was written whole.
  const size = status.isBlockDevice() ? Number.MAX_SAFE_INTEGER : status.size;
  if (await isPacked(disk)) throw noBoxImage(image, `it is packed; unpack it first (gunzip -k ${image})`);
  let boot: Extent | undefined;
  try {
    boot = (await readPartitions(disk)).get("boot");
  } catch (cause) {
    throw noBoxImage(image, (cause as Error).message, cause);
  }
  if (boot === undefined) throw noBoxImage(image, "it has no partition of the name boot");
  if (boot.offsetBytes + boot.sizeBytes > size) throw noBoxImage(image, "it is cut short");
  return boot;
}

/** Whether it is gzip's (RFC 1952, 2.3.1), as images are sent. */
async function isPacked(disk: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await disk.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b;
}

async function namesIn(image: string, boot: Extent): Promise<ReadonlySet<string>> {
  let listed: string;
  try {
    listed = await mtools("mdir", image, boot, ["-b", folder]);
  } catch (cause) {
    throw noBoxImage(image, `its boot partition has no folder cordon (${(cause as Error).message})`, cause);
  }
  return new Set(listed.split("\n").flatMap((line) => (line === "" ? [] : [line.slice(folder.length + 1)])));
}

function mtools(
  program: string,
  image: string,
  boot: Extent,
  args: readonly string[],
  input: string = "",
): Promise<string> {
  return runCommand(program, ["-i", `${image}@@${boot.offsetBytes}`, ...args], {
    input,
    // FAT notes times by the clock on the wall: the same files are to give the same bytes, at any time and place.
    env: { SOURCE_DATE_EPOCH: String(sourceDateEpoch), TZ: "UTC" },
  });
}

/** Overwrites clusters, given as `<6024> <6030-6041>`, with zeroes. */
async function wipe(disk: FileHandle, boot: Extent, clusters: string): Promise<void> {
  // FAT specification, "Boot Sector and BPB".
  const sector = Buffer.alloc(512);
  await disk.read(sector, 0, sector.length, boot.offsetBytes);
  const sectorBytes = sector.readUInt16LE(11);
  const clusterBytes = sector.readUInt8(13) * sectorBytes;
  const tableSectors = sector.readUInt16LE(22) || sector.readUInt32LE(36);
  const reserved = sector.readUInt16LE(14) + sector.readUInt8(16) * tableSectors;
  const dataAt = boot.offsetBytes + reserved * sectorBytes + sector.readUInt16LE(17) * 32;
  for (const [, first, last = first] of clusters.matchAll(/<(\d+)(?:-(\d+))?>/g)) {
    const sizeBytes = (Number(last) - Number(first) + 1) * clusterBytes;
    await disk.write(Buffer.alloc(sizeBytes), 0, sizeBytes, dataAt + (Number(first) - 2) * clusterBytes);
  }
}
