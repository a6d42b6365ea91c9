import { chmod, chown, copyFile, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { runCommand } from "../command.ts";
import { sourceDateEpoch, type BuildContext } from "../build-context.ts";
import { packagesIn } from "../dpkg-status.ts";
import { ImageError } from "../errors.ts";
import type { RootLayer } from "../layer.ts";
import { missingIn } from "../library-needs.ts";
import { users } from "../users.ts";

/** Lays the parts over one another and makes the read-only root of them. */
export async function buildRoot(layer: RootLayer, context: BuildContext): Promise<void> {
  const tree = join(context.folder, "tree");
  await mkdir(tree);
  await unpack(context.folderOf(layer.system), tree);
  if (layer.configuredBy !== null) await configure(tree, context.folderOf(layer.configuredBy), context.folder);
  const found = packagesIn(await readFile(join(context.folderOf(layer.system), "packages"), "utf8"));
  const packages = Object.fromEntries(found.map(({ name, version }) => [name, version]));
  await writeFile(join(context.folder, "packages.json"), `${JSON.stringify(packages, null, 2)}\n`);

  const modules = join(context.folderOf("kernel"), "files/usr/lib/modules");
  await runCommand("cp", ["-a", modules, join(tree, "usr/lib/modules")]);
  await layPrograms(tree, context);
  for (const folder of layer.files) await layFiles(join(context.root, folder), join(context.folder, "files"), tree);
  await nameKind(layer, join(tree, "usr/lib/cordon"));
  await writeFile(join(tree, "usr/lib/cordon/release"), `${context.release}\n`);
  await addUsers(tree);
  await setUnits(layer, tree);
  await tidy(layer, tree);

  const image = join(context.folder, "root.squashfs");
  await runCommand("mksquashfs", [
    tree,
    image,
    // Reading is what the box does all day, and lz4 costs it least.
    ...["-comp", "lz4", "-noappend", "-no-progress", "-quiet", "-no-xattrs"],
    ...["-all-time", String(sourceDateEpoch), "-mkfs-time", String(sourceDateEpoch)],
  ]);
  await rm(tree, { recursive: true });
  const words = await runCommand("veritysetup", [
    "format",
    // The salt is no secret; a fixed one keeps the hash a function of the content.
    ...["--salt", "c0".repeat(32), "--uuid", "6a9f5b3e-7c1d-4e0a-9a53-0c0bd0000010"],
    image,
    join(context.folder, "root.verity"),
  ]);
  const hash = /^Root hash:\s*([0-9a-f]{64})$/m.exec(words)?.[1];
  if (hash === undefined) throw new ImageError("root-hash-missing", "veritysetup printed no hash of the root");
  await writeFile(join(context.folder, "root-hash"), `${hash}\n`);
}

async function unpack(debian: string, tree: string): Promise<void> {
  await runCommand("tar", ["-xf", join(debian, "files.tar"), "-C", tree, "--exclude=./dev/*"]);
}

/**
 * Gives a system that was only unpacked what configuring its packages makes: settings and the choice among alternatives. The
 * loader finds libraries in the folder of its architecture without a cache.
 */
async function configure(tree: string, debian: string, folder: string): Promise<void> {
  const other = join(folder, "configured");
  await mkdir(other);
  await unpack(debian, other);
  await rm(join(tree, "etc"), { recursive: true });
  await runCommand("cp", ["-a", join(other, "etc"), join(tree, "etc")]);
  await rm(join(tree, "etc/ld.so.cache"), { force: true });
  const links = await runCommand("find", ["usr", "-type", "l", "-lname", "/etc/alternatives/*"], { cwd: other });
  for (const link of links.split("\n").filter((each) => each !== "")) {
    await runCommand("cp", ["-a", "--parents", link, tree], { cwd: other });
  }
  // Links of the root itself, and folders that a package makes when it is configured.
  await runCommand("cp", ["-a", "--no-clobber", ...(await foldersOf(other)).map((name) => join(other, name)), tree]);
  await rm(other, { recursive: true });
}

/** What lies at the root of a system but for its packages' files and the settings: folders to mount on, and links. */
async function foldersOf(tree: string): Promise<readonly string[]> {
  const entries = await readdir(tree, { withFileTypes: true });
  return entries.flatMap(({ name }) => (["usr", "etc", "var", "dev"].includes(name) ? [] : [name]));
}

async function layPrograms(tree: string, context: BuildContext): Promise<void> {
  const home = join(tree, "usr/lib/cordon");
  await mkdir(home, { recursive: true });
  await copyFile(join(context.folderOf("runtime"), "node"), join(home, "node"));
  await chmod(join(home, "node"), 0o755);
  await copyFile(join(context.folderOf("runtime"), "LICENSE"), join(home, "node.LICENSE"));
  for (const part of ["cordon-sensor.mjs", "cordon-sensor.parts", "node_modules"]) {
    await cp(join(context.folderOf("sensor"), part), join(home, part), { recursive: true });
  }
  for (const part of ["cordon-centre.mjs", "cordon-centre.parts", "ui", "node_modules/oui-data"]) {
    await cp(join(context.folderOf("centre"), part), join(home, part), { recursive: true });
  }
  await checkLibraries(tree, [join(home, "node"), join(home, "node_modules/cap/build/Release/cap.node")]);
}

/** Both were built elsewhere: against other libraries than the image's they may not even start, on the box only. */
async function checkLibraries(tree: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const missing = await missingIn(tree, file);
    if (missing.length === 0) continue;
    throw new ImageError(
      "libraries-missing",
      `${relative(tree, file)} was built for another system and cannot be loaded in the image: ${missing.join("; ")}`,
    );
  }
}

