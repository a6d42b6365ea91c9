import { X509Certificate } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { boards } from "../layers/index.ts";
import { root as rootOf } from "../layers/root.ts";
import type { BoardName } from "./board.ts";
import { sourceDateEpoch } from "./build-context.ts";
import type { BuildOptions } from "./build-layers.ts";
import { buildUpTo, writeChecksums } from "./build-image.ts";
import { runCommand } from "./command.ts";
import { ImageError } from "./errors.ts";
import { hashFile } from "./input-hash.ts";
import type { RootLayer } from "./layer.ts";
import type { Signer } from "./read-signer.ts";

/** A signed release in its file. */
export interface Bundle {
  readonly file: string;
  readonly version: string;
  /** It was there before, and was left as it is. */
  readonly wasThere: boolean;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface BundleOptions {
  readonly out: string;
  readonly signer: Signer;
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
  const place = (layer: string, file: string) => join(built.get(layer)?.folder ?? "", file);
  const parts = {
    root: place("root", "root.squashfs"),
    tree: place("root", "root.verity"),
    entry: place("start", "entry"),
  };
  return signBundle(board, parts, options.release, options);
}

/**
 * Puts a release together, signs it and notes its checksum. One of the same parts and signer that is there already stays as it is: signing it again would
 * make another file of it. Rejects with `bundle-exists` where there is one of other parts under its name.
 */
export async function signBundle(
  board: BoardName,
  { root, tree, entry }: ReleaseParts,
  version: string,
  { out, signer: { key, certificate } }: BundleOptions,
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
    const isThere = await stat(file).then(
      () => true,
      () => false,
    );
    if (isThere) {
      if (await isSame(file, content, certificate)) return await bundleIn(file, version, true);
      throw new ImageError(
        "bundle-exists",
        `${file} is there already, and is another one: a box that runs ${version} takes no other ${version}. Number the new one by --release, or take the file away if no box and no controller has it`,
      );
    }
    await writeFile(join(content, "manifest.raucm"), renderManifest(words));
    await rm(`${file}.part`, { force: true });
    await runCommand("rauc", [
      ...["bundle", `--cert=${certificate}`, `--key=${key}`],
      // The root is compressed already; what is left to gain are kernel and initramfs.
      ...["--mksquashfs-args=-comp zstd -Xcompression-level 3", content, `${file}.part`],
    ]);
    await rename(`${file}.part`, file);
    await writeChecksums(out);
  } finally {
    await rm(content, { recursive: true, force: true });
  }
  return bundleIn(file, version, false);
}

async function bundleIn(file: string, version: string, wasThere: boolean): Promise<Bundle> {
  return { file, version, wasThere, sizeBytes: (await stat(file)).size, sha256: await hashFile(file) };
}

/** Whether a bundle has the parts that lie in the folder, and was signed by that certificate. */
async function isSame(file: string, content: string, certificate: string): Promise<boolean> {
  const laid = join(content, "before");
  const names = ["root.img", "verity.img", "entry.tar"];
  try {
    // Of either format the squashfs comes first.
    await runCommand("unsquashfs", ["-quiet", "-no-progress", "-dest", laid, file, ...names]);
    for (const name of names) {
      if ((await hashFile(join(laid, name))) !== (await hashFile(join(content, name)))) return false;
    }
    return (await readFile(file)).includes(new X509Certificate(await readFile(certificate)).raw);
  } catch {
    // Cut short, or no bundle at all.
    return false;
  } finally {
    await rm(laid, { recursive: true, force: true });
  }
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
