/** Bundles the sensor as it is shipped: one file that starts in a fifth of a second, where the sources take one. */
import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type OutputFile } from "esbuild";

/** Where the bundle stands; `cap`, a native module, is found from there. */
export const sensorProgram = join(import.meta.dirname, "dist", "cordon-sensor.mjs");

/** The same of what judges capture files alone. */
const replayProgram = join(import.meta.dirname, "dist", "cordon-replay.mjs");

/** The sensor as one file, and its licences as another, from its sources in `home` as they are now; nothing is written. */
export function bundleSensor(
  outfile: string = sensorProgram,
  home: string = import.meta.dirname,
): Promise<readonly OutputFile[]> {
  return bundle("main.ts", outfile, home);
}

async function bundle(entry: string, outfile: string, home: string): Promise<readonly OutputFile[]> {
  const { outputFiles } = await build({
    // The bundle says where each part came from: the same words wherever this is started.
    absWorkingDir: dirname(home),
    entryPoints: [join(home, "src", entry)],
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
  await writeWhole(await bundleSensor(outfile), outfile);
}

/** Builds the judge of capture files, likewise. */
export async function buildReplay(): Promise<void> {
  await writeWhole(await bundle("replay/main.ts", replayProgram, import.meta.dirname), replayProgram);
}

async function writeWhole(files: readonly OutputFile[], outfile: string): Promise<void> {
  await mkdir(dirname(outfile), { recursive: true });
  for (const file of files) {
    const fresh = `${file.path}.${randomUUID()}`;
    await writeFile(fresh, file.contents);
    await rename(fresh, file.path);
  }
}
