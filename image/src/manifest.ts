import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BoardName } from "./board.ts";
import type { BuiltLayer } from "./build-layers.ts";
import { hashFile } from "./input-hash.ts";
import type { Architecture } from "./layer.ts";

/** What stands beside an image and says what it is made of. */
export interface Manifest {
  readonly format: 1;
  readonly architecture: Architecture;
  readonly board: BoardName;
  readonly image: { readonly file: string; readonly sizeBytes: number; readonly sha256: string };
  readonly versions: {
    /** What boxes made of it say that they run, and go by when another is ordered. */
    readonly release: string;
    /** Of the sources. */
    readonly software: string;
    readonly kernel: string;
    readonly node: string;
    readonly skeleton: string;
  };
  readonly root: { readonly sizeBytes: number; readonly sha256: string; readonly rootHash: string };
  readonly initramfs: { readonly sizeBytes: number; readonly sha256: string };
  readonly layers: readonly {
    readonly name: string;
    readonly what: string;
    readonly needs: readonly string[];
    readonly inputs: string;
  }[];
  /** Debian's packages in the root, and their versions. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Reads the facts off the built layers. */
export async function manifestOf(
  layers: ReadonlyMap<string, BuiltLayer>,
  image: string,
  facts: {
    readonly architecture: Architecture;
    readonly board: BoardName;
    readonly release: string;
    readonly software: string;
  },
): Promise<Manifest> {
  const place = (layer: string, file: string) => join(layers.get(layer)?.folder ?? "", file);
  const word = async (layer: string, file: string) => (await readFile(place(layer, file), "utf8")).trim();
  const measured = async (path: string) => ({ sizeBytes: (await stat(path)).size, sha256: await hashFile(path) });
  return {
    format: 1,
    architecture: facts.architecture,
    board: facts.board,
    image: { file: image.split("/").at(-1) ?? image, ...(await measured(image)) },
    versions: {
      release: facts.release,
      software: facts.software,
      kernel: await word("kernel", "release"),
      node: await word("runtime", "version"),
      skeleton: await word("initramfs", "skeleton-version"),
    },
    root: { ...(await measured(place("root", "root.squashfs"))), rootHash: await word("root", "root-hash") },
    initramfs: await measured(place("initramfs", "initramfs")),
    layers: [...layers.values()].map(({ layer: { name, what, needs }, inputs }) => ({ name, what, needs, inputs })),
    packages: JSON.parse(await readFile(place("root", "packages.json"), "utf8")) as Record<string, string>,
  };
}
