import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { buildSensor as buildBundle } from "../../../sensor/build.ts";
import { runCommand } from "../command.ts";
import { sourceDateEpoch, type BuildContext } from "../build-context.ts";
import type { SensorLayer } from "../layer.ts";

const built = "build/Release/cap.node";
const loaded = ["package.json", "LICENSE", "lib"];
const home = "node_modules/cap";

/** What is taken of `cap`, from the root of the checkout. */
export function capPartsOf({ cap }: SensorLayer): readonly string[] {
  const parts = cap.kind === "checkout" ? [...loaded, built] : [...loaded, "binding.gyp", "src"];
  return parts.map((part) => join(home, part));
}

/** The sensor's bundle, and of `cap` what is loaded. */
export async function buildSensor(layer: SensorLayer, context: BuildContext): Promise<void> {
  await buildBundle(join(context.folder, "cordon-sensor.mjs"));
  const into = join(context.folder, home);
  await mkdir(into, { recursive: true });
  for (const part of loaded) await cp(join(context.root, home, part), join(into, part), { recursive: true });
  await mkdir(dirname(join(into, built)), { recursive: true });
  if (layer.cap.kind === "checkout") await cp(join(context.root, home, built), join(into, built));
  else await crossBuild(layer.cap, join(into, built), context);
}

/** Builds `cap` for a machine of another architecture, whose code is not run. */
async function crossBuild(
  { compiler, libraries, runtime }: Extract<SensorLayer["cap"], { kind: "cross" }>,
  file: string,
  context: BuildContext,
): Promise<void> {
  const tree = join(context.folder, "libraries");
  const work = join(context.folder, "work");
  await mkdir(tree);
  await runCommand("tar", ["-xf", join(context.folderOf(libraries), "files.tar"), "-C", tree, "--exclude=./dev/*"]);
  // Their scripts for the linker name the libraries by this link.
  await symlink("usr/lib", join(tree, "lib")).catch(() => undefined);
  await mkdir(work);
  for (const part of ["package.json", "binding.gyp", "src"]) {
    await cp(join(context.root, home, part), join(work, part), { recursive: true });
  }
  await mkdir(join(work, "node_modules"));
  await symlink(join(context.root, "node_modules/nan"), join(work, "node_modules/nan"));
  // The same bytes wherever it is built, and whatever the user's npm says of headers.
  // Where two fit, the compiler takes the later one.
  const elsewhere = {
    ...{ [context.root]: "", [work]: "cap", [tree]: "", [context.folderOf(runtime)]: "node" },
    // As node-gyp gives it to the compiler, which goes by how deep the folder lies.
    [relative(join(work, "build"), join(context.root, "node_modules/nan"))]: "nan",
  };
  const renamed = Object.entries(elsewhere).map(([path, name]) => `-ffile-prefix-map=${path}=${name}`);
  const flags = [`--sysroot=${tree}`, ...renamed].join(" ");
  await runCommand(
    "env",
    [
      ...["npm_config_nodedir", "npm_package_config_node_gyp_nodedir", "NODE_OPTIONS"].map((name) => `--unset=${name}`),
      ...[process.execPath, join(context.root, "node_modules/node-gyp/bin/node-gyp.js"), "rebuild", "--arch=arm64"],
      `--nodedir=${context.folderOf(runtime)}`,
    ],
    {
      cwd: work,
      env: {
        CC: `${compiler}-gcc ${flags}`,
        CXX: `${compiler}-g++ ${flags}`,
        SOURCE_DATE_EPOCH: String(sourceDateEpoch),
      },
    },
  );
  await runCommand(`${compiler}-strip`, ["--strip-unneeded", "-o", file, join(work, built)]);
  for (const folder of [tree, work]) await rm(folder, { recursive: true });
}
