/**
 * Bundles what a box carries of the controller: the program of its own centre, in a few files, and the user interface. The
 * registry of network cards, which that program reads when it is asked, comes along as it is.
 */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type OutputFile } from "esbuild";
import { buildUi, bundleUi, copied } from "./ui/build.ts";

const program = "cordon-centre";

/** The program, its parts and their licences, from the sources in `home` as they are now; nothing is written. */
export async function bundleCentre(home: string = import.meta.dirname): Promise<readonly OutputFile[]> {
  const { outputFiles } = await build({
    // The bundle says where each part came from: the same words wherever this is started.
    absWorkingDir: dirname(home),
    entryPoints: [{ in: join(home, "src/at-box/main.ts"), out: program }],
    outdir: ".",
    outExtension: { ".js": ".mjs" },
    chunkNames: `${program}.parts/[name]-[hash]`,
    write: false,
    bundle: true,
    // A box has no PostgreSQL and sends no mail: what that needs is not even read.
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node24",
    logLevel: "silent",
    legalComments: "linked",
    // Packages in CommonJS call `require`, which a module has not by itself.
    banner: {
      js: 'import { createRequire as cordonRequire } from "node:module";\nconst require = cordonRequire(import.meta.url);',
    },
  });
  return outputFiles;
}

const packages = ["node_modules/oui-data"] as const;

/** What comes along as it is, from the root of the checkout. */
export const centreFiles = [...[...copied, "fonts", "languages"].map((name) => `controller/ui/${name}`), ...packages];

/** Writes all of it into a folder; its `beside.json` names what of npm is there but not in the program. */
export async function buildCentre(folder: string): Promise<void> {
  const root = dirname(import.meta.dirname);
  for (const { path, contents } of await bundleCentre()) {
    const file = join(folder, path.slice(root.length + 1));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
  }
  await buildUi(join(folder, "ui"));
  const { packages: ofUi } = await bundleUi(folder);
  await writeFile(join(folder, "beside.json"), `${JSON.stringify([...ofUi, ...packages], null, 2)}\n`);
  for (const path of packages) await cp(join(root, path), join(folder, path), { recursive: true });
}
