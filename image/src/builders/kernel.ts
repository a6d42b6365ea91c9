import { copyFile, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runCommand } from "../command.ts";
import type { BuildContext } from "../build-context.ts";
import { ImageError } from "../errors.ts";
import type { KernelLayer } from "../layer.ts";

/** Takes apart what the packages of the boot unpack to. */
export async function buildKernel(layer: KernelLayer, context: BuildContext): Promise<void> {
  const files = join(context.folder, "files");
  await mkdir(files);
  await runCommand("tar", ["-xf", join(context.folderOf("boot-packages"), "files.tar"), "-C", files]);
  const releases = await readdir(join(files, "usr/lib/modules"));
  const [release] = releases;
  if (release === undefined || releases.length > 1) {
    throw new ImageError(
      "kernel-unclear",
      `cannot choose a kernel: the packages hold ${releases.join(", ") || "none"}`,
    );
  }
  const modules = join(files, "usr/lib/modules", release);
  for (const path of layer.withoutModules) await rm(join(modules, "kernel", path), { recursive: true, force: true });
  // The link belongs to a package that is not needed here, and depmod knows no other name.
  await symlink("usr/lib", join(files, "lib"));
  await runCommand("depmod", ["-b", files, release]);
  for (const [name, from] of Object.entries(layer.parts)) {
    await mkdir(dirname(join(context.folder, name)), { recursive: true });
    await copyFile(join(files, from.replace("RELEASE", release)), join(context.folder, name));
  }
  // Where newer packages have it, and older ones.
  await rename(join(modules, "vmlinuz"), join(context.folder, "vmlinuz")).catch(() =>
    rename(join(files, "boot", `vmlinuz-${release}`), join(context.folder, "vmlinuz")),
  );
  for (const path of notForTheRoot) await rm(join(modules, path), { recursive: true, force: true });
  await writeFile(join(context.folder, "release"), `${release}\n`);
}

/** What newer packages have beside the modules. */
const notForTheRoot = ["System.map", "config", "dtb"];
