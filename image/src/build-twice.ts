import { readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import type { BoardName } from "./board.ts";
import { buildUpTo } from "./build-image.ts";
import type { BuildOptions, BuiltLayer } from "./build-layers.ts";
import { ImageError } from "./errors.ts";
import { hashFile } from "./input-hash.ts";

/** A file of a layer that two builds from the same inputs may make differently, and why that is no matter. */
interface KnownDifference {
  readonly layer: string;
  readonly file: string;
  readonly why: string;
}

/** All there are: whatever else differs is a fault of the build. */
const knownDifferences: readonly KnownDifference[] = [
  {
    layer: "system",
    file: "files.tar",
    why: "dpkg and ldconfig keep logs and caches with times in them, which the root leaves out",
  },
];

export interface Comparison {
  /** How many files were compared. */
  readonly count: number;
  readonly known: readonly KnownDifference[];
  /** Paths, from the layer's name on. */
  readonly unknown: readonly string[];
}

/**
 * Builds a board's image, and every layer of it once more from nothing, and compares all files that came of it, the disk
 * last. Throws `archive-moved` where Debian's packages have changed between the two.
 */
export async function buildTwice(board: BoardName, options: BuildOptions): Promise<Comparison> {
  const first = await buildUpTo("disk", board, options);
  const cache = join(options.cache, "again");
  await rm(cache, { recursive: true, force: true });
  try {
    return await compare(first, await buildUpTo("disk", board, { ...options, cache, isFresh: true }));
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

async function compare(
  first: ReadonlyMap<string, BuiltLayer>,
  second: ReadonlyMap<string, BuiltLayer>,
): Promise<Comparison> {
  const known: KnownDifference[] = [];
  const unknown: string[] = [];
  let count = 0;
  for (const [name, { layer, folder }] of first) {
    const again = second.get(name)?.folder ?? "";
    const files = new Set([...(await filesOf(folder)), ...(await filesOf(again))]);
    for (const file of files) {
      count += 1;
      const [one, other] = await Promise.all(
        [folder, again].map((each) => hashFile(join(each, file)).catch(() => null)),
      );
      if (one !== null && one === other) continue;
      if (layer.kind === "debian" && file === "packages") {
        throw new ImageError("archive-moved", `Debian has changed the packages of ${name} since: build with --fresh`);
      }
      const found = knownDifferences.find((each) => each.layer === name && each.file === file);
      if (found === undefined) unknown.push(join(name, file));
      else known.push(found);
    }
  }
  return { count, known, unknown };
}

/** Ordinary files below a folder, by their paths from there. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [relative(folder, join(entry.parentPath, entry.name))] : []));
}
