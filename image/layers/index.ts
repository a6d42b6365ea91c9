import type { Layer } from "../src/layer.ts";
import { disk, unifiedKernel } from "./disk.ts";
import { initramfs } from "./initramfs.ts";
import { bootPackages, kernel } from "./kernel.ts";
import { runtime, sensor } from "./programs.ts";
import { root } from "./root.ts";
import { system } from "./system.ts";

/** The layers of an image, each after those it needs. */
export const layers: readonly Layer[] = [
  bootPackages,
  kernel,
  system,
  runtime,
  sensor,
  root,
  initramfs,
  unifiedKernel,
  disk,
];
