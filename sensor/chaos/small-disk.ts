import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { numbersIn } from "./box-protocol.ts";
import type { Dice } from "./dice.ts";

const filler = "filler";

/** A disk: some megabytes of memory, mounted in a namespace of our own. It gets full, and files on it get shorter. */
export class SmallDisk {
  readonly folder: string;

  constructor(folder: string, megabytes: number) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "chaos", folder]);
  }

  /** Takes all the room but for what the last write of ours did not fit in. */
  fill(): void {
    const file = openSync(join(this.folder, filler), "a");
    try {
      for (let size = 65_536; size >= 1024;) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch {
          size /= 2;
        }
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.folder, filler), { force: true });
  }

  /** Cuts one file of notices at any byte; the numbers of those that it held beyond. Only while nobody writes. */
  cutNotices(dice: Dice): number[] {
    const spool = join(this.folder, "state", "spool");
    let names: string[];
    try {
      names = readdirSync(spool).filter((name) => name.endsWith(".notices"));
    } catch {
      return [];
    }
    const path = join(spool, names[dice.between(0, Math.max(0, names.length - 1))] ?? "");
    if (names.length === 0) return [];
    const { size } = statSync(path);
    const at = dice.between(0, size);
    const text = readFileSync(path, "latin1");
    // The line that the cut goes through is gone whole.
    const gone = text.slice(text.lastIndexOf("\n", at - 1) + 1);
    truncateSync(path, at);
    return at === size ? [] : numbersIn(gone);
  }
}
