import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { buildLayer } from "./builders/index.ts";
import { ImageError } from "./errors.ts";
import { hashOfInputs } from "./layer-inputs.ts";
import type { Layer } from "./layer.ts";
import { eachWhenReady } from "./when-ready.ts";

export interface BuildOptions {
  readonly root: string;
  readonly mirror: string | null;
  /** The release that image and bundle are, as `readRelease` gives it. */
  readonly release: string;
  /** Where built layers are kept, in a folder for each architecture. */
  readonly cache: string;
  /** Builds everything again, for instance to get Debian's newest packages. */
  readonly isFresh: boolean;
  readonly say: (line: string) => void;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

export interface BuiltLayer {
  readonly layer: Layer;
  /** Hash over everything it is made from, hex. */
  readonly inputs: string;
  readonly folder: string;
  readonly isReused: boolean;
  readonly seconds: number;
}

// Fetching packages mostly waits and unpacking them keeps one processor busy, so two share a machine well.
const atOnce = 2;

/** Builds each layer, or takes it from the cache where nothing that it is made from has changed. */
export async function buildLayers(
  layers: readonly Layer[],
  options: BuildOptions,
): Promise<ReadonlyMap<string, BuiltLayer>> {
  const built = new Map<string, BuiltLayer>();
  await eachWhenReady(layers, atOnce, async (layer) => {
    built.set(layer.name, await buildOrTake(layer, built, options));
  });
  // As they are listed, whichever was done first: manifests are written in this order.
  const inOrder = layers.flatMap(({ name }) => built.get(name) ?? []);
  return new Map(inOrder.map((one) => [one.layer.name, one]));
}

async function buildOrTake(
  layer: Layer,
  built: ReadonlyMap<string, BuiltLayer>,
  options: BuildOptions,
): Promise<BuiltLayer> {
  const startedAt = options.monotonic();
  const context = { ...options, folderOf: (name: string) => built.get(name)?.folder ?? "" };
  const needed = layer.needs.map((need) => built.get(need)?.inputs ?? "");
  const inputs = await hashOfInputs(layer, needed, options);
  const cache = join(options.cache, layer.architecture);
  await mkdir(cache, { recursive: true });
  const folder = join(cache, `${layer.name}-${inputs.slice(0, 16)}`);
  const isReused = !options.isFresh && (await isThere(folder));
  if (!isReused) {
    options.say(`${layer.name} …`);
    await buildAnew(layer, folder, (fresh) => buildLayer(layer, { ...context, folder: fresh }));
  }
  const seconds = (options.monotonic() - startedAt) / 1000;
  options.say(`${layer.name}: ${isReused ? "reused" : `built in ${seconds.toFixed(1)} s`}`);
  return { layer, inputs, folder, isReused, seconds };
}

/** Fills a folder of another name first, so that one under its own name is always whole. */
async function buildAnew(layer: Layer, folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh);
  await fill(fresh);
  for (const file of layer.provides) {
    if (!(await isThere(join(fresh, file)))) {
      throw new ImageError("layer-incomplete", `the layer ${layer.name} was built and holds no ${file}`);
    }
  }
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
  // Older forms of a layer are never needed again, and each is hundreds of megabytes.
  const cache = join(folder, "..");
  for (const entry of await readdir(cache)) {
    const isSameLayer = entry.replace(/-[0-9a-f]{16}(\.new)?$/, "") === layer.name;
    if (isSameLayer && join(cache, entry) !== folder) await rm(join(cache, entry), { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
