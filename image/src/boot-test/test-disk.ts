import { mkdir, open, readFile, rm, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { renderStoredSet } from "../../../sensor/src/containment/stored-set.ts";
import { runCommand } from "../command.ts";
import { ImageError } from "../errors.ts";
import { partitionsOf, type Extent } from "../guid-partitions.ts";

const megabyte = 1 << 20;

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
    const start = await withDisk(path, async (disk) => {
      const bytes = Buffer.alloc(1 << 20);
      await disk.read(bytes, 0, bytes.length, 0);
      return bytes;
    });
    return new TestDisk(path, partitionsOf(start));
  }

  extentOf(name: string): Extent {
    const extent = this.#partitions.get(name);
    if (extent === undefined) throw new ImageError("disk-unreadable", `the image has no partition ${name}`);
    return extent;
  }

  /** Puts a site profile where provision puts it. */
  async provision(profilePath: string): Promise<void> {
    const target = `${this.path}@@${this.extentOf("boot").offsetBytes}`;
    await runCommand("mcopy", ["-i", target, profilePath, "::/cordon/profile.json"]);
  }

  /** Says which port is which, as provision would. */
  async writePorts(text: string): Promise<void> {
    const target = `${this.path}@@${this.extentOf("boot").offsetBytes}`;
    await runCommand("mcopy", ["-i", target, "-", "::/cordon/ports"], { input: text });
  }

  /** Makes the partition of stored quarantines anew with a file in it, as the executor writes it. */
  async store(macs: readonly string[], folder: string): Promise<void> {
    const { offsetBytes, sizeBytes } = this.extentOf("held");
    const files = join(folder, "held");
    const filesystem = join(folder, "held.ext4");
    await mkdir(files, { recursive: true });
    const text = renderStoredSet({ macs: new Set(macs), vectors: new Set() });
    await writeFile(join(files, "quarantine.nft"), text, { mode: 0o600 });
    await runCommand("mke2fs", ["-q", "-F", "-t", "ext4", "-d", files, filesystem, `${sizeBytes / 1024}k`]);
    const content = await readFile(filesystem);
    await withDisk(this.path, (disk) => disk.write(content, 0, content.length, offsetBytes));
    await rm(files, { recursive: true });
    await rm(filesystem);
  }

  /**
   * Overwrites the first megabyte of a partition; or changes one byte in each 64 KiB of a root between its
   * first and its 150th megabyte, where files lie and nothing that mounting reads.
   */
  async damage(name: string, where: "start" | "middle" = "start"): Promise<void> {
    const { offsetBytes } = this.extentOf(name);
    await withDisk(this.path, async (disk) => {
      if (where === "start") {
        await disk.write(Buffer.alloc(megabyte, 0xa5), 0, megabyte, offsetBytes);
        return;
      }
      const one = Buffer.alloc(1);
      for (let at = offsetBytes + megabyte; at < offsetBytes + 150 * megabyte; at += 65_536) {
        await disk.read(one, 0, 1, at);
        one[0] = (one[0] ?? 0) ^ 0x01;
        await disk.write(one, 0, 1, at);
      }
    });
  }

  /** Takes a partition out of the table. */
  async remove(name: string): Promise<void> {
    const number = [...this.#partitions.keys()].indexOf(name) + 1;
    await runCommand("sfdisk", ["-q", "--delete", this.path, String(number)]);
  }
}

async function withDisk<T>(path: string, work: (disk: FileHandle) => Promise<T>): Promise<T> {
  const disk = await open(path, "r+");
  try {
    return await work(disk);
  } finally {
    await disk.close();
  }
}
