// Makes what is shipped: a program with its parts for the sensor, one file for the controller; and starts each once with `--help`.
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { buildSensor, sensorProgram } from "../sensor/build.ts";

const root = join(import.meta.dirname, "..");
const controllerProgram = join(root, "controller/dist/cordon-controller.mjs");

await buildSensor();
await build({
  absWorkingDir: root,
  entryPoints: ["controller/src/main.ts"],
  outfile: controllerProgram,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  logLevel: "error",
  legalComments: "linked",
  // Packages in CommonJS call `require` and name their folder, which a module has not by itself.
  banner: {
    js: 'import { createRequire as cordonRequire } from "node:module";\nconst require = cordonRequire(import.meta.url);',
  },
});
// The labels of boxes are set in them.
cpSync(join(root, "provision/fonts"), join(root, "controller/dist/label-fonts"), { recursive: true });
for (const program of [sensorProgram, controllerProgram]) {
  const help = execFileSync(process.execPath, [program, "--help"], { encoding: "utf8", timeout: 20_000 });
  if (!help.includes("Usage:")) throw new TypeError(`${program} --help says nothing of its usage`);
}
