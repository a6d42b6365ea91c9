import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { layers } from "../layers/index.ts";
import { buildLayers, type BuildOptions, type BuiltLayer } from "./build-layers.ts";
import { runCommand } from "./command.ts";
import { ImageError } from "./errors.ts";
import { faultsOf, layersFor } from "./layer-order.ts";
import { manifestOf, type Manifest } from "./manifest.ts";

/** Builds the layers up to one of them. */
export function buildUpTo(goal: string, options: BuildOptions): Promise<ReadonlyMap<string, BuiltLayer>> {
  if (process.getuid?.() !== 0) {
    throw new ImageError("not-root", "building an image needs root: Debian's packages are unpacked with their owners");
  }
  const faults = faultsOf(layers);
  if (faults.length > 0) throw new ImageError("layers-unordered", `the layers do not fit: ${faults.join("; ")}`);
  return buildLayers(layersFor(layers, goal), options);
}

/** Builds the disk and puts it, with its manifest, into a folder. */
export async function buildImage(
  options: BuildOptions & { readonly out: string },
): Promise<{ readonly image: string; readonly manifest: Manifest }> {
  const built = await buildUpTo("disk", options);
  await mkdir(options.out, { recursive: true });
  const image = join(options.out, `cordon-${options.architecture}.img`);
  // Most of the disk is empty, and stays so in the copy.
  await runCommand("cp", ["--sparse=always", join(built.get("disk")?.folder ?? "", "disk.img"), image]);
  const { version } = JSON.parse(await readFile(join(options.root, "package.json"), "utf8")) as { version: string };
  const manifest = await manifestOf(built, image, { architecture: options.architecture, software: version });
  await writeFile(join(options.out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return { image, manifest };
}
