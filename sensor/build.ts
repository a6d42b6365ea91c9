/**
 * Bundles the sensor as it is shipped: a program of a few files, of which each process reads its own. It starts in a
 * tenth of a second, where the sources take one.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build, type OutputFile } from "esbuild";

/** Where the bundle stands; `cap`, a native module, is found from there. */
export const sensorProgram = join(import.meta.dirname, "dist", "cordon-sensor.mjs");

/** The same of what judges capture files alone. */
const replayProgram = join(import.meta.dirname, "dist", "cordon-replay.mjs");

/** Where the parts of a bundled program lie that it loads when it needs them; named by their content. */
export function partsOf(program: string): string {
  return program.replace(/\.mjs$/, ".parts");
}

// A process that was started before a build goes on loading the parts that it knows.
const oldPartMs = 24 * 60 * 60 * 1000;

/** The sensor's program, its parts and their licences, from its sources in `home` as they are now; nothing is written. */
export function bundleSensor(
  outfile: string = sensorProgram,
  home: string = import.meta.dirname,
): Promise<readonly OutputFile[]> {
  const record = `${basename(partsOf(outfile))}/record`;
  return bundle("main.ts", outfile, home, [{ in: join(home, "src/record/main.ts"), out: record }]);
}

async function bundle(
  entry: string,
  outfile: string,
  home: string,
  beside: readonly { readonly in: string; readonly out: string }[] = [],
): Promise<readonly OutputFile[]> {
  const { outputFiles } = await build({
    // The bundle says where each part came from: the same words wherever this is started.
    absWorkingDir: dirname(home),
    entryPoints: [{ in: join(home, "src", entry), out: basename(outfile, ".mjs") }, ...beside],
    outdir: dirname(outfile),
    outExtension: { ".js": ".mjs" },
    chunkNames: `${basename(partsOf(outfile))}/[name]-[hash]`,
    write: false,
    bundle: true,
    // What the other processes need is not even read: on a slow box that is most of a start.
    splitting: true,
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

/** Builds the sensor. A build beside it or a start meanwhile sees a whole program. */
export async function buildSensor(outfile: string = sensorProgram): Promise<void> {
  await writeWhole(await bundleSensor(outfile), outfile);
}

/** Builds the judge of capture files, likewise. */
export async function buildReplay(): Promise<void> {
  await writeWhole(await bundle("replay/main.ts", replayProgram, import.meta.dirname), replayProgram);
}

async function writeWhole(files: readonly OutputFile[], outfile: string): Promise<void> {
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) await mkdir(folder, { recursive: true });
  // The program itself last: what it names is there then.
  for (const file of files.toSorted((one, other) => Number(one.path === outfile) - Number(other.path === outfile))) {
    const fresh = `${file.path}.${randomUUID()}`;
    await writeFile(fresh, file.contents);
    await rename(fresh, file.path);
  }
  const written = new Set(files.map(({ path }) => basename(path)));
  const parts = partsOf(outfile);
  // A program of one file has none.
  for (const name of await readdir(parts).catch(() => [])) {
    const path = join(parts, name);
    const status = written.has(name) ? null : await stat(path).catch(() => null);
    if (status !== null && Date.now() - status.mtimeMs > oldPartMs) await rm(path, { force: true });
  }
}
