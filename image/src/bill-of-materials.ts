import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Enums, Models, Serialize, Spec, SPDX, Validation } from "@cyclonedx/cyclonedx-library";
import cyclonedx from "@cyclonedx/cyclonedx-library/package.json" with { type: "json" };
import type { Board } from "./board.ts";
import type { BuiltLayer } from "./build-layers.ts";
import { licencesInTar, spdxOf, type LicencesByPackage } from "./debian-licences.ts";
import { ImageError } from "./errors.ts";
import { packagesIn, type DebianPackage } from "./dpkg-status.ts";

/** What the bill is made with, beside the build itself. */
const library = ["cyclonedx-library", cyclonedx.version] as const;

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
  /** Version of the program that has built it. */
  readonly software: string;
  readonly debian: readonly DebianPackage[];
  /** Of Debian's packages. */
  readonly licences: LicencesByPackage;
  readonly npm: readonly NpmPackage[];
}

export interface BillContext {
  readonly board: Board;
  /** The release that it is. */
  readonly version: string;
  /** Of the sources. */
  readonly software: string;
  /** Of the checkout. */
  readonly root: string;
  /** Folder for what is unpacked meanwhile. */
  readonly scratch: string;
}

/**
 * The bill of materials of a built image, in CycloneDX's JSON: Debian's packages in the root and in what starts it, Node, and
 * what of npm is in our programs. The same image, the same bytes: it has no serial number and no time.
 */
export async function billOf(
  built: ReadonlyMap<string, BuiltLayer>,
  { board, version, software, root, scratch }: BillContext,
): Promise<string> {
  const folderOf = (layer: string) => built.get(layer)?.folder ?? "";
  const debian: DebianPackage[] = [];
  const licences = new Map<string, readonly string[]>();
  for (const layer of [board.system.name, "boot-packages"]) {
    debian.push(...packagesIn(await readFile(join(folderOf(layer), "packages"), "utf8")));
    for (const [name, said] of await licencesInTar(join(folderOf(layer), "files.tar"), scratch)) {
      licences.set(name, said);
    }
  }
  const own = [board.runtime, "cap"].map((name) => `node_modules/${name}`);
  const bundled = [
    await bundledIn(folderOf("sensor"), "cordon-sensor"),
    await bundledIn(folderOf("centre"), "cordon-centre"),
  ];
  const beside = JSON.parse(await readFile(join(folderOf("centre"), "beside.json"), "utf8")) as readonly string[];
  const paths = [...own, ...bundled.flat(), ...beside];
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as LockFile;
  const bill = renderBill({
    image: { name: `cordon-${board.architecture}-${board.name}`, version },
    ...{ software, debian, licences },
    npm: [...new Set(paths)].map((path) => pinned(path, lock)),
  });
  await validateBill(bill);
  return bill;
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

export function renderBill({ image, software, debian, licences, npm }: Materials): string {
  const bom = new Models.Bom();
  bom.metadata.component = new Models.Component(Enums.ComponentType.Firmware, image.name, {
    version: image.version,
    bomRef: image.name,
  });
  for (const [name, version] of [["cordon image build", software] as const, library]) {
    bom.metadata.tools.components.add(new Models.Component(Enums.ComponentType.Application, name, { version }));
  }
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
    const purl = `pkg:deb/debian/${encoded(name)}@${encoded(version)}?arch=${architecture}&distro=trixie`;
    const component = add(name, version, purl);
    for (const licence of new Set(licences.get(name)?.map(spdxOf))) component?.licenses.add(asLicence(licence));
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

/** By SPDX's identifier where there is one, else in Debian's own words. */
function asLicence(name: string): Models.License {
  const id = SPDX.fixupSpdxId(name);
  return id === undefined ? new Models.NamedLicense(name) : new Models.SpdxLicense(id);
}

/** @throws {ImageError} where the text breaks the schema of CycloneDX 1.6 */
export async function validateBill(text: string): Promise<void> {
  const fault = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
  if (fault !== null)
    throw new ImageError("bill-invalid", `the bill of materials is no CycloneDX: ${JSON.stringify(fault)}`);
}
