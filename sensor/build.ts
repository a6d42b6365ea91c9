/** Bundles the sensor as it is shipped: one file that starts in a fifth of a second, where the sources take one. */
import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type OutputFile } from "esbuild";

/** Where the bundle stands; `cap`, a native module, is found from there. */
export const sensorProgram = join(import.meta.dirname, "dist", "cordon-sensor.mjs");

/** The sensor as one file, and its licences as another, from its sources in `home` as they are now; nothing is written. */
export async function bundleSensor(
  outfile: string = sensorProgram,
  home: string = import.meta.dirname,
): Promise<readonly OutputFile[]> {
  const { outputFiles } = await build({
    // The bundle says where each part came from: the same words wherever this is started.
    absWorkingDir: dirname(home),
    entryPoints: [join(home, "src", "main.ts")],
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
  return outputFiles;
}

/** Builds the sensor. A build beside it or a start meanwhile sees a whole file. */
export async function buildSensor(outfile: string = sensorProgram): Promise<void> {
  const files = await bundleSensor(outfile);
  await mkdir(dirname(outfile), { recursive: true });
  for (const file of files) {
    const fresh = `${file.path}.${randomUUID()}`;
    await writeFile(fresh, file.contents);
    await rename(fresh, file.path);
  }
}
