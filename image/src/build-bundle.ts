import { constants } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { boards } from "../layers/index.ts";
import { root as rootOf } from "../layers/root.ts";
import type { BoardName } from "./board.ts";
import { sourceDateEpoch } from "./build-context.ts";
import type { BuildOptions } from "./build-layers.ts";
import { buildUpTo } from "./build-image.ts";
import { runCommand } from "./command.ts";
import { hashFile } from "./input-hash.ts";
import type { RootLayer } from "./layer.ts";

/** A signed release in its file. */
export interface Bundle {
  readonly file: string;
  readonly version: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface BundleOptions {
  readonly out: string;
  /** PEM; the certificate lies beside it, as `.pem` in place of `.key`. */
  readonly key: string;
}

/** Files that a release is made of. */
export interface ReleaseParts {
  readonly root: string;
  readonly tree: string;
  /** The folder of the boot entry. */
  readonly entry: string;
}

/** Builds a board's root and boot entry, and signs both as one release for boxes in the field. */
export async function buildBundle(board: BoardName, options: BuildOptions & BundleOptions): Promise<Bundle> {
  const built = await buildUpTo("start", board, options);
  const { version } = JSON.parse(await readFile(join(options.root, "package.json"), "utf8")) as { version: string };
  const place = (layer: string, file: string) => join(built.get(layer)?.folder ?? "", file);
  const parts = {
    root: place("root", "root.squashfs"),
    tree: place("root", "root.verity"),
    entry: place("start", "entry"),
  };
  return signBundle(board, parts, version, options);
}

/** Puts a release together and signs it. */
export async function signBundle(
  board: BoardName,
  { root, tree, entry }: ReleaseParts,
  version: string,
  { out, key }: BundleOptions,
): Promise<Bundle> {
  const words = { ...rootOf(boards[board]), version };
  await mkdir(out, { recursive: true });
  const file = join(out, `cordon-${boards[board].architecture}-${board}-${version}.raucb`);
  const content = await mkdtemp(join(out, "bundle-"));
  try {
    await copyFile(root, join(content, "root.img"), constants.COPYFILE_FICLONE);
    await copyFile(tree, join(content, "verity.img"));
    // One file: newer versions of RAUC than Debian 12's take no folders in.
    await runCommand("tar", [
      ...["-cf", join(content, "entry.tar"), "--sort=name", `--mtime=@${sourceDateEpoch}`],
      ...["--owner=0", "--group=0", "--numeric-owner", "-C", entry, "."],
    ]);
    await writeFile(join(content, "manifest.raucm"), renderManifest(words));
    await rm(`${file}.part`, { force: true });
    await runCommand("rauc", [
      ...["bundle", `--cert=${key.replace(/\.key$/, ".pem")}`, `--key=${key}`],
      // The root is compressed already; what is left to gain are kernel and initramfs.
      ...["--mksquashfs-args=-comp zstd -Xcompression-level 3", content, `${file}.part`],
    ]);
    await rename(`${file}.part`, file);
  } finally {
    await rm(content, { recursive: true, force: true });
  }
  return { file, version, sizeBytes: (await stat(file)).size, sha256: await hashFile(file) };
}

/** What RAUC reads first: for whom it is, and which of its files go where. The boot entry is laid by a program of the box. */
export function renderManifest({
  compatible,
  bundleFormat,
  version,
}: Pick<RootLayer, "compatible" | "bundleFormat"> & { readonly version: string }): string {
  return [
    ...["[update]", `compatible=${compatible}`, `version=${version}`, ""],
    ...["[bundle]", `format=${bundleFormat}`, ""],
    ...["[image.root]", "filename=root.img", ""],
    ...["[image.verity]", "filename=verity.img", ""],
  ].join("\n");
}
