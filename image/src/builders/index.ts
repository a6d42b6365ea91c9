import type { BuildContext } from "../build-context.ts";
import type { Layer } from "../layer.ts";
import { buildDebian } from "./debian.ts";
import { buildDisk } from "./disk.ts";
import { buildInitramfs } from "./initramfs.ts";
import { buildKernel } from "./kernel.ts";
import { buildRoot } from "./root.ts";
import { buildRuntime, lockedRuntime } from "./runtime.ts";
import { buildSensor } from "./sensor.ts";
import { buildUnifiedKernel } from "./unified-kernel.ts";

/** Fills the layer's folder. */
export function buildLayer(layer: Layer, context: BuildContext): Promise<void> {
  switch (layer.kind) {
    case "debian":
      return buildDebian(layer, context);
    case "kernel":
      return buildKernel(layer, context);
    case "runtime":
      return buildRuntime(layer, context);
    case "sensor":
      return buildSensor(layer, context);
    case "root":
      return buildRoot(layer, context);
    case "initramfs":
      return buildInitramfs(layer, context);
    case "unified-kernel":
      return buildUnifiedKernel(layer, context);
    case "disk":
      return buildDisk(layer, context);
  }
}

/** Files and folders, from the root of the checkout, that a layer is made from besides its declaration. */
export function sourcesOf(layer: Layer): readonly string[] {
  const builder = `image/src/builders/${layer.kind}.ts`;
  switch (layer.kind) {
    case "sensor":
      return [builder, ...layer.sources];
    case "root":
      return [builder, "image/src/command.ts", layer.files];
    case "initramfs":
      return [
        builder,
        "image/src/archive.ts",
        layer.files,
        "sensor/src/containment/skeleton.ts",
        "sensor/src/capture/selection.ts",
        "sensor/src/capture/selection-nft.ts",
      ];
    case "unified-kernel":
      return [builder, "image/src/portable-executable.ts"];
    case "debian":
    case "kernel":
    case "runtime":
    case "disk":
      return [builder];
  }
}

/** What else decides how a layer comes out. */
export async function conditionsOf(layer: Layer, context: Omit<BuildContext, "folder">): Promise<readonly string[]> {
  const conditions: string[] = [context.architecture];
  if (layer.kind === "debian") conditions.push(context.mirror ?? "");
  if (layer.kind === "runtime") {
    conditions.push(JSON.stringify(await lockedRuntime(context.root, context.architecture)));
  }
  return conditions;
}
