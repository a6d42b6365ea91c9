import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { buildSensor as bundleSensor } from "../../../sensor/build.ts";
import type { BuildContext } from "../build-context.ts";
import type { SensorLayer } from "../layer.ts";

/** The sensor's bundle, and of `cap` what is loaded. */
export async function buildSensor(_layer: SensorLayer, context: BuildContext): Promise<void> {
  await bundleSensor(join(context.folder, "cordon-sensor.mjs"));
  const cap = join(context.folder, "node_modules/cap");
  await mkdir(join(cap, "build/Release"), { recursive: true });
  const installed = join(context.root, "node_modules/cap");
  for (const part of ["package.json", "LICENSE", "lib", "build/Release/cap.node"]) {
    await cp(join(installed, part), join(cap, part), { recursive: true });
  }
}
