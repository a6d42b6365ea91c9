import { mkdir, open, readFile, rm, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { renderStoredSet } from "../../../sensor/src/containment/stored-set.ts";
import { runCommand } from "../command.ts";
import { ImageError } from "../errors.ts";
import { partitionsOf, type Extent } from "./guid-partitions.ts";
import { makeTestProfile } from "./test-profile.ts";

/** What has happened to the disk before it is booted. */
export interface DiskHistory {
  /** MACs that were in quarantine when the power went. */
  readonly quarantined: readonly string[];
  /** Partitions whose first blocks are overwritten. */
  readonly damaged: readonly string[];
}

/** Copies an image and gives the copy a history. Nothing is mounted. */
export async function makeTestDisk(image: string, folder: string, history: DiskHistory): Promise<string> {
  const path = join(folder, "test.img");
  await runCommand("cp", ["--sparse=always", image, path]);
  const disk = await open(path, "r+");
  try {
    const start = Buffer.alloc(1 << 20);
    await disk.read(start, 0, start.length, 0);
    const partitions = partitionsOf(start);
    const extentOf = (name: string) => {
      const extent = partitions.get(name);
      if (extent === undefined) throw new ImageError("disk-unreadable", `the image has no partition ${name}`);
      return extent;
    };
    await provision(path, extentOf("boot"), folder);
    await store(disk, extentOf("held"), folder, history.quarantined);
    for (const name of history.damaged) {
      await disk.write(Buffer.alloc(1 << 20, 0xa5), 0, 1 << 20, extentOf(name).offsetBytes);
    }
  } finally {
    await disk.close();
  }
  return path;
}

/** Puts a site profile where provision puts it. */
async function provision(disk: string, extent: Extent, folder: string): Promise<void> {
  const file = join(folder, "profile.json");
  await writeFile(file, JSON.stringify(await makeTestProfile(folder)));
  await runCommand("mcopy", ["-i", `${disk}@@${extent.offsetBytes}`, file, "::/cordon/profile.json"]);
}

/** Makes the partition of stored quarantines anew with a file in it, as the executor writes it. */
async function store(disk: FileHandle, extent: Extent, folder: string, quarantined: readonly string[]): Promise<void> {
  const files = join(folder, "held");
  const filesystem = join(folder, "held.ext4");
  await mkdir(files, { recursive: true });
  const text = renderStoredSet({ macs: new Set(quarantined), vectors: new Set() });
  await writeFile(join(files, "quarantine.nft"), text, { mode: 0o600 });
  await runCommand("mke2fs", ["-q", "-F", "-t", "ext4", "-d", files, filesystem, `${extent.sizeBytes / 1024}k`]);
  const content = await readFile(filesystem);
  await disk.write(content, 0, content.length, extent.offsetBytes);
  await rm(files, { recursive: true });
  await rm(filesystem);
}
