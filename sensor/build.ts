/** Bundles the sensor as it is shipped: one file that starts in a fifth of a second, where the sources take one. */
import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";

/** Where the bundle stands; `cap`, a native module, is found from there. */
export const sensorProgram = join(import.meta.dirname, "dist", "cordon-sensor.mjs");

/** Builds the sensor from its sources as they are now. A build beside it or a start meanwhile sees a whole file. */
export async function buildSensor(outfile: string = sensorProgram): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "src", "main.ts")],
    outfile,
    write: false,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    logLevel: "silent",
    legalComments: "linked",
    external: ["cap"],
    // Packages in CommonJS call `require`, which a module has not by itself.
    banner: {
      js: 'import { createRequire as cordonRequire } from "node:module";\nconst require = cordonRequire(import.meta.url);',
    },
  });
  await mkdir(dirname(outfile), { recursive: true });
  for (const file of outputFiles) {
    const fresh = `${file.path}.${randomUUID()}`;
    await writeFile(fresh, file.contents);
    await rename(fresh, file.path);
  }
}
