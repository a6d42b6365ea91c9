import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../command.ts";
import type { BuildContext } from "../build-context.ts";
import { ImageError } from "../errors.ts";
import type { RuntimeLayer } from "../layer.ts";

/** What the lock file says of the runtime's package. */
export async function lockedRuntime(
  root: string,
  { package: name }: RuntimeLayer,
): Promise<{ readonly name: string; readonly version: string; readonly integrity: string }> {
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
  };
  const { version, integrity } = lock.packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) {
    throw new ImageError("runtime-unlocked", `the lock file does not pin ${name}`);
  }
  return { name, version, integrity };
}

/**
 * Takes Node out of its package, which npm hands over as it was downloaded at the installation. The
 * whole package is hashed here and compared with the lock file: what lies in `node_modules` may have
 * been changed since.
 */
export async function buildRuntime(layer: RuntimeLayer, context: BuildContext): Promise<void> {
  const { name, version, integrity } = await lockedRuntime(context.root, layer);
  const unpacked = join(context.folder, "unpacked");
  await mkdir(unpacked);
  await runCommand(
    "npm",
    ["pack", `${name}@${version}`, "--prefer-offline", "--ignore-scripts", "--pack-destination", unpacked],
    { cwd: unpacked },
  );
  const [archive] = await readdir(unpacked);
  if (archive === undefined) throw new ImageError("runtime-missing", `npm handed over no package of ${name}`);
  const found = `sha512-${createHash("sha512")
    .update(await readFile(join(unpacked, archive)))
    .digest("base64")}`;
  if (found !== integrity) {
    throw new ImageError("runtime-changed", `${name}@${version} is ${found}, and the lock file says ${integrity}`);
  }
  await runCommand("tar", ["-xzf", archive, "package/bin/node", "package/LICENSE", "package/include"], {
    cwd: unpacked,
  });
  await rename(join(unpacked, "package/bin/node"), join(context.folder, "node"));
  await rename(join(unpacked, "package/LICENSE"), join(context.folder, "LICENSE"));
  await rename(join(unpacked, "package/include"), join(context.folder, "include"));
  await rm(unpacked, { recursive: true });
  await writeFile(join(context.folder, "version"), `${version}\n`);
}
