import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildSensor as buildBundle } from "../../../sensor/build.ts";
import type { BuildContext } from "../build-context.ts";
import type { SensorLayer } from "../layer.ts";

/** What is taken of `cap`, from the root of the checkout. */
export const capParts: readonly string[] = ["package.json", "LICENSE", "lib", "build/Release/cap.node"].map((part) =>
  join("node_modules/cap", part),
);

/** The sensor's bundle, and of `cap` what is loaded. */
export async function buildSensor(_layer: SensorLayer, context: BuildContext): Promise<void> {
  await buildBundle(join(context.folder, "cordon-sensor.mjs"));
  for (const part of capParts) {
    const path = join(context.folder, part);
    await mkdir(dirname(path), { recursive: true });
    await cp(join(context.root, part), path, { recursive: true });
  }
}
