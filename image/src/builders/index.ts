import type { BuildContext } from "../build-context.ts";
import type { Layer } from "../layer.ts";
import { buildCentre } from "./centre.ts";
import { buildDebian } from "./debian.ts";
import { buildDisk } from "./disk.ts";
import { buildInitramfs } from "./initramfs.ts";
import { buildKernel } from "./kernel.ts";
import { buildPiFirmware } from "./pi-firmware.ts";
import { buildRoot } from "./root.ts";
import { buildRuntime } from "./runtime.ts";
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
    case "centre":
      return buildCentre(layer, context);
    case "root":
      return buildRoot(layer, context);
    case "initramfs":
      return buildInitramfs(layer, context);
    case "unified-kernel":
      return buildUnifiedKernel(layer, context);
    case "pi-firmware":
      return buildPiFirmware(layer, context);
    case "disk":
      return buildDisk(layer, context);
  }
}
