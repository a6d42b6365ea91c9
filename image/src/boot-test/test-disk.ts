import { createHash } from "node:crypto";
import { cp, mkdir, open, readFile, rm, stat, truncate, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { keysOf, noElements, type Elements } from "../../../sensor/src/containment/element-sets.ts";
import { renderStored } from "../../../sensor/src/containment/stored-file.ts";
import { storedFormats } from "../../../sensor/src/containment/stored-elements.ts";
import { runCommand } from "../command.ts";
import { ImageError } from "../errors.ts";
import { readPartitions, type Extent } from "../disk-partitions.ts";

const megabyte = 1 << 20;

/**
 * Which part of a partition is spoiled: its first megabyte; of a root one byte in each 64 KiB where files lie and
 * nothing that mounting reads; or one in each 4 KiB of the table of its directories. Or nothing is left in it.
 */
export type Damage = "start" | "files" | "directories" | "all";

export interface StoreFaults {
  /** One more machine is in the set, and a byte of its address is spoiled; in the limits, a byte of their checksum. */
  readonly isSpoiled?: boolean;
  /** Behind the elements there are commands that take all of them away, and a checksum that fits. */
  readonly hasCommands?: boolean;
  /** The filesystem was in use when the power went. */
  readonly isUnclean?: boolean;
}

/** The disk of a test: a copy of the image that can be given a history. Nothing is ever mounted. */
export class TestDisk {
  readonly path: string;
  readonly #partitions: ReadonlyMap<string, Extent>;

  private constructor(path: string, partitions: ReadonlyMap<string, Extent>) {
    this.path = path;
    this.#partitions = partitions;
  }

  static async copyOf(image: string, path: string): Promise<TestDisk> {
    await runCommand("cp", ["--sparse=always", image, path]);
    return TestDisk.at(path);
  }

  /** A disk that somebody else has made. */
  static async at(path: string): Promise<TestDisk> {
    return new TestDisk(path, await withDisk(path, readPartitions));
  }

  extentOf(name: string): Extent {
    const extent = this.#partitions.get(name);
    if (extent === undefined) throw new ImageError("disk-unreadable", `the image has no partition ${name}`);
    return extent;
  }

  /** Makes the partition of stored quarantines anew with files in it, as the executor writes them. */
  async store(
    stored: {
      readonly macs: readonly string[];
      readonly limits: Elements | null;
      /** What is known of an update on trial; absent: none is. */
      readonly trial?: string;
    },
    folder: string,
    faults: StoreFaults = {},
  ): Promise<void> {
    const { macs, limits, trial } = stored;
    const { isSpoiled, hasCommands, isUnclean } = faults;
    const { offsetBytes, sizeBytes } = this.extentOf("held");
    const files = join(folder, "held");
    const filesystem = join(folder, "held.ext4");
    await mkdir(files, { recursive: true });
    const spoiled = "02:00:00:00:0b:77";
    const text = renderStored(storedFormats.cuts, {
      ...noElements,
      quarantine_from: keysOf(isSpoiled === true ? [...macs, spoiled] : macs),
    });
    const written = isSpoiled === true ? text.replaceAll(spoiled, spoiled.replace("b", "\u0002")) : text;
    const set = hasCommands === true ? withCommands(written) : written;
    await writeFile(join(files, "quarantine.nft"), set, { mode: 0o600 });
    if (trial !== undefined) {
      await mkdir(join(files, "update"));
      await writeFile(join(files, "update/trial"), trial);
    }
    if (limits !== null) {
      const sound = renderStored(storedFormats.limits, limits);
      const text = isSpoiled === true ? sound.replace("# sha256 ", "# sha256 \u0002") : sound;
      await writeFile(join(files, storedFormats.limits.fileName), text, { mode: 0o600 });
    }
    await runCommand("mke2fs", ["-q", "-F", "-t", "ext4", "-d", files, filesystem, `${sizeBytes / 1024}k`]);
    if (isUnclean === true) await runCommand("debugfs", ["-w", "-R", "feature needs_recovery", filesystem]);
    const content = await readFile(filesystem);
    await withDisk(this.path, (disk) => disk.write(content, 0, content.length, offsetBytes));
    await rm(files, { recursive: true });
    await rm(filesystem);
  }

  /** Puts the root of the first slot into the second, too. */
  async copySlot(): Promise<void> {
    for (const name of ["root", "verity"]) {
      const [from, to] = [this.extentOf(`${name}-a`), this.extentOf(`${name}-b`)];
      const content = Buffer.alloc(from.sizeBytes);
      await withDisk(this.path, async (disk) => {
        await disk.read(content, 0, content.length, from.offsetBytes);
        await disk.write(content, 0, content.length, to.offsetBytes);
      });
    }
  }

  /** Gives a card the boot entry of the second slot, out of the folder `entry`, and has it started. */
  async startSecondSlot(entry: string, folder: string): Promise<void> {
    const partition = `${this.path}@@${this.extentOf("boot").offsetBytes}`;
    const laid = join(folder, "b");
    await cp(entry, laid, { recursive: true });
    const words = await readFile(join(entry, "cmdline.txt"), "utf8");
    await writeFile(join(laid, "cmdline.txt"), words.replace("cordon.slot=a", "cordon.slot=b"));
    await runCommand("mcopy", ["-s", "-i", partition, laid, "::/"]);
    const config = await runCommand("mtype", ["-i", partition, "::/config.txt"]);
    await runCommand("mcopy", ["-o", "-i", partition, "-", "::/config.txt"], {
      input: config.replace("os_prefix=a/", "os_prefix=b/"),
    });
    await rm(laid, { recursive: true });
  }

  /** A file on the partition of stored quarantines; null where there is none. */
  async readHeld(path: string, folder: string): Promise<string | null> {
    const { offsetBytes, sizeBytes } = this.extentOf("held");
    const filesystem = join(folder, "held.ext4");
    const content = Buffer.alloc(sizeBytes);
    await withDisk(this.path, (disk) => disk.read(content, 0, sizeBytes, offsetBytes));
    await writeFile(filesystem, content);
    // What the power left in the journal counts.
    await runCommand("e2fsck", ["-fy", filesystem]).catch(() => undefined);
    const text = await runCommand("debugfs", ["-R", `cat ${path}`, filesystem]);
    await rm(filesystem);
    return text === "" ? null : text;
  }

  /** Spoils a partition, or a part of the root in it. */
  async damage(name: string, where: Damage = "start"): Promise<void> {
    const { offsetBytes, sizeBytes } = this.extentOf(name);
    await withDisk(this.path, async (disk) => {
      if (where === "all") {
        await disk.write(Buffer.alloc(sizeBytes), 0, sizeBytes, offsetBytes);
        return;
      }
      if (where === "start") {
        await disk.write(Buffer.alloc(megabyte, 0xa5), 0, megabyte, offsetBytes);
        return;
      }
      const [from, to, step] =
        where === "files" ? [megabyte, 150 * megabyte, 65_536] : [...(await directoriesOf(disk, offsetBytes)), 4096];
      const one = Buffer.alloc(1);
      for (let at = offsetBytes + from; at < offsetBytes + to; at += step) {
        await disk.read(one, 0, 1, at);
        one[0] = (one[0] ?? 0) ^ 0x01;
        await disk.write(one, 0, 1, at);
      }
    });
  }

  /**
   * Puts another root in the place of the one that was built, as somebody does who wants a program of their own
   * in it: a sound squashfs, the same but for one file more. The hashes stay.
   */
  async replaceRoot(built: string, folder: string): Promise<void> {
    const files = join(folder, "more");
    const image = join(folder, "other.squashfs");
    await mkdir(files, { recursive: true });
    await writeFile(join(files, "another-program"), "#!/bin/sh\n", { mode: 0o755 });
    await runCommand("cp", [built, image]);
    await runCommand("mksquashfs", [files, image, "-no-progress", "-quiet", "-no-recovery"]);
    const content = await readFile(image);
    const { offsetBytes, sizeBytes } = this.extentOf("root-a");
    if (content.length > sizeBytes) throw new ImageError("disk-unreadable", "the other root is too large for its slot");
    await withDisk(this.path, (disk) => disk.write(content, 0, content.length, offsetBytes));
    await rm(files, { recursive: true });
    await rm(image);
  }

  /** Cards have such sizes only; what is added is empty. */
  async growToPowerOfTwo(): Promise<void> {
    const { size } = await stat(this.path);
    await truncate(this.path, 2 ** Math.ceil(Math.log2(size)));
  }

  /** Takes a partition out of the table. */
  async remove(name: string): Promise<void> {
    await runCommand("sfdisk", ["-q", "--delete", this.path, String(this.extentOf(name).number)]);
  }
}

/** A stored set as somebody writes it who has the disk in hand, and can reckon a checksum. */
function withCommands(text: string): string {
  const [format, , ...lines] = text.split("\n");
  const [first = ""] = lines;
  const body = [
    ...lines.slice(0, -1),
    `${first}; flush ruleset`,
    "flush ruleset",
    "delete table bridge cordon",
    "",
  ].join("\n");
  return `${format}\n# sha256 ${createHash("sha256").update(body).digest("hex")}\n${body}`;
}

/** From where to where the directories of a squashfs lie in it, in bytes. */
async function directoriesOf(disk: FileHandle, offsetBytes: number): Promise<readonly [number, number]> {
  const superblock = Buffer.alloc(96);
  await disk.read(superblock, 0, superblock.length, offsetBytes);
  return [Number(superblock.readBigUInt64LE(72)), Number(superblock.readBigUInt64LE(80))];
}

async function withDisk<T>(path: string, work: (disk: FileHandle) => Promise<T>): Promise<T> {
  const disk = await open(path, "r+");
  try {
    return await work(disk);
  } finally {
    await disk.close();
  }
}
