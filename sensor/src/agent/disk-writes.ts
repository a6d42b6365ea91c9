import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReportedDiskWrites } from "@cordon/contract";
import type { HealthBoard } from "./health-board.ts";

// Linux, Documentation/block/stat.rst: of this size whatever the disk's own sectors are.
const sectorBytes = 512;
// The seventh figure there.
const writtenAt = 6;
const hourMs = 3_600_000;
// A rate of less would be that of the start.
const leastMs = 600_000;
const sampleEveryMs = 60_000;
// A card of 8 GB whose cells bear a thousand rounds, a third of it free to wear, lasts for three years at that.
const wearingBytesAnHour = 100_000_000;

export interface DiskWritesOptions {
  /** What the disks have been given to write since the system began, bytes; null where the kernel does not say. */
  readonly read: () => Promise<number | null>;
  readonly health: HealthBoard;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/** Counts what the box writes to its disk, by all of its programs: flash bears so much and no more. */
export class DiskWrites {
  readonly #options: DiskWritesOptions;
  /** Of the last hour and a little, a minute apart. */
  #samples: { readonly at: number; readonly bytes: number }[] = [];
  #last: { readonly at: number; readonly bytes: number } | null = null;

  constructor(options: DiskWritesOptions) {
    this.#options = options;
  }

  async look(): Promise<void> {
    const { read, health, monotonic } = this.#options;
    const bytes = await read();
    if (bytes === null) return;
    const at = monotonic();
    this.#last = { at, bytes };
    if (at - (this.#samples.at(-1)?.at ?? -sampleEveryMs) >= sampleEveryMs) this.#samples.push(this.#last);
    this.#samples = this.#samples.filter(
      (sample, index) => at - sample.at <= hourMs || index === this.#samples.length - 1,
    );
    const { bytesPerHour = null } = this.reported ?? {};
    // What an empty disk is filled with at first wears nothing out; within an hour it is little beside the rest.
    const isWhole = at - (this.#samples[0]?.at ?? at) >= hourMs;
    if (bytesPerHour === null || !isWhole || bytesPerHour <= wearingBytesAnHour) return health.clear("disk-wearing");
    const megabytes = Math.round(bytesPerHour / 1e6);
    const text = `The box writes ${megabytes} MB an hour to its disk: a card wears out by that within months. Look what is recorded.`;
    health.raise("disk-wearing", "warning", text);
  }

  /** Undefined where nothing is known. */
  get reported(): ReportedDiskWrites | undefined {
    const [first] = this.#samples;
    if (first === undefined || this.#last === null) return undefined;
    const spanMs = this.#last.at - first.at;
    const bytes = this.#last.bytes - first.bytes;
    return {
      bytes: this.#last.bytes,
      bytesPerHour: spanMs < leastMs ? null : Math.round((bytes * hourMs) / spanMs),
    };
  }
}

/** Of all disks of this machine together; layers over them would count the same bytes twice. */
export async function readDiskWrites(folder = "/sys/block"): Promise<number | null> {
  try {
    const names = await readdir(folder);
    let bytes = 0;
    for (const name of names) {
      // What is made of other devices, or of memory, has none of its own.
      const device = await readdir(join(folder, name, "device")).catch(() => null);
      if (device === null) continue;
      const figures = (await readFile(join(folder, name, "stat"), "utf8")).trim().split(/\s+/);
      bytes += Number(figures[writtenAt]) * sectorBytes;
    }
    return Number.isSafeInteger(bytes) ? bytes : null;
  } catch {
    // No Linux, or nobody may look: nothing is told.
    return null;
  }
}