/** Our files, with the modes they are meant to have whatever the checkout's are. */
async function layFiles(from: string, between: string, tree: string): Promise<void> {
  await runCommand("cp", ["-a", "--no-preserve=ownership", from, between]);
  await runCommand("chmod", ["-R", "u=rwX,go=rX", between]);
  await runCommand("cp", ["-a", `${between}/.`, tree]);
  await rm(between, { recursive: true });
}

/** Writes what kind of box it is where releases are looked at. */
async function nameKind({ compatible, bundleFormat }: RootLayer, home: string): Promise<void> {
  const settings = join(home, "rauc.conf");
  const text = await readFile(settings, "utf8");
  await writeFile(settings, text.replace("COMPATIBLE", compatible).replace("BUNDLE_FORMAT", bundleFormat));
  await writeFile(join(home, "compatible"), `${compatible}\n`);
}

async function addUsers(tree: string): Promise<void> {
  const append = async (file: string, line: string) => {
    const path = join(tree, "etc", file);
    await writeFile(path, `${(await readFile(path, "utf8")).trimEnd()}\n${line}\n`);
  };
  for (const { name, id } of Object.values(users)) {
    await append("passwd", `${name}:x:${id}:${id}:Cordon:/nonexistent:/usr/sbin/nologin`);
    await append("group", `${name}:x:${id}:`);
    await append("shadow", `${name}:!*:20000::::::`);
  }
  const shadow = join(tree, "etc/shadow");
  await writeFile(shadow, (await readFile(shadow, "utf8")).replace(/^root:[^:]*:/m, "root:!*:"));
  // The two places where partitions are mounted; without these the box works in memory.
  for (const [folder, { id }] of [
    ["var/lib/cordon/held", users.executor],
    ["var/lib/cordon/judge", users.judge],
  ] as const) {
    await mkdir(join(tree, folder), { recursive: true });
    await chmod(join(tree, folder), 0o700);
    await chown(join(tree, folder), id, id);
  }
}

async function setUnits(layer: RootLayer, tree: string): Promise<void> {
  const systemctl = (verb: string, units: readonly string[]) =>
    runCommand("systemctl", [`--root=${tree}`, verb, ...units]);
  await systemctl("enable", layer.enabledUnits);
  for (const unit of layer.disabledUnits) await systemctl("disable", [unit]);
  for (const unit of layer.maskedUnits) {
    const link = join(tree, "etc/systemd/system", unit);
    await mkdir(dirname(link), { recursive: true });
    await rm(link, { force: true });
    await symlink("/dev/null", link);
  }
  await rm(join(tree, "etc/systemd/system/default.target"), { force: true });
  await symlink("/usr/lib/systemd/system/multi-user.target", join(tree, "etc/systemd/system/default.target"));
}

async function tidy(layer: RootLayer, tree: string): Promise<void> {
  for (const path of layer.without) await rm(join(tree, path), { recursive: true, force: true });
  for (const path of ["var/cache", "var/log", "var/lib/apt", "boot"])
    await mkdir(join(tree, path), { recursive: true });
  // The same machine twice would take two addresses for one: each boot makes its own.
  await writeFile(join(tree, "etc/machine-id"), "");
  await rm(join(tree, "etc/resolv.conf"), { force: true });
  await symlink("../run/systemd/resolve/resolv.conf", join(tree, "etc/resolv.conf"));
}
