import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import type { Board } from "./board.ts";
import type { BuiltLayer } from "./build-layers.ts";
import { ImageError } from "./errors.ts";
import { packagesIn, type DebianPackage } from "./dpkg-status.ts";

/** A package of npm as the lock file pins it. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string | null;
  /** As npm writes it, such as `sha512-…` in base64. */
  readonly integrity: string | null;
}

export interface Materials {
  readonly image: { readonly name: string; readonly version: string };
  readonly debian: readonly DebianPackage[];
  readonly npm: readonly NpmPackage[];
}

/**
 * The bill of materials of a built image, in CycloneDX's JSON: Debian's packages in the root and in what starts it, Node, and
 * what of npm is in our programs. The same image, the same bytes: it has no serial number and no time.
 */
export async function billOf(
  built: ReadonlyMap<string, BuiltLayer>,
  { board, version, root }: { readonly board: Board; readonly version: string; readonly root: string },
): Promise<string> {
  const folderOf = (layer: string) => built.get(layer)?.folder ?? "";
  const debian: DebianPackage[] = [];
  for (const layer of [board.system.name, "boot-packages"]) {
    debian.push(...packagesIn(await readFile(join(folderOf(layer), "packages"), "utf8")));
  }
  const own = [board.runtime, "cap"].map((name) => `node_modules/${name}`);
  const bundled = [
    await bundledIn(folderOf("sensor"), "cordon-sensor"),
    await bundledIn(folderOf("centre"), "cordon-centre"),
  ];
  const beside = JSON.parse(await readFile(join(folderOf("centre"), "beside.json"), "utf8")) as readonly string[];
  const paths = [...own, ...bundled.flat(), ...beside];
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as LockFile;
  return renderBill({
    image: { name: `cordon-${board.architecture}-${board.name}`, version },
    debian,
    npm: [...new Set(paths)].map((path) => pinned(path, lock)),
  });
}

/** The packages whose code is in the bundle, by what its own comments say of where each part came from. */
async function bundledIn(folder: string, program: string): Promise<readonly string[]> {
  const parts = await readdir(join(folder, `${program}.parts`));
  const files = [`${program}.mjs`, ...parts.map((part) => join(`${program}.parts`, part))];
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return texts.flatMap((text) => packagesOfBundle(text));
}

/** Npm's packages in a bundle of esbuild's, by their paths in the lock file. */
export function packagesOfBundle(text: string): readonly string[] {
  const paths = [...text.matchAll(/^\/\/ (?:\.\.\/)*((?:node_modules\/(?:@[^/\s]+\/)?[^/\s]+\/)+)/gm)].map(([, path]) =>
    (path ?? "").slice(0, -1),
  );
  return [...new Set(paths)].toSorted();
}

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly integrity?: string; readonly license?: string }>
  >;
}

function pinned(path: string, lock: LockFile): NpmPackage {
  const { version, integrity = null, license: licence = null } = lock.packages[path] ?? {};
  if (version === undefined) throw new ImageError("package-unlocked", `the lock file does not pin ${path}`);
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  return { name, version, integrity, licence };
}

export function renderBill({ image, debian, npm }: Materials): string {
  const bom = new Models.Bom();
  bom.metadata.component = new Models.Component(Enums.ComponentType.Firmware, image.name, {
    version: image.version,
    bomRef: image.name,
  });
  const known = new Set<string>();
  const add = (name: string, version: string, purl: string): Models.Component | null => {
    if (known.has(purl)) return null;
    known.add(purl);
    const component = new Models.Component(Enums.ComponentType.Library, name, { version, purl, bomRef: purl });
    bom.components.add(component);
    return component;
  };
  // https://github.com/package-url/purl-spec, types deb and npm.
  const encoded = (text: string) => encodeURIComponent(text).replaceAll("%3A", ":");
  for (const { name, version, architecture } of debian) {
    add(name, version, `pkg:deb/debian/${encoded(name)}@${encoded(version)}?arch=${architecture}&distro=trixie`);
  }
  for (const { name, version, integrity, licence } of npm) {
    const path = name.split("/").map(encodeURIComponent).join("/");
    const component = add(name, version, `pkg:npm/${path}@${encoded(version)}`);
    const hash = /^sha512-(.+)$/.exec(integrity ?? "")?.[1];
    if (hash !== undefined) {
      component?.hashes.set(Enums.HashAlgorithm["SHA-512"], Buffer.from(hash, "base64").toString("hex"));
    }
    if (licence !== null) component?.licenses.add(new Models.LicenseExpression(licence));
  }
  const normalize = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(normalize).serialize(bom, { sortLists: true, space: 2 })}\n`;
}
