import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import { boards, layersOf } from "../layers/index.ts";
import { billOf } from "./bill-of-materials.ts";
import type { BoardName } from "./board.ts";
import { writeBootFiles } from "./boot-partition.ts";
import { buildLayers, type BuildOptions, type BuiltLayer } from "./build-layers.ts";
import { runCommand } from "./command.ts";
import { ImageError } from "./errors.ts";
import { hashFile } from "./input-hash.ts";
import { faultsOf, layersFor } from "./layer-order.ts";
import { manifestOf, type Manifest } from "./manifest.ts";
import { softwareVersionIn } from "./release-version.ts";

/** Builds a board's layers up to one of them. */
export function buildUpTo(
  goal: string,
  board: BoardName,
  options: BuildOptions,
): Promise<ReadonlyMap<string, BuiltLayer>> {
  if (process.getuid?.() !== 0) {
    throw new ImageError("not-root", "building an image needs root: Debian's packages are unpacked with their owners");
  }
  const layers = layersOf(boards[board]);
  const faults = faultsOf(layers);
  if (faults.length > 0) throw new ImageError("layers-unordered", `the layers do not fit: ${faults.join("; ")}`);
  return buildLayers(layersFor(layers, goal), options);
}

/** An image in its folder. */
export interface FinishedImage {
  readonly image: string;
  /** The same, as it is sent and written to a card. */
  readonly compressed: { readonly file: string; readonly sizeBytes: number };
  readonly manifest: Manifest;
}

/** Builds the disk and puts it into a folder: whole and compressed, with its manifest, its bill of materials and checksums. */
export async function buildImage(
  board: BoardName,
  options: BuildOptions & {
    readonly out: string;
    /** PEM: whose releases its boxes believe; null for nobody's. */
    readonly updateAuthority: string | null;
  },
): Promise<FinishedImage> {
  const built = await buildUpTo("disk", board, options);
  await mkdir(options.out, { recursive: true });
  const { architecture } = boards[board];
  const name = join(options.out, `cordon-${architecture}-${board}`);
  const image = `${name}.img`;
  // Most of the disk is empty, and stays so in the copy.
  await runCommand("cp", ["--sparse=always", join(built.get("disk")?.folder ?? "", "disk.img"), image]);
  if (options.updateAuthority !== null) {
    await writeBootFiles(image, { "update-authority.pem": options.updateAuthority });
  }
  const [{ release }, software] = [options, await softwareVersionIn(options.root)];
  const manifest = await manifestOf(built, image, { architecture, board, release, software });
  await writeFile(`${name}.manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(
    `${name}.cdx.json`,
    await billOf(built, {
      ...{ board: boards[board], version: release, software },
      ...{ root: options.root, scratch: options.cache },
    }),
  );
  const file = `${image}.gz`;
  await compress(image, file);
  await writeChecksums(options.out);
  return { image, compressed: { file, sizeBytes: (await stat(file)).size }, manifest };
}

/** By gzip: every system has it, and every program that writes cards reads it. The same bytes each time. */
async function compress(from: string, to: string): Promise<void> {
  const fresh = `${to}.part`;
  await rm(to, { force: true });
  const chunks = { highWaterMark: 1 << 20 };
  const gzip = createGzip({ level: 6, strategy: constants.Z_DEFAULT_STRATEGY, chunkSize: 1 << 20 });
  await pipeline(createReadStream(from, chunks), gzip, createWriteStream(fresh, chunks));
  await rename(fresh, to);
}

/** Of all that lies in the folder, as `sha256sum --check` reads it. */
export async function writeChecksums(folder: string): Promise<void> {
  const names = (await readdir(folder))
    .filter((name) => name.startsWith("cordon-") && !name.endsWith(".part"))
    .toSorted();
  const lines: string[] = [];
  for (const name of names) lines.push(`${await hashFile(join(folder, name))}  ${name}\n`);
  await writeFile(join(folder, "SHA256SUMS"), lines.join(""));
}
