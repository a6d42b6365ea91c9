// Makes what is shipped: one file each for sensor and controller, and starts each once with `--help`.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");

const programs = [
  { entry: "sensor/src/main.ts", outfile: "sensor/dist/cordon-sensor.mjs" },
  { entry: "controller/src/main.ts", outfile: "controller/dist/cordon-controller.mjs" },
];

for (const { entry, outfile } of programs) {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    logLevel: "error",
    legalComments: "linked",
    // A native module cannot be part of a file; it is placed beside it.
    external: ["cap"],
    // Packages in CommonJS call `require`, which a module has not by itself.
    banner: {
      js: 'import { createRequire as cordonRequire } from "node:module";\nconst require = cordonRequire(import.meta.url);',
    },
  });
  const help = execFileSync(process.execPath, [join(root, outfile), "--help"], { encoding: "utf8", timeout: 20_000 });
  if (!help.includes("Usage:")) throw new TypeError(`${outfile} --help says nothing of its usage`);
}
