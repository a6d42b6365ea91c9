import {
  chmod,
  copyFile,
  cp,
  mkdir,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { defaultLogGroup, selection } from "../../../sensor/src/capture/selection.ts";
import { renderRouting } from "../../../sensor/src/containment/routing-nft.ts";
import { renderSkeletons } from "../../../sensor/src/containment/skeleton.ts";
import { packArchive } from "../archive.ts";
import { runCommand } from "../command.ts";
import type { BuildContext } from "../build-context.ts";
import { ImageError } from "../errors.ts";
import { compatiblesIn } from "../device-tree.ts";
import { libraryFolders, type InitramfsLayer } from "../layer.ts";
import { modulesFor } from "../module-aliases.ts";

/** Makes the initramfs without running anything of the target. */
export async function buildInitramfs(layer: InitramfsLayer, context: BuildContext): Promise<void> {
  const source = join(context.folderOf("kernel"), "files");
  const release = (await readFile(join(context.folderOf("kernel"), "release"), "utf8")).trim();
  const tree = join(context.folder, "tree");
  for (const folder of ["dev", "proc", "sys", "run", "etc", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64"]) {
    await mkdir(join(tree, folder), { recursive: true });
  }
  for (const folder of ["bin", "sbin", "lib", "lib64"]) await symlink(`usr/${folder}`, join(tree, folder));
  await copyPrograms(layer.programs, source, tree);
  await copyFile(join(source, "usr/bin/busybox"), join(tree, "usr/bin/busybox"));
  for (const name of layer.busybox) await symlink("busybox", join(tree, "usr/bin", name));
  // nft looks the names of protocols up.
  await copyFile(join(source, "etc/protocols"), join(tree, "etc/protocols"));
  // Where the kernel itself looks for it.
  await symlink("../bin/busybox", join(tree, "usr/sbin/modprobe"));
  const named =
    layer.deviceTrees === null
      ? []
      : await driversOf(join(context.folderOf("kernel"), layer.deviceTrees), source, release);
  await copyModules([...layer.modules, ...named], source, tree, release);

  for (const folder of layer.files) await cp(join(context.root, folder), tree, { recursive: true });
  await chmod(join(tree, "init"), 0o755);
  const skeletons = renderSkeletons({ selection, logGroup: defaultLogGroup, outsidePort: layer.outsidePort });
  for (const { refusal, text } of skeletons) {
    await writeFile(join(tree, `usr/lib/cordon/skeleton-${refusal}.nft`), text);
  }
  for (const { refusal, text } of renderSkeletons({ selection, logGroup: defaultLogGroup, outsidePort: null })) {
    await writeFile(join(tree, `usr/lib/cordon/skeleton-gateway-${refusal}.nft`), text);
  }
  const routing = renderRouting({ bridge: "br0", outsidePort: layer.outsidePort });
  await writeFile(join(tree, "usr/lib/cordon/routing.nft"), routing.text);
  if (layer.partitionIds !== null) {
    const lines = Object.entries(layer.partitionIds).map(([name, id]) => `${name} ${id}\n`);
    await writeFile(join(tree, "usr/lib/cordon/partition-ids"), lines.join(""));
  }
  const versions = skeletons.map(({ refusal, version }) => `${refusal} ${version}`).join(", ");
  await writeFile(join(context.folder, "skeleton-version"), `${versions}\n`);
  await packArchive(tree, join(context.folder, "initramfs"));
  await rm(tree, { recursive: true });
}

/** Programs and, from one to the next, the libraries they are linked to. */
async function copyPrograms(programs: readonly string[], source: string, tree: string): Promise<void> {
  const waiting = [...programs];
  const seen = new Set<string>();
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (seen.has(path)) continue;
    seen.add(path);
    await copyResolved(path, source, tree);
    const words = await runCommand("readelf", ["-d", "-l", join(tree, path)]);
    for (const [, library] of words.matchAll(/\(NEEDED\).*\[(.+)\]/g)) {
      waiting.push(await libraryPath(library ?? "", source));
    }
    const interpreter = /interpreter: \/(.+)\]/.exec(words)?.[1];
    if (interpreter !== undefined) await copyResolved(`usr/${interpreter}`, source, tree);
  }
}

async function copyResolved(path: string, source: string, tree: string): Promise<void> {
  const from = await realpath(join(source, path)).catch((cause: Error) => {
    throw new ImageError("program-missing", `the packages hold no ${path}`, { cause });
  });
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await copyFile(from, join(tree, path));
}

async function libraryPath(name: string, source: string): Promise<string> {
  for (const folder of [...Object.values(libraryFolders), "usr/lib", "usr/lib64"]) {
    const path = join(folder, name);
    const isThere = await stat(join(source, path)).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw new ImageError("program-missing", `the packages hold no library ${name}`);
}

/** The modules for all that a folder of device trees names. */
async function driversOf(folder: string, source: string, release: string): Promise<readonly string[]> {
  const compatibles = new Set<string>();
  for (const file of await readdir(folder)) {
    for (const compatible of compatiblesIn(await readFile(join(folder, file)))) compatibles.add(compatible);
  }
  const aliases = await readFile(join(source, "usr/lib/modules", release, "modules.alias"), "utf8");
  return modulesFor(compatibles, aliases);
}

/** Modules with what they depend on, unpacked: the initramfs is compressed as a whole. */
async function copyModules(names: readonly string[], source: string, tree: string, release: string): Promise<void> {
  const folder = join("usr/lib/modules", release);
  const paths = new Set<string>();
  for (const name of names) {
    const words = await runCommand("modprobe", ["-d", source, "-S", release, "--show-depends", name]).catch(
      (cause: Error) => {
        throw new ImageError("module-missing", `this kernel has no module ${name}`, { cause });
      },
    );
    for (const [, path] of words.matchAll(/^insmod (\S+)/gm)) paths.add(path ?? "");
  }
  await mkdir(join(tree, folder, "kernel"), { recursive: true });
  const copied = [...paths].map((path) => join(tree, folder, "kernel", basename(path)));
  for (const [index, path] of [...paths].entries()) await copyFile(path, copied[index] ?? "");
  const packed = copied.filter((path) => path.endsWith(".xz"));
  if (packed.length > 0) await runCommand("xz", ["-d", ...packed]);
  for (const file of ["modules.order", "modules.builtin", "modules.builtin.modinfo"]) {
    await copyFile(join(source, folder, file), join(tree, folder, file));
  }
  await runCommand("depmod", ["-b", tree, release]);
}
